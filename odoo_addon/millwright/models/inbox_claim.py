import logging
import uuid

from odoo import api, models
from odoo.exceptions import ConcurrencyError, LockError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ..const import (
    ATTEMPT_LIMIT,
    BACKOFF_LIMIT_SECONDS,
    CONFLICT_CAP_SECONDS,
    CONFLICT_FREE_TRIES,
    PARAM_ATTEMPT_LIMIT,
)
from ..exceptions import PermanentError, RetryableError
from .inbox_apply import DATABASE_CLOCK

_logger = logging.getLogger(__name__)

TRANSIENT = (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, ConcurrencyError, LockError)


class MillwrightInboxClaim(models.Model):
    """Claims rows, runs a step over them in one transaction, and settles what fails.

    The one place where exceptions become states and where a transaction ends.
    """

    _inherit = "millwright.inbox"

    @api.model
    def _steady(self, step, pace):
        """Run a step that claims. A conflict with another transaction only means: once more, but
        not for ever; the pace counts those in a row.
        """
        try:
            worked = step()
        except TRANSIENT:
            self._undo()
            return int(pace.stumble())
        if worked:
            pace.stride()
        return worked

    @api.model
    def _commit(self, processed=0, remaining=None):
        return self.env["ir.cron"]._commit_progress(processed, remaining=remaining)

    @api.model
    def _end_transaction(self):
        """Commit where nothing was carried out: Odoo is told of no progress, which would be two statements more."""
        self.env["ir.cron"].with_context(ir_cron_progress_id=False)._commit_progress()

    @api.model
    def _runner_id(self):
        """The cron that runs us; Odoo locks its row for as long as it does. 0 outside of a cron."""
        return self.env.context.get("cron_id") or 0

    @api.model
    def _claim(self, query, pace, followers=None):
        """Take rows for an attempt, in a transaction of its own: (ids in order, token).

        Of the (id, kind) that the query locks, as many as make a batch; the others are let go of.

        :param followers: where a batch has room left, gives more such pairs for those found and the room
        """
        self.flush_model()
        found = self._look(query)
        fits = pace.fit([kind for _id, kind in found])
        if followers and found and fits == len(found):
            found += followers(found, pace.ceiling - fits)
            fits = pace.fit([kind for _id, kind in found])
        fitting = [row_id for row_id, _kind in found[:fits]]
        return self._take(SQL("%s", fitting)) if fitting else ([], "")

    @api.model
    def _claim_all(self, query):
        """Take all rows whose (id, …) a query locks, as `_claim` does, in the same statement."""
        self.flush_model()
        return self._take(SQL("ARRAY (SELECT id FROM (%s) AS found)", query))

    @api.model
    def _look(self, query):
        """Rows of a query over what waits; until its transaction ends PostgreSQL compiles no statement (JIT).

        It guesses the cost by the length of the backlog, and to compile for that took ten times as long as to run.
        """
        self.env.cr.execute(SQL("SET LOCAL jit = off; %s", query))
        return self.env.cr.fetchall()

    @api.model
    def _take(self, ids):
        """Note on locked rows who works on them from now on, and commit: (ids in order, token).

        None are taken in a copy that nobody has confirmed.

        :param SQL ids: an array of ids
        """
        token = uuid.uuid4().hex
        taken = self._look(
            SQL(
                """UPDATE millwright_inbox
                      SET state = 'processing', attempts = COALESCE(attempts, 0) + 1,
                          claim_token = %s, runner = %s, next_attempt_at = NULL, write_date = %s
                    WHERE id = ANY (%s) AND %s RETURNING id""",
                token,
                self._runner_id(),
                DATABASE_CLOCK,
                ids,
                self.env["millwright.identity"]._is_confirmed_sql(),
            )
        )
        if not taken:
            return [], ""
        self.invalidate_model()
        self._end_transaction()
        return sorted(row_id for (row_id,) in taken), token

    @api.model
    def _relock(self, ids, token):
        """Lock the rows again in the effect's transaction; those taken away meanwhile are left out."""
        self.flush_model(["state", "claim_token"])
        self.env.cr.execute(self._relock_query(ids, token))
        return self.browse(row_id for (row_id,) in self.env.cr.fetchall())

    @api.model
    def _relock_query(self, ids, token, *columns):
        """SQL of (id, columns …) of claimed rows in order, which it locks."""
        return SQL(
            """SELECT %s FROM millwright_inbox
                WHERE id IN %s AND state = 'processing' AND claim_token = %s
             ORDER BY id FOR NO KEY UPDATE""",
            SQL(", ").join([SQL("id"), *columns]),
            tuple(ids),
            token,
        )

    @api.model
    def _run(self, ids, token, step, instead=None):
        """Run a step over claimed rows in one transaction; halve what fails, settle what fails alone.

        :param instead: the step for rows of which this one has failed, before anything is halved
        """
        try:
            step(ids, token)
            self.env.flush_all()
            self._commit(len(ids))
            self._checkpoint("committed", self.browse(ids))
        except Exception as error:  # the one place that turns exceptions into states
            self._undo()
            if self.env.cr.closed:
                raise
            if instead:
                _logger.info("Messages %s met %s and go on in smaller steps.", ids, type(error).__name__)
                self._run(ids, token, instead)
            elif len(ids) == 1:
                settle = self._give_back if isinstance(error, TRANSIENT) else self._settle_failure
                settle(ids, token, error)
            else:
                middle = len(ids) // 2
                self._run(ids[:middle], token, step)
                self._run_behind(ids[middle:], token, step)

    @api.model
    def _run_behind(self, ids, token, step):
        """Run what is left of a batch after its first half, without what has to let something of that pass."""
        if ids := self._let_go_behind(ids, token):
            self._run(ids, token, step)

    @api.model
    def _undo(self):
        self.env.cr.rollback()
        self.env.transaction.reset()
        self.env.registry.reset_changes()

    @api.model
    def _give_back(self, ids, token, _error):
        """Undo a claim that met another transaction: its attempt does not count.

        It is tried again at once, and later and later when that goes on, so that it never spins.
        """
        row = self._relock(ids, token)
        if not row:
            return
        conflicts = row.conflicts + 1
        values = {"attempts": row.attempts - 1, "conflicts": conflicts}
        if conflicts > CONFLICT_FREE_TRIES:
            seconds = min(2 ** (conflicts - CONFLICT_FREE_TRIES), CONFLICT_CAP_SECONDS)
            values["next_attempt_at"] = self._next_attempt_at(seconds)
        _logger.info("Message %s met a conflict (%s) and is tried again.", row.event_id, conflicts)
        row._set_state("pending", **values)
        self._checkpoint("giving_back", row)
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
            delay = min(delay, BACKOFF_LIMIT_SECONDS - 60)
            row._set_state("pending", next_attempt_at=self._next_attempt_at(delay), **values)
        self._checkpoint("failing", row)
        self._commit()
        self._checkpoint("failed", row)
