import json
import logging
import uuid
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, LockError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ..const import ATTEMPT_LIMIT, BATCH_SIZE, PARAM_ATTEMPT_LIMIT, PARAM_BATCH_SIZE
from ..exceptions import PermanentError, RetryableError
from ..tools.canonical import canonical, sha256_hex
from ..tools.work import Work

_logger = logging.getLogger(__name__)

TRANSIENT = (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, ConcurrencyError, LockError)


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

    @api.model
    def _steady(self, step):
        """Run a step that claims; a conflict with another transaction only means: once more."""
        try:
            return step()
        except TRANSIENT:
            self._undo()
            return 1

    @api.model
    def _commit(self, processed=0, remaining=None):
        return self.env["ir.cron"]._commit_progress(processed, remaining=remaining)

    @api.model
    def _runner_id(self):
        """The cron that runs us; Odoo locks its row for as long as it does. 0 outside of a cron."""
        return self.env.context.get("cron_id") or 0

    @api.model
    def _int_param(self, name, default):
        return int(self.env["ir.config_parameter"].sudo().get_param(name) or default)

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

    # -- release --------------------------------------------------------------------------

    @api.model
    def _release(self):
        """Let go of what waits no longer, and hold what waits behind something held.

        :return: number of rows released
        """
        released = self._find_released().try_lock_for_update()
        self._settle([(released, "pending", {"next_attempt_at": False})])
        self._hold_followers()
        self._commit()
        return len(released)

    @api.model
    def _find_released(self):
        groups = self._read_group(
            [("state", "=", "held"), ("wait_kind", "!=", False)],
            ["backend_id", "wait_kind", "wait_key"],
            ["id:recordset"],
        )
        by_kind = defaultdict(dict)
        for backend, kind, key, rows in groups:
            by_kind[backend, kind][key] = rows
        released = self.browse()
        for (backend, kind), waiting in by_kind.items():
            for key in self._present(backend, kind, list(waiting)):
                released |= waiting[key]
        return released

    @api.model
    def _present(self, backend, kind, keys):
        """Of the keys that rows wait for, those that are there now."""
        if kind == "backend":
            return keys if backend.enabled else []
        if kind == "contract":
            approved = backend.connector_id.contract_ids.filtered(lambda c: c.state == "approved")
            return [key for key in keys if key in approved.mapped("hash")]
        if kind == "plant":
            plants = backend._locate([json.loads(key) for key in keys])
            return [key for key, plant in zip(keys, plants, strict=True) if plant]
        if kind == "route":
            return self._active_routes(backend, keys)
        if kind == "row":
            blocked = self._still_blocked([int(key) for key in keys])
            return [key for key in keys if int(key) not in blocked]
        return list(backend._get_references(kind, keys))

    @api.model
    def _active_routes(self, backend, keys):
        active = backend.route_ids.filtered(lambda route: route.mode == "active")
        names = {str(route.id) for route in active}
        names |= {f"{route.flow}/{route.plant_id.id}" for route in active}
        return [key for key in keys if key in names]

    @api.model
    def _hold_followers(self):
        """Commands whose turn cannot come because something before them is held, are held too."""
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                SELECT follower.id, (array_agg(earlier.id ORDER BY earlier.id))[1]
                  FROM millwright_inbox earlier
                  JOIN millwright_inbox follower
                    ON follower.backend_id = earlier.backend_id AND follower.id > earlier.id
                   AND follower.state = 'pending' AND follower.command IS NOT NULL
                   AND %s
                 WHERE earlier.state = 'held' AND earlier.fanned_out IS NOT TRUE
              GROUP BY follower.id
                """,
                self._waits_behind("follower", "earlier"),
            )
        )
        blockers = dict(self.env.cr.fetchall())
        followers = self.browse(blockers).try_lock_for_update()
        changes = [
            (
                row,
                "held",
                {
                    "code": "waits_behind",
                    "last_error": self.env._(
                        "Waits for message %(id)s (%(name)s), which is held.",
                        id=blockers[row.id],
                        name=self.browse(blockers[row.id]).display_name,
                    ),
                    "wait_kind": "row",
                    "wait_key": str(row.id),
                },
            )
            for row in followers
        ]
        self._settle(changes)

    @api.model
    def _waits_behind(self, row, earlier):
        """SQL: whether a row has to let an earlier open one pass.

        The same ordering key: yes, but movements commute, so that one that is held does not stop
        the next. The same group: a barrier waits, but not for what is held for want of the very
        record that the barrier brings.
        """
        return SQL(
            """((%(row)s.ordering_key = %(earlier)s.ordering_key
                 AND (%(earlier)s.state <> 'held' OR %(row)s.operation <> 'post'))
                OR (%(row)s.barrier AND %(row)s.group_key = %(earlier)s.group_key
                    AND NOT (%(earlier)s.state = 'held'
                             AND COALESCE(%(earlier)s.wait_kind, '') = %(row)s.kind
                             AND COALESCE(%(earlier)s.wait_key, '') = %(row)s.command_key)))""",
            row=SQL.identifier(row),
            earlier=SQL.identifier(earlier),
        )

    @api.model
    def _still_blocked(self, ids):
        self.env.cr.execute(
            SQL(
                """
                SELECT DISTINCT follower.id
                  FROM millwright_inbox follower
                  JOIN millwright_inbox earlier
                    ON earlier.backend_id = follower.backend_id AND earlier.id < follower.id
                   AND earlier.state = 'held' AND earlier.fanned_out IS NOT TRUE
                   AND %s
                 WHERE follower.id IN %s
                """,
                self._waits_behind("follower", "earlier"),
                tuple(ids),
            )
        )
        return {row_id for (row_id,) in self.env.cr.fetchall()}

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
               AND NOT EXISTS (
                   SELECT 1 FROM millwright_inbox AS earlier
                    WHERE earlier.backend_id = candidate.backend_id
                      AND earlier.ordering_key = candidate.ordering_key
                      AND earlier.id < candidate.id
                      AND earlier.state IN ('pending', 'processing', 'held')
                      AND %(waits)s)
               AND NOT EXISTS (
                   SELECT 1 FROM millwright_inbox AS earlier
                    WHERE candidate.barrier
                      AND earlier.backend_id = candidate.backend_id
                      AND earlier.group_key = candidate.group_key
                      AND earlier.id < candidate.id
                      AND earlier.state IN ('pending', 'processing', 'held')
                      AND %(waits)s)
               AND NOT EXISTS (
                   SELECT 1 FROM millwright_inbox AS earlier
                    WHERE earlier.backend_id = candidate.backend_id
                      AND earlier.subject = candidate.subject
                      AND earlier.id < candidate.id
                      AND earlier.command IS NULL AND earlier.fanned_out IS NOT TRUE
                      AND earlier.state IN ('pending', 'processing'))
          ORDER BY lane_rank, id
             LIMIT %(size)s
               FOR UPDATE OF candidate SKIP LOCKED
            """,
            suspect=suspect,
            now=fields.Datetime.now(),
            size=size,
            waits=self._waits_behind("candidate", "earlier"),
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
        rows = rows._drop_outdated()
        if not rows:
            return
        works = rows._build_works()
        backend = rows[:1].backend_id
        handler = (
            self.env[f"millwright.handler.{rows[:1].kind}"]
            .with_user(backend.user_id)
            .with_company(rows[:1].company_id)
        )
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
            lambda row: row.contract_hash == row.backend_id.contract_id.hash
            and row.route_epoch == epochs.get((row.backend_id, row.flow, row.plant_id))
            and row.backend_id.enabled
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

    def _build_works(self):
        """What the handler gets, in the technical user's environment."""
        works = []
        for row in self:
            user, company = row.backend_id.user_id, row.company_id
            document = row.backend_id.contract_id._get_document()
            integration = row._integration_row()
            works.append(
                Work(
                    inbox_id=row.id,
                    command=json.loads(row.command),
                    flow=document["flows"][row.flow],
                    backend=row.backend_id.with_user(user).with_company(company),
                    plant=row.plant_id.with_user(user).with_company(company),
                    integration=integration and integration.with_user(user).with_company(company),
                    event_id=row.event_id,
                )
            )
        return works

    def _integration_row(self):
        """The binding, or None for a command that has none (a check)."""
        if not self.integration_model:
            return None
        return self.env[self.integration_model].browse(self.integration_id)

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

    # -- claim, run, settle ---------------------------------------------------------------

    @api.model
    def _claim(self, query):
        """Take rows for an attempt, in a transaction of its own: (ids in order, token)."""
        self.flush_model()
        token = uuid.uuid4().hex
        self.env.cr.execute(
            SQL(
                """UPDATE millwright_inbox
                      SET state = 'processing', attempts = COALESCE(attempts, 0) + 1,
                          claim_token = %s, runner = %s, write_date = %s
                    WHERE id IN (%s) RETURNING id""",
                token,
                self._runner_id(),
                self.env.cr.now(),
                query,
            )
        )
        ids = sorted(row_id for (row_id,) in self.env.cr.fetchall())
        self.invalidate_model()
        if ids:
            self._commit()
        return ids, token

    @api.model
    def _relock(self, ids, token):
        """Lock the rows again in the effect's transaction; those taken away meanwhile are left out."""
        self.flush_model(["state", "claim_token"])
        self.env.cr.execute(
            SQL(
                """SELECT id FROM millwright_inbox
                    WHERE id IN %s AND state = 'processing' AND claim_token = %s
                 ORDER BY id FOR UPDATE""",
                tuple(ids),
                token,
            )
        )
        return self.browse(row_id for (row_id,) in self.env.cr.fetchall())

    @api.model
    def _run(self, ids, token, step):
        """Run a step over claimed rows in one transaction; halve what fails, settle what fails alone."""
        try:
            step(ids, token)
            self.env.flush_all()
            self._commit(len(ids))
            self._checkpoint("committed", self.browse(ids))
        except Exception as error:  # the one place that turns exceptions into states
            self._undo()
            if isinstance(error, TRANSIENT):
                _logger.info("%s commands met a conflict and are tried again.", len(ids))
                self._give_back(ids, token)
            elif self.env.cr.closed:
                raise
            elif len(ids) == 1:
                self._settle_failure(ids, token, error)
            else:
                middle = len(ids) // 2
                self._run(ids[:middle], token, step)
                self._run(ids[middle:], token, step)

    @api.model
    def _undo(self):
        self.env.cr.rollback()
        self.env.transaction.reset()
        self.env.registry.reset_changes()

    @api.model
    def _give_back(self, ids, token):
        """Undo a claim whose attempt does not count."""
        rows = self._relock(ids, token)
        for row in rows:
            row.attempts -= 1
        rows._set_state("pending")
        self._commit()

    @api.model
    def _settle_failure(self, ids, token, error):
        """Settle the one command that failed by itself: tried again later, or dead."""
        row = self._relock(ids, token)
        if not row:
            return
        code = getattr(error, "code", None) or type(error).__name__
        values = {"code": code, "last_error": str(error) or type(error).__name__}
        limit = self._int_param(PARAM_ATTEMPT_LIMIT, ATTEMPT_LIMIT)
        if isinstance(error, PermanentError) or row.attempts >= limit:
            _logger.warning("Message %s is given up: %s", row.event_id, code)
            row._set_state("dead", **values)
        else:
            _logger.info("Message %s failed (attempt %s): %s", row.event_id, row.attempts, code)
            seconds = error.seconds if isinstance(error, RetryableError) else None
            delay = self._backoff_seconds(row.attempts) if seconds is None else seconds
            row._set_state("pending", next_attempt_at=self._next_attempt_at(delay), **values)
        self._commit()

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
