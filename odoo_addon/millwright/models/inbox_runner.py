import logging
from datetime import timedelta
from functools import partial
from math import inf
from time import monotonic

from odoo import api, fields, models
from odoo.tools import SQL

from ..const import (
    ATTEMPT_LIMIT,
    BACKOFF_LIMIT_SECONDS,
    BATCH_SIZE,
    PARAM_ATTEMPT_LIMIT,
    PARAM_BATCH_SIZE,
    STUMBLE_SECONDS,
)
from ..tools.calm_log import calm_log
from ..tools.pace import BATCH_SECONDS, Pace

_logger = logging.getLogger(__name__)


class MillwrightInboxRunner(models.Model):
    """Claims, carries out and settles. The claim commits by itself; the effect, its binding, its
    audit row and `done` commit together; only a failure is settled in a transaction of its own.
    """

    _inherit = "millwright.inbox"

    @api.model
    def _cron_run(self):
        """Body of a runner: works until nothing of its share is due or its time is up.

        In a copy that nobody has confirmed all rows stay as they are. While something remains Odoo calls this ten
        times at least, and each call starts careful, with small batches: one that begins when the time is up ends it.
        What is critical and was just stored does not wait for a look at the rest.
        """
        if monotonic() >= self.env.context.get("cron_end_time", inf):
            self._commit(0, remaining=1)
            return
        with calm_log():
            pace = Pace(self._int_param(PARAM_BATCH_SIZE, BATCH_SIZE))
            if self._share():
                self._steady(partial(self._plan_batch, pace, critical=True), pace)
            is_confirmed, working = self._look_around()
            if is_confirmed:
                self._work(pace, working)
            else:
                _logger.warning(
                    "Database %s is not the one that was set up: nothing runs.", self.env.cr.dbname
                )

    @api.model
    def _work(self, pace, working):
        worked = self._steady(partial(self._take_back, working), pace)
        while self._share():
            worked = self._round(pace)
            time_left = self._commit(worked, remaining=0)
            if not worked and not self._wait_for_planner(pace):
                break
            if time_left <= 0:
                self._wake()
                self._commit(0, remaining=1)
                return
        if worked and not self._share():  # fewer runners are wanted since: the others go on
            self._wake()
        self._steady(self._tell, pace)
        self._trigger_next(pace)
        self._commit(0, remaining=0)

    @api.model
    def _round(self, pace):
        """One batch of each step, and what is critical before each; returns how much was done."""
        steps = (self._plan_next, self._serve_critical, self._apply_next)
        worked = self._steady(partial(self._serve_critical, pace), pace)
        worked += self._steady(partial(self._release, pace), pace)
        worked += sum(self._steady(partial(step, pace), pace) for step in steps)
        if worked:
            self._wake_others()
        return worked

    @api.model
    def _serve_critical(self, pace):
        """Carry out what is critical and due, whosever share it is, for about a second."""
        end, worked = monotonic() + BATCH_SECONDS, 0
        while monotonic() < end:
            done = self._plan_next(pace, critical=True) + self._apply_next(pace, critical=True)
            worked += done
            if not done:
                break
        return worked

    # -- take back ------------------------------------------------------------------------

    @api.model
    def _take_back(self, working):
        """Take back what runs that have died left in `processing`; returns how many rows.

        A row is taken back when the lock of its runner can be had, not by the clock.

        :param set[int] working: ids of the runners that hold rows
        """
        if not working:
            return 0
        dead = self._find_dead(working)
        rows = self.search([("state", "=", "processing"), ("runner", "in", dead)]) if dead else self.browse()
        if not rows:
            self._commit()  # lets go of the crons that it locked
            return 0
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
        self._checkpoint("taking_back", rows)
        self._commit()
        return len(rows)

    @api.model
    def _find_dead(self, runners):
        """Of the runners that hold rows those that do not run: this one, whose run begins just now, and those
        whose cron nobody has locked. They stay locked until the end of the transaction.
        """
        own = self._runner_id()
        others = [runner for runner in runners if runner != own]
        if not others or not own:
            return [own]
        self.env.cr.execute(SQL("SELECT id FROM ir_cron WHERE id IN %s", tuple(others)))
        known = {cron_id for (cron_id,) in self.env.cr.fetchall()}
        self.env.cr.execute(
            SQL("SELECT id FROM ir_cron WHERE id IN %s FOR NO KEY UPDATE SKIP LOCKED", tuple(others))
        )
        idle = {cron_id for (cron_id,) in self.env.cr.fetchall()}
        return [own, *(runner for runner in others if runner in idle or runner not in known)]

    # -- plan and apply -------------------------------------------------------------------

    @api.model
    def _plan_next(self, pace, critical=False):
        """Claim and plan a batch, then one of those that failed before; returns how many."""
        return sum(
            self._plan_batch(pace, suspect, critical) for suspect in self._worth_claiming(False, critical)
        )

    @api.model
    def _plan_batch(self, pace, suspect=False, critical=False):
        """Claim and plan one batch, of what is new or of what failed before; returns how many."""
        size = 1 if suspect else pace.fit(["plan"] * pace.ceiling)
        with self._alone_in_planning():
            ids, token = self._claim_all(self._unplanned_query(suspect, size, critical))
        if ids:
            self._checkpoint("claimed", self.browse(ids))
            steps = (self._plan_claimed,) if suspect else self._get_plan_steps(pace, critical)
            self._measure(pace, "plan", ids, token, *steps)
        return len(ids)

    @api.model
    def _plan_claimed(self, ids, token):
        """Plan claimed messages; their commands wait for their turn then."""
        rows = self._relock(ids, token)
        rows._plan_rows()
        self._checkpoint("planned", rows)

    @api.model
    def _apply_next(self, pace, critical=False):
        """Claim and carry out a batch, then one of those that failed before; returns how many.

        What failed before, or saw its process die, runs alone: it must not take others along.
        """
        worked = 0
        share = self._get_share(critical)
        for suspect in self._worth_claiming(True, critical):
            query = self._due_query(suspect, 1 if suspect else pace.ceiling, critical, share)
            followers = None if suspect else partial(self._get_followers, critical=critical, share=share)
            ids, token = self._claim(query, pace, followers)
            if ids:
                self._checkpoint("claimed", self.browse(ids))
                for group in self._groups(ids):
                    kind = self.browse(group[:1]).kind
                    self._measure(pace, kind, group, token, self._apply_claimed)
                worked += len(ids)
        return worked

    @api.model
    def _get_share(self, critical):
        """Whose commands are carried out here: those of this runner's share, or of all what is critical."""
        return (0, 1) if critical else (self._share() or (0, 1))

    @api.model
    def _measure(self, pace, kind, ids, token, *steps):
        start = monotonic()
        self._run(ids, token, *steps)
        pace.learn(kind, len(ids), monotonic() - start)

    # -- coming back ----------------------------------------------------------------------

    @api.model
    def _tell(self):
        """Tell a person of dead letters and of what is held for too long, once by incident.

        Returns 0: it carries out nothing.
        """
        self.env["millwright.incident"]._sweep()
        self._commit()
        return 0

    @api.model
    def _trigger_next(self, pace):
        """Come back when the next row that waits for its time is due, or after a conflict."""
        now = fields.Datetime.now()
        row = self.search(
            [
                ("state", "=", "pending"),
                ("next_attempt_at", ">", now),
                ("next_attempt_at", "<", now + timedelta(seconds=BACKOFF_LIMIT_SECONDS)),
            ],
            order="next_attempt_at",
            limit=1,
        )
        if row:
            self._wake(row.next_attempt_at)
        if pace.stumbles:
            self._wake(now + timedelta(seconds=STUMBLE_SECONDS))

    @api.model
    def _wake_others(self):
        """Wake the other runners when a command of their share may go: this one may have let it go."""
        share = self._share()
        if not share or share[1] == 1:
            return
        index, count = share
        for other in range(count):
            if other != index:
                query = self._due_query(False, 1, share=(other, count), lock=False)
                if self._look(query):
                    self._runners()[other]._trigger()
