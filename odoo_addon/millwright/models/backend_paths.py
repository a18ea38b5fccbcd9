from odoo import api, fields, models

from ..const import PATH_LOCK, POSTING_MODES
from .recorder import recorder_of


class MillwrightBackendPaths(models.Model):
    """One path: which other backends stand for the same maintenance system, and who may post."""

    _inherit = "millwright.backend"

    sibling_ids = fields.Many2many(
        "millwright.backend",
        string="Siblings",
        compute="_compute_sibling_ids",
        groups=fields.NO_ACCESS,
        help="The other backends that stand for the same maintenance system at one of its plants.",
    )

    @api.depends("system", "plant_ids")  # and on those of the others: `_forget_siblings`
    def _compute_sibling_ids(self):
        for backend in self:
            backend.sibling_ids = backend._find_siblings(backend.plant_ids)

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

    @api.model
    def _forget_siblings(self):
        self.invalidate_model(["sibling_ids"], flush=False)

    def _get_siblings(self, plants=None):
        """The other backends that stand for the same maintenance system at one of these plants (else of its own).

        Of its own plants they are looked for once in a transaction.
        """
        self.ensure_one()
        backend_sudo = self.sudo()
        if plants is None or plants == backend_sudo.plant_ids:
            return backend_sudo.sibling_ids.with_env(self.env)
        return self._find_siblings(plants)

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
