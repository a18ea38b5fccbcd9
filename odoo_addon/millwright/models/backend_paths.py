from odoo import models

from ..const import PATH_LOCK, POSTING_MODES
from .recorder import recorder_of


class MillwrightBackendPaths(models.Model):
    """One path: which other backends stand for the same maintenance system, and who may post."""

    _inherit = "millwright.backend"

    def _get_siblings(self, plants=None):
        """The other backends that stand for the same maintenance system at one of these plants (else of its own)."""
        self.ensure_one()
        plants = self.plant_ids if plants is None else plants
        return self.search(
            [("system", "=", self.system), ("id", "!=", self.id), ("plant_ids", "in", plants.ids)]
        )

    def _get_family_ids(self, plants):
        """Ids of this backend and its siblings at plants; in shadow of this one alone, which shall tell what
        it would do."""
        recorder = recorder_of(self.env)
        if recorder and recorder.in_shadow:
            return self.ids
        return [*self.ids, *self.sudo()._get_siblings(plants.sudo()).ids]

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
