from collections import Counter

from odoo import api, models
from odoo.exceptions import ValidationError


class MillwrightPartImport(models.Model):
    """Import of bindings from a file."""

    _inherit = "millwright.part"

    @api.model
    def _load_records_create(self, vals_list):
        """Rows of a file that name no id of Odoo: what is known already is bound, not refused.

        A file of the maintenance system has external ids only, and messages may have named some
        of these parts before.
        """
        default_backend = self._get_only_backend().id
        keys = [(vals.get("backend_id", default_backend), vals.get("external_id")) for vals in vals_list]
        self._check_repeated(keys)
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

    @api.model
    def _check_repeated(self, keys):
        repeated = [str(external_id) for (_backend, external_id), count in Counter(keys).items() if count > 1]
        if repeated:
            raise ValidationError(
                self.env._("The file names a part more than once: %s.", ", ".join(repeated[:5]))
            )
