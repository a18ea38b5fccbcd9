from odoo import api, models
from odoo.tools import SQL

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
        pairs = self._find_siblings()
        if not pairs:
            return self.browse()
        wanted = set((self.sudo().plant_ids if plants is None else plants).ids)
        return self.browse(sorted({sibling for sibling, plant in pairs if plant in wanted}))

    def _find_siblings(self):
        """(id, plant id) of all others, wherever, that stand for the same maintenance system."""
        self.ensure_one()
        found = self.env.cr.precommit.data.get(SIBLINGS, {})
        if self.id not in found:
            self.env["millwright.backend"].flush_model(["system", "plant_ids"])
            self.env.cr.execute(
                SQL(
                    "SELECT %s FROM millwright_backend AS backend WHERE id = %s",
                    self._get_siblings_sql(),
                    self.id,
                )
            )
            self._note_siblings(self.env.cr.fetchone()[0])
            found = self.env.cr.precommit.data[SIBLINGS]
        return found[self.id]

    def _note_siblings(self, pairs):
        """Keep until the transaction ends what `_get_siblings_sql` found for this backend."""
        self.env.cr.precommit.data.setdefault(SIBLINGS, {})[self.id] = pairs

    @api.model
    def _get_siblings_sql(self):
        """SQL of a JSON list of [id, plant id]: all others, wherever, of the maintenance system of a row `backend`."""
        return SQL(
            """(SELECT COALESCE(json_agg(json_build_array(other.id, at.millwright_plant_id)), '[]')
                  FROM millwright_backend AS other
                  JOIN millwright_backend_millwright_plant_rel AS at ON at.millwright_backend_id = other.id
                 WHERE other.system = backend.system AND other.id <> backend.id)"""
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
