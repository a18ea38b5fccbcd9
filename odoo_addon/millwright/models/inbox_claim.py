import logging
import uuid

from odoo import api, models
from odoo.exceptions import ConcurrencyError, LockError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ..const import ATTEMPT_LIMIT, PARAM_ATTEMPT_LIMIT
from ..exceptions import PermanentError, RetryableError

_logger = logging.getLogger(__name__)

TRANSIENT = (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, ConcurrencyError, LockError)


class MillwrightInboxClaim(models.Model):
    """Claims rows, runs a step over them in one transaction, and settles what fails.

    The one place where exceptions become states and where a transaction ends.
    """

    _inherit = "millwright.inbox"

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
