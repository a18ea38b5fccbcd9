import logging
from datetime import timedelta

from odoo import api, fields, models

from ..const import PAYLOAD_SECONDS, PURGE_BATCH, PURGE_GRACE_SECONDS, ROWS_SECONDS
from .inbox_claim import TRANSIENT

_logger = logging.getLogger(__name__)


class MillwrightRetention(models.AbstractModel):
    """Removes what is older than its flow's retention: first content, later rows.

    Only messages that are done or ignored, with all their commands, go; what a person keeps
    (`millwright.retention.hold`) and what waits, is held or dead never does. Each batch is a
    transaction of its own; rows that another transaction has locked are left for the next run.
    """

    _name = "millwright.retention"
    _description = "Retention of messages"

    @api.model
    def _cron_purge(self):
        """Body of the cron: works until nothing is due or its time is up."""
        purged = {}
        for table, stage, backend, flow in self._purge_steps():
            place, more = None, True
            while more:
                try:
                    place, more, count = self._purge_batch(table, stage, backend, flow, place)
                except TRANSIENT:  # the row is in somebody's hands: the next run finds it
                    self.env["millwright.inbox"]._undo()
                    more, count = False, 0
                purged[table, stage] = purged.get((table, stage), 0) + count
                if self._commit(count, remaining=0) <= 0:
                    self._commit(0, remaining=1)
                    return self._log_purge(purged)
        return self._log_purge(purged)

    @api.model
    def _commit(self, processed, remaining):
        return self.env["ir.cron"]._commit_progress(processed, remaining=remaining)

    @api.model
    def _log_purge(self, purged):
        for (table, stage), count in purged.items():
            if count:
                _logger.info("Purged %s of %s messages of %s.", stage, count, table)

    @api.model
    def _purge_steps(self):
        """(table, stage, backend, flow) in the order in which they are purged."""
        backends = self.env["millwright.backend"].search([("id", "not in", self._kept_backends().ids)])
        for stage in ("content", "rows"):
            for backend in backends:
                for table in ("millwright_inbox", "millwright_outbox"):
                    for flow in self._stored_flows(table, stage, backend):
                        if flow not in self._kept_flows(backend):
                            yield table, stage, backend, flow

    @api.model
    def _purge_batch(self, table, stage, backend, flow, place):
        """Purge the next messages of a flow; returns (where it stopped, whether there is more, how many)."""
        seconds = self._shortest(backend, stage) if flow is None else self._seconds(backend, stage, flow)
        candidates = self._candidates(table, stage, backend, flow, self._before(seconds), place)
        ids = [row_id for row_id, _finished in candidates]
        if ids and table == "millwright_inbox":
            ids = self._without_kept(ids, self._commands_in_the_way(ids, backend, stage))
        ids = self._lock(table, ids)
        if ids and stage == "content":
            self._empty(table, ids)
        elif ids:
            self._delete(table, ids)
        last = candidates[-1][::-1] if candidates else None
        return last, len(candidates) == PURGE_BATCH, len(ids)

    @api.model
    def _without_kept(self, ids, kept):
        return [row_id for row_id in ids if row_id not in kept]

    # -- how long -------------------------------------------------------------------------

    @api.model
    def _seconds(self, backend, stage, flow):
        """How long content or rows of a flow are kept after their end."""
        contract = backend.contract_id
        flows = contract._get_document()["flows"] if contract else {}
        retention = flows.get(flow, {}).get("retention") or {}
        if stage == "content":
            return retention.get("payload_seconds", PAYLOAD_SECONDS)
        return retention.get("rows_seconds", ROWS_SECONDS)

    @api.model
    def _shortest(self, backend, stage):
        """The shortest time of the backend: from then on a message of several commands is looked at."""
        flows = backend.contract_id._get_document()["flows"] if backend.contract_id else {}
        return min(self._seconds(backend, stage, flow) for flow in [*flows, None])

    @api.model
    def _before(self, seconds):
        return fields.Datetime.now() - timedelta(seconds=seconds)

    @api.model
    def _grace(self):
        """Rows go when their digest has been there for longer than any transaction that stores events:
        one that does not see the digest yet still sees the row.
        """
        return self._before(PURGE_GRACE_SECONDS)

    # -- what a person keeps --------------------------------------------------------------

    @api.model
    def _kept_backends(self):
        holds = self.env["millwright.retention.hold"].search(
            [("scope", "=", "backend"), ("lifted_at", "=", False)]
        )
        return holds.backend_id

    @api.model
    def _kept_flows(self, backend):
        holds = self.env["millwright.retention.hold"].search(
            [("scope", "=", "flow"), ("lifted_at", "=", False), ("backend_id", "=", backend.id)]
        )
        return set(holds.mapped("flow"))
