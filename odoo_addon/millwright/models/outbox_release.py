from collections import defaultdict

from odoo import api, models


class MillwrightOutboxRelease(models.Model):
    """Lets go of what waits no longer: the runner of the inbox does it, woken by whoever brings the cause."""

    _inherit = "millwright.outbox"

    @api.model
    def _release(self):
        """Look again at all that is held for something that may be there now; returns how many went on."""
        held = self.search([("state", "=", "held"), ("wait_kind", "!=", False)]).try_lock_for_update()
        held._write_anew()
        return len(held.filtered(lambda row: row.state != "held"))

    def _write_anew(self):
        """Write rows as they would be written now.

        One that was leased before keeps its content, since the other side may have it; one that was
        not gets the record as it is now.
        """
        sent = self.filtered(lambda row: row.leased_at or row.operation == "delete")
        sent._judge()
        unsent = self - sent
        versions = {row: row.version for row in unsent}
        notes = defaultdict(dict)
        for row in unsent:
            notes[row.record_model, row.author_id.id][row.record_id] = None
        for (model, author), ids in notes.items():
            self._write_noted({model: ids}, author)
        unsent.filtered(lambda row: row.version == versions[row])._judge()

    def _judge(self):
        """Let rows go on or hold them, with their content as it is."""
        changes = []
        for row in self:
            unbound = self._find_unbound(row._get_fields(), row.backend_id)
            state, verdict = self._get_verdict(row.backend_id, row.flow, row.plant_id, unbound)
            epoch = self._get_epoch(row.backend_id, row.flow, row.plant_id)
            row.write({"contract_hash": row.backend_id.contract_id.hash, "route_epoch": epoch})
            changes.append((row, state, verdict))
        self._settle(changes)

    @api.model
    def _find_unbound(self, given, backend):
        return next((value for value in given.values() if self._is_unbound(value)), None)


class MillwrightInboxRelease(models.Model):
    _inherit = "millwright.inbox"

    @api.model
    def _release(self, pace):
        released = super()._release(pace)
        went_on = self.env["millwright.outbox"]._release()
        self._commit()
        return released + went_on
