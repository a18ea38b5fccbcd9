from collections import Counter

from odoo import api, models


class MillwrightPartImport(models.Model):
    """Import of bindings from a file.

    A file of the maintenance system has external ids only, and messages may have named some of
    these parts before: what is known already is bound, not refused.
    """

    _inherit = "millwright.part"

    @api.model
    def load(self, fields, data):
        """Odoo's import, which refuses a file that names a part more than once."""
        repeated = self._get_repeated(fields, data)
        if repeated:
            names = ", ".join(repeated[:5])
            message = self.env._("The file names a part more than once: %s.", names)
            return {"ids": False, "messages": [{"type": "error", "message": message, "record": False}]}
        return super().load(fields, data)

    @api.model
    def _get_repeated(self, fields, data):
        if "external_id" not in fields:
            return []
        key_columns = [
            position
            for position, name in enumerate(fields)
            if name == "external_id" or name.startswith("backend_id")
        ]
        counts = Counter(tuple(row[position] for position in key_columns) for row in data)
        return [" ".join(map(str, key)) for key, count in counts.items() if count > 1]

    @api.model
    def _load_records_create(self, vals_list):
        default_backend = self._get_only_backend().id
        keys = [(vals.get("backend_id", default_backend), vals.get("external_id")) for vals in vals_list]
        known = {
            (part.backend_id.id, part.external_id): part
            for part in self.search([("external_id", "in", [key[1] for key in keys])])
        }
        rows = list(zip(keys, vals_list, strict=True))
        created = super()._load_records_create([vals for key, vals in rows if key not in known])
        for key, vals in rows:
            if key in known:
                known[key].write(vals)
        fresh = iter(created)
        return self.union(*(known.get(key) or next(fresh) for key in keys))
