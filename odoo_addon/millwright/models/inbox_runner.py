import json
import logging

from odoo import api, fields, models
from odoo.tools import SQL

from ..const import ATTEMPT_LIMIT, BATCH_SIZE, PARAM_ATTEMPT_LIMIT, PARAM_BATCH_SIZE
from ..exceptions import PermanentError
from ..tools.canonical import canonical, sha256_hex
from ..tools.work import Work, without_odoo_fields

_logger = logging.getLogger(__name__)


class MillwrightInboxRunner(models.Model):
    """Claims, carries out and settles. The claim commits by itself; the effect, its binding, its
    audit row and `done` commit together; only a failure is settled in a transaction of its own.
    """

    _inherit = "millwright.inbox"

    @api.model
    def _cron_run(self):
        """Body of the runner: works until nothing is due or its time is up."""
        self._take_back()
        steps = (self._release, self._plan_next, self._apply_next)
        while True:
            worked = sum(self._steady(step) for step in steps)
            time_left = self._commit(worked, remaining=0)
            if not worked:
                break
            if time_left <= 0:
                self._wake()
                self._commit(0, remaining=1)
                return
        self._trigger_next()
        self._commit(0, remaining=0)

    # -- take back ------------------------------------------------------------------------

    @api.model
    def _take_back(self):
        """Take back what a former run of this runner left in `processing`: that run has died."""
        rows = self.search([("state", "=", "processing"), ("runner", "=", self._runner_id())])
        if not rows:
            return
        limit = self._int_param(PARAM_ATTEMPT_LIMIT, ATTEMPT_LIMIT)
        changes = []
        for row in rows:
            message = self.env._("The process that worked on it died (attempt %s).", row.attempts)
            if row.attempts >= limit:
                changes.append((row, "dead", {"code": "runner_died", "last_error": message}))
            else:
                seconds = self._backoff_seconds(row.attempts) if row.attempts > 1 else 0
                values = {"code": "runner_died", "last_error": message}
                values["next_attempt_at"] = self._next_attempt_at(seconds) if seconds else False
                changes.append((row, "pending", values))
        _logger.warning("Took back %s commands of a run that died.", len(rows))
        self._settle(changes)
        self._commit()

    # -- plan -----------------------------------------------------------------------------

    @api.model
    def _plan_next(self):
        """Claim and plan a batch; returns how many."""
        size = self._int_param(PARAM_BATCH_SIZE, BATCH_SIZE)
        ids, token = self._claim(self._unplanned_query(size))
        if ids:
            self._checkpoint("claimed", self.browse(ids))
            self._run(ids, token, self._plan_claimed)
        return len(ids)

    @api.model
    def _unplanned_query(self, size):
        return SQL(
            """SELECT id FROM millwright_inbox
                WHERE state = 'pending' AND command IS NULL AND fanned_out IS NOT TRUE
                  AND (next_attempt_at IS NULL OR next_attempt_at <= %s)
             ORDER BY attempts > 0, lane_rank, id LIMIT %s FOR UPDATE SKIP LOCKED""",
            fields.Datetime.now(),
            size,
        )

    @api.model
    def _plan_claimed(self, ids, token):
        rows = self._relock(ids, token)
        rows._plan_rows()

    # -- apply ----------------------------------------------------------------------------

    @api.model
    def _apply_next(self):
        """Claim and carry out a batch, then one of those that failed before; returns how many.

        What failed before, or saw its process die, runs alone: it must not take others along.
        """
        size = self._int_param(PARAM_BATCH_SIZE, BATCH_SIZE)
        worked = 0
        for suspect, limit in ((False, size), (True, 1)):
            ids, token = self._claim(self._due_query(suspect, limit))
            if ids:
                self._checkpoint("claimed", self.browse(ids))
                for group in self._groups(ids):
                    self._run(group, token, self._apply_claimed)
                worked += len(ids)
        return worked

    @api.model
    def _due_query(self, suspect, size):
        return SQL(
            """
            SELECT id FROM millwright_inbox AS candidate
             WHERE state = 'pending' AND command IS NOT NULL AND fanned_out IS NOT TRUE
               AND (attempts > 0) = %(suspect)s
               AND (next_attempt_at IS NULL OR next_attempt_at <= %(now)s)
               AND NOT %(ordered)s AND NOT (candidate.barrier AND %(grouped)s) AND NOT %(unplanned)s
          ORDER BY lane_rank, id
             LIMIT %(size)s
               FOR UPDATE OF candidate SKIP LOCKED
            """,
            suspect=suspect,
            now=fields.Datetime.now(),
            size=size,
            ordered=self._open_before("earlier.ordering_key = candidate.ordering_key"),
            grouped=self._open_before("earlier.group_key = candidate.group_key"),
            unplanned=self._earlier(
                SQL(
                    """earlier.subject = candidate.subject
                       AND earlier.command IS NULL AND earlier.fanned_out IS NOT TRUE
                       AND earlier.state IN ('pending', 'processing')"""
                )
            ),
        )

    @api.model
    def _open_before(self, same_key):
        """SQL: whether an open row of the same key comes before a candidate that has to let it pass."""
        return self._earlier(
            SQL(
                "%s AND earlier.state IN ('pending', 'processing', 'held') AND %s",
                SQL(same_key),
                self._waits_behind("candidate", "earlier"),
            )
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
                          AND earlier.id < candidate.id AND %s OFFSET 0)""",
            condition,
        )

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
        rows = rows._drop_outdated()._hold_unhandled()
        if not rows:
            return
        backend = rows[:1].backend_id
        handler = (
            self.env[f"millwright.handler.{rows[:1].kind}"]
            .with_user(backend.user_id)
            .with_company(rows[:1].company_id)
        )
        works = rows._build_works(handler.env)
        outcomes = handler._apply(works)
        if len(outcomes) != len(works):
            raise PermanentError(f"{handler._name} answered {len(outcomes)} of {len(works)} commands.")
        rows._record(works, outcomes)
        self._checkpoint("effect", rows)

    def _drop_outdated(self):
        """Rows that were planned under what holds now; the others are planned again."""
        epochs = {
            (route.backend_id, route.flow, route.plant_id): route.epoch
            for route in self.backend_id.route_ids
            if route.mode == "active"
        }
        current = self.filtered(
            lambda row: (
                row.contract_hash == row.backend_id.contract_id.hash
                and row.route_epoch == epochs.get((row.backend_id, row.flow, row.plant_id))
                and row.backend_id.enabled
            )
        )
        outdated = self - current
        disabled = outdated.filtered(lambda row: not row.backend_id.enabled)
        hold = {"code": "backend_disabled", "wait_kind": "backend"}
        hold["last_error"] = self.env._("The backend is disabled. Enable it to go on.")
        self._settle(
            [
                (disabled, "held", hold),
                (outdated - disabled, "pending", {"command": False, "attempts": 0}),
            ]
        )
        return current

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
        return [
            Work(
                inbox_id=row.id,
                command=self._without_odoo_fields(
                    json.loads(row.command), flows[row.flow], integrations.get(row.id)
                ),
                flow=flows[row.flow],
                backend=backend,
                plant=row.plant_id.with_env(env),
                integration=integrations.get(row.id),
                event_id=row.event_id,
            )
            for row in self
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

    def _record(self, works, outcomes):
        """Settle rows by their outcomes and write the audit rows, in the effect's transaction."""
        changes, audits = [], []
        for row, work, outcome in zip(self, works, outcomes, strict=True):
            values = {"code": outcome.code or False, "last_error": outcome.message or False}
            if outcome.record:
                values.update(document_model=outcome.record._name, document_id=outcome.record.id)
            if outcome.state == "held":
                values.update(wait_kind=outcome.wait_kind, wait_key=outcome.wait_key, attempts=0)
            changes.append((row, outcome.state, values))
            if outcome.state == "done":
                audits.append(row._audit_values(work, outcome))
        self._settle(changes)
        self.env["millwright.audit"].create(audits)

    def _audit_values(self, work, outcome):
        return {
            "user_ref": self.backend_id.user_id.id,
            "user_login": self.backend_id.user_id.login,
            "backend_code": self.backend_id.code,
            "plant_code": self.plant_id.code,
            "company_ref": self.company_id.id,
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

    @api.model
    def _trigger_next(self):
        """Come back when the next row that waits for its time is due."""
        row = self.search(
            [("state", "=", "pending"), ("next_attempt_at", ">", fields.Datetime.now())],
            order="next_attempt_at",
            limit=1,
        )
        if row:
            self._wake(row.next_attempt_at)
