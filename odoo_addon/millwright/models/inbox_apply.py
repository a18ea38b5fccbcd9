import json
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..const import BACKOFF_LIMIT_SECONDS, CLOCK_SECONDS
from ..tools.canonical import canonical, sha256_hex
from ..tools.work import Work, without_odoo_fields

# Told in the statement itself: to ask `env.cr.now()` would be one more.
DATABASE_CLOCK = SQL("(clock_timestamp() AT TIME ZONE 'UTC')")


class MillwrightInboxApply(models.Model):
    """The effect of claimed commands: which are due, their handler, and what came of it."""

    _inherit = "millwright.inbox"

    @api.model
    def _due_query(self, suspect, size, critical=False, share=(0, 1), lock=True):
        """SQL of (id, kind) of what may be carried out now, each the first of its ordering key."""
        return SQL(
            """
            SELECT id, kind FROM millwright_inbox AS candidate
             WHERE state = 'pending' AND fanned_out IS NOT TRUE AND %(step)s
               AND %(due)s AND %(lane)s AND %(share)s
               AND NOT %(ordered)s AND NOT (candidate.barrier AND %(grouped)s) AND NOT %(unplanned)s
          ORDER BY lane_rank, id
             LIMIT %(size)s
            %(lock)s
            """,
            step=self._is_for(True, suspect),
            due=self._is_due(),
            lane=self._is_critical(critical),
            share=self._is_mine(share),
            lock=SQL("FOR UPDATE OF candidate SKIP LOCKED") if lock else SQL(),
            size=size,
            ordered=self._open_before(SQL("earlier.ordering_key = candidate.ordering_key")),
            grouped=self._open_before(SQL("earlier.group_key = candidate.group_key")),
            unplanned=self._is_behind_unplanned(),
        )

    @api.model
    def _is_for(self, planned, suspect):
        """SQL: whether a candidate is to be carried out or to be planned, and failed before or not.

        Of suspects it is said so that only their own index fits: in another PostgreSQL may look through the backlog,
        since nearly all that is finished was tried once.
        """
        if suspect:
            comparison = SQL("<>") if planned else SQL("=")
            return SQL("COALESCE(candidate.command, '') %s '' AND candidate.attempts > 0", comparison)
        is_there = SQL("IS NOT NULL") if planned else SQL("IS NULL")
        return SQL("candidate.command %s AND candidate.attempts <= 0", is_there)

    @api.model
    def _is_due(self):
        """SQL: whether a candidate's time has come. A time that no backoff can give, or that was
        written at a time still to come, is of before the clock was turned back: it counts as come.
        """
        now = fields.Datetime.now()
        return SQL(
            """(candidate.next_attempt_at IS NULL OR candidate.next_attempt_at NOT BETWEEN %s AND %s
                OR candidate.write_date > %s + %s)""",
            now + timedelta(seconds=1),
            now + timedelta(seconds=BACKOFF_LIMIT_SECONDS),
            DATABASE_CLOCK,  # which wrote it
            timedelta(seconds=CLOCK_SECONDS),
        )

    @api.model
    def _is_mine(self, share):
        """SQL: whether a candidate belongs to a runner's share; a range, which the index answers."""
        if share == (0, 1):
            return SQL("TRUE")
        first, end = self._share_range(share)
        return SQL("candidate.shard >= %s AND candidate.shard < %s", first, end)

    @api.model
    def _open_before(self, same_key):
        """SQL: whether an open row of the same key comes before a candidate that has to let it pass,
        or a dead letter that blocks. Two questions, since each has its own index.
        """
        waits = self._waits_behind("candidate", "earlier")
        is_open = SQL("earlier.state IN ('pending', 'processing', 'held') AND %s", waits)
        blocks = SQL("earlier.state = 'dead' AND earlier.blocks AND %s", waits)
        return SQL(
            "(%s OR %s)",
            self._earlier(SQL("%s AND %s", same_key, is_open)),
            self._earlier(SQL("%s AND %s", same_key, blocks)),
        )

    @api.model
    def _earlier(self, condition):
        """SQL: whether there is an earlier row of a condition.

        OFFSET 0 keeps PostgreSQL from making a join of it, which it would plan by how many rows it
        believes to be open: none, when its statistics are of a time when all was done.
        """
        return SQL(
            """EXISTS (SELECT 1 FROM millwright_inbox AS earlier
                        WHERE earlier.backend_id = candidate.backend_id
                          AND %s < %s AND %s OFFSET 0)""",
            self._place("earlier"),
            self._place("candidate"),
            condition,
        )

    @api.model
    def _place(self, row):
        """SQL: where a row stands in the order of arrival. The commands of a message stand where it
        does, however late they were made of it: what arrived after it stays behind them.
        """
        return SQL("(COALESCE(%(row)s.parent_id, %(row)s.id), %(row)s.id)", row=SQL.identifier(row))

    @api.model
    def _groups(self, ids):
        """Ids by what one call of a handler may take: one kind, one backend, one company."""
        rows = self.browse(ids)
        groups = rows.grouped(lambda row: (row.kind, row.backend_id, row.company_id))
        return [group.ids for group in groups.values()]

    @api.model
    def _apply_claimed(self, ids, token):
        """The effect: handlers, bindings, audit and `done`, in the caller's transaction."""
        rows = self._relock(ids, token)
        rows._drop_outdated()._hold_unhandled()._end_in_shadow()._coalesce()._take_effect()

    def _take_effect(self, plans=None):
        """Carry the rows out and settle them; they are of one group.

        :param plans: values by row id of what was planned and is still to be written, if anything is
        """
        if not self:
            return
        self._checkpoint("begun", self)
        handler = self._get_handler()
        works = self._build_works(handler.env)
        outcomes = self._carry_out(handler, works)
        self._record(works, outcomes, plans or {})
        self._checkpoint("effect", self)

    def _get_handler(self):
        """What carries these rows out, in their company; they are of one kind."""
        return self[:1].backend_id._get_handler(self[:1].kind, self[:1].company_id)

    def _hold_unhandled(self):
        """Rows that a handler can carry out; the others wait until an addon brings one."""
        missing = self.filtered(lambda row: row.operation not in self._get_operations(row.kind))
        changes = []
        for row in missing:
            explanation = self.env._(
                "Nothing here carries out “%(operation)s” of %(kind)s yet. It goes on when an addon does.",
                operation=row.operation,
                kind=row.kind,
            )
            values = {"code": "handler_missing", "last_error": explanation, "attempts": 0}
            wait = {"wait_kind": "handler", "wait_key": f"{row.kind}/{row.operation}"}
            changes.append((row, "held", {**values, **wait}))
        self._settle(changes)
        return self - missing

    @api.model
    def _get_operations(self, kind):
        """Operations that the handler of a kind carries out; none when there is no handler."""
        handler = self.env.get(f"millwright.handler.{kind}")
        return () if handler is None else handler._millwright_operations

    def _build_works(self, env):
        """What the handler gets, in its environment; rows are of one backend."""
        backend = self.backend_id.with_env(env)
        flows = self.backend_id.contract_id._get_document()["flows"]
        integrations = self._integration_rows(env)
        posted = set(self.filtered(lambda row: row.operation == "post").ids)  # known by its operation id
        self._adopt_bindings({key: row for key, row in integrations.items() if key not in posted})
        commands = [json.loads(row.command) for row in self]
        return [
            Work(
                inbox_id=row.id,
                command=self._without_odoo_fields(command, flows[row.flow], integrations.get(row.id)),
                given=command["fields"],
                flow=flows[row.flow],
                backend=backend,
                plant=row.plant_id.with_env(env),
                integration=integrations.get(row.id),
                event_id=row.event_id,
            )
            for row, command in zip(self, commands, strict=True)
        ]

    def _integration_rows(self, env):
        """The bindings by id of the inbox row; a command may have none (a check)."""
        found = {}
        for model, rows in self.filtered("integration_model").grouped("integration_model").items():
            integrations = env[model].browse(rows.mapped("integration_id"))
            found.update(zip(rows.ids, integrations, strict=True))
        return found

    @api.model
    def _without_odoo_fields(self, command, flow, integration):
        """The command without the fields of a bound record whose system of record is Odoo."""
        link = integration is not None and integration._millwright_record
        if not link or not integration[link]:
            return command
        return without_odoo_fields(command, flow)

    def _record(self, works, outcomes, plans):
        """Settle rows by their outcomes and write the audit rows, in the effect's transaction."""
        changes, audits, origin = [], [], self._get_audit_origin()
        for row, work, outcome in zip(self, works, outcomes, strict=True):
            values = {
                **plans.get(row.id, {}),
                "code": outcome.code or False,
                "last_error": outcome.message or False,
            }
            if outcome.record:
                values.update(document_model=outcome.record._name, document_id=outcome.record.id)
            if outcome.state == "held":
                values.update(wait_kind=outcome.wait_kind, wait_key=outcome.wait_key, attempts=0)
            changes.append((row, outcome.state, values))
            if outcome.state == "done":
                audits.append({**origin, **row._audit_values(work, outcome)})
        self._settle(changes)
        self.env["millwright.audit"]._append(audits)

    def _get_audit_origin(self):
        """What the audit rows of these rows have in common; they are of one backend and company."""
        return {
            "user_ref": self.backend_id.user_id.id,
            "user_login": self.backend_id.user_id._get_login_for_audit(),
            "backend_code": self.backend_id.code,
            "company_ref": self.company_id.id,
        }

    def _audit_values(self, work, outcome):
        """What the audit row of one row says of itself."""
        return {
            "plant_code": self.plant_id.code,
            "flow": self.flow,
            "event_id": self.event_id,
            "inbox_ref": self.id,
            "operation": self.operation,
            "contract_hash": self.contract_hash,
            "command_digest": sha256_hex(self.command),
            "record_model": outcome.record._name if outcome.record else False,
            "record_ref": outcome.record.id if outcome.record else 0,
            "occurred_at": work.command.get("occurred_at"),
            "detail": canonical(outcome.detail) if outcome.detail else False,
        }
