import uuid
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..const import (
    ATTEMPT_LIMIT,
    BACKOFF_LIMIT_SECONDS,
    CLOCK_SECONDS,
    LEASE_SECONDS,
    MAX_LEASE,
    PARAM_ATTEMPT_LIMIT,
    PARAM_LEASE_SECONDS,
)


class MillwrightOutboxLease(models.Model):
    """What the sidecar takes. The lease commits with the answer that carries it."""

    _inherit = "millwright.outbox"

    @api.model
    def _lease(self, backend, limit):
        """Lease what is due: one message per ordering key, critical ones first, in order per key.

        :param backend: `millwright.backend`
        :param int limit: at most so many
        :return: dict with `messages`, `lease_seconds`, `more`
        """
        seconds = self._lease_seconds()
        if not self.env["millwright.identity"]._is_confirmed():
            return {"messages": [], "lease_seconds": seconds, "more": False}
        self._take_over(backend)
        self._hold_closed(backend)
        if not backend.enabled:
            limit = 0
        limit = min(limit, MAX_LEASE)
        rows = self._find_due(backend, limit + 1) if limit else self.browse()
        more, rows = len(rows) > limit, rows[:limit]
        messages = []
        for row in rows:
            row._refresh_operation()
            if row.state != "pending":
                continue
            row._set_state(
                "processing",
                attempts=row.attempts + 1,
                lease_token=uuid.uuid4().hex,
                leased_at=fields.Datetime.now(),
                leased_until=self._next_attempt_at(seconds),
                next_attempt_at=False,
            )
            messages.append(row._get_wire())
        return {"messages": messages, "lease_seconds": seconds, "more": more}

    @api.model
    def _lease_seconds(self):
        return self._int_param(PARAM_LEASE_SECONDS, LEASE_SECONDS)

    @api.model
    def _find_due(self, backend, limit):
        """What may be leased now. A time that no backoff can give, or that was written at a time
        still to come, is of before the clock was turned back: it counts as come.
        """
        self.flush_model()
        now = fields.Datetime.now()
        self.env.cr.execute(
            SQL(
                """
                SELECT id FROM millwright_outbox AS candidate
                 WHERE backend_id = %(backend)s AND state = 'pending'
                   AND (next_attempt_at IS NULL OR next_attempt_at <= %(now)s
                        OR next_attempt_at > %(horizon)s OR write_date > %(future)s)
                   AND NOT EXISTS (
                       SELECT 1 FROM millwright_outbox AS earlier
                        WHERE earlier.backend_id = candidate.backend_id
                          AND earlier.ordering_key = candidate.ordering_key
                          AND earlier.state IN ('pending', 'processing', 'held')
                          AND earlier.id < candidate.id OFFSET 0)
              ORDER BY lane_rank, id
                 LIMIT %(limit)s
                   FOR UPDATE OF candidate SKIP LOCKED
                """,
                backend=backend.id,
                now=now,
                horizon=now + timedelta(seconds=BACKOFF_LIMIT_SECONDS),
                future=self.env.cr.now() + timedelta(seconds=CLOCK_SECONDS),  # of the clock that wrote it
                limit=limit,
            )
        )
        return self.browse(row_id for (row_id,) in self.env.cr.fetchall())

    @api.model
    def _take_over(self, backend):
        """Leases that ended without a word: whether the other side has it is in doubt from now on.

        One that ends later than any lease of now can was given before the clock was turned back.
        """
        now = fields.Datetime.now()
        expired = self.search(
            [
                ("backend_id", "=", backend.id),
                ("state", "=", "processing"),
                "|",
                ("leased_until", "<", now),
                ("leased_until", ">", now + timedelta(seconds=2 * self._lease_seconds())),
            ]
        ).try_lock_for_update()
        limit = self._int_param(PARAM_ATTEMPT_LIMIT, ATTEMPT_LIMIT)
        changes = []
        for row in expired:
            text = self.env._("Attempt %s ended without a word of the sidecar.", row.attempts)
            values = {"code": "lease_expired", "last_error": text, "doubt": True}
            changes.append((row, "dead" if row.attempts >= limit else "pending", values))
        self._settle(changes)

    @api.model
    def _hold_closed(self, backend):
        """Hold what was written under a route, a contract or a setting that holds no more, or write it anew."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """SELECT message.id FROM millwright_outbox message
                LEFT JOIN millwright_route route
                       ON route.backend_id = message.backend_id AND route.flow = message.flow
                      AND route.plant_id = message.plant_id
                    WHERE message.backend_id = %s AND message.state = 'pending'
                      AND (%s OR message.contract_hash IS DISTINCT FROM %s
                           OR route.epoch IS DISTINCT FROM message.route_epoch)""",
                backend.id,
                not backend.enabled,
                backend.contract_id.hash or None,
            )
        )
        outdated = self.browse(row_id for (row_id,) in self.env.cr.fetchall())
        outdated.try_lock_for_update()._write_anew()

    def _refresh_operation(self):
        """A create of a record that was bound meanwhile is an update; an update of nothing new is none."""
        if self.operation != "create":
            return
        flow = self._get_flow(self.backend_id, self.flow)
        record = self.env[self.record_model].browse(self.record_id)
        binding = self._get_bindings(self.backend_id, flow, record).get(self.record_id)
        if binding:
            self._become_update(binding)

    def _get_wire(self):
        """The message as the sidecar gets it (docs/architecture.md §5)."""
        return {
            "id": self.idempotency_key,
            "token": self.lease_token,
            "flow": self.flow,
            "kind": self.kind,
            "operation": self.operation,
            "key": self.ordering_key,
            "external_id": self.external_id or None,
            "reference": self.reference,
            "version": self.version,
            "occurred_at": self.occurred_at.strftime("%Y-%m-%dT%H:%M:%S.000000Z"),
            "contract_hash": self.contract_hash,
            "lane": self.lane,
            "attempts": self.attempts,
            "doubt": self.doubt,
            "fields": self._get_fields(),
            "changed": self._get_changed(),
        }
