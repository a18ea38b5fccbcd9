from odoo import api, models

from ..const import PATH_LOCK, POSTING_MODES
from .recorder import recorder_of

SIBLINGS = "millwright.siblings"  # key of what a transaction has found, in `cr.precommit.data`


class MillwrightBackendPaths(models.Model):
    """One path: which other backends stand for the same maintenance system, and who may post."""

    _inherit = "millwright.backend"

    @api.model_create_multi
    def create(self, vals_list):
        backends = super().create(vals_list)
        self._forget_siblings()
        return backends

    def write(self, vals):
        result = super().write(vals)
        if {"system", "plant_ids"} & vals.keys():
            self._forget_siblings()
        return result

    def unlink(self):
        self._forget_siblings()
        return super().unlink()

    @api.model
    def _forget_siblings(self):
        self.env.cr.precommit.data.pop(SIBLINGS, None)

    def _get_siblings(self, plants=None):
        """The other backends that stand for the same maintenance system at one of these plants (else of its own).

        They are looked for once in a transaction.
        """
        self.ensure_one()
        backend_sudo = self.sudo()
        plants_sudo = backend_sudo.plant_ids if plants is None else plants.sudo()
        found = self.env.cr.precommit.data.setdefault(SIBLINGS, {})
        key = self.id, frozenset(plants_sudo.ids)
        if key not in found:
            found[key] = backend_sudo._find_siblings(plants_sudo).ids
        return self.browse(found[key])

    def _find_siblings(self, plants):
        return self.search(
            [("system", "=", self.system), ("id", "!=", self.id), ("plant_ids", "in", plants.ids)]
        )

    def _get_family_ids(self, plants):
        """Ids of this backend and its siblings at plants; in shadow of this one alone, which shall tell what
        it would do."""
        recorder = recorder_of(self.env)
        if recorder and recorder.in_shadow:
            return self.ids
        return [*self.ids, *self._get_siblings(plants).ids]

    def _get_rival_routes(self, kind, plant):
        """Routes of siblings that may post this kind of traffic at a plant."""
        return self.env["millwright.route"].search(
            [
                ("system", "=", self.system),
                ("kind", "=", kind),
                ("plant_id", "=", plant.id),
                ("backend_id", "!=", self.id),
                ("mode", "in", POSTING_MODES),
            ]
        )

    def _close_paths(self):
        """Wait until no effect of these backends is under way, and let none begin before this transaction ends.

        Effects hold the same lock shared. The lock manager queues, so that a change of route gets its turn
        under any load; row locks alone would let ever new effects pass it.
        """
        for backend_id in sorted(self.ids):
            self.env.cr.execute("SELECT pg_advisory_xact_lock(%s, %s)", [PATH_LOCK, backend_id])
