from contextlib import contextmanager
from time import sleep

from odoo import api, models
from odoo.tools import SQL

WAIT_SECONDS = 0.05


class MillwrightInboxPlanClaim(models.Model):
    """Which messages may be planned. Rows of commands get their place in the order when they are
    planned, so that of one subject nothing is planned before what came earlier, whoever plans it.
    """

    _inherit = "millwright.inbox"

    @contextmanager
    def _alone_in_planning(self):
        """Around a claim of messages to be planned, which is anybody's: one runner after the other.

        What another one claims between our snapshot and our locks would make us fail and try again. PostgreSQL
        takes the snapshot behind this lock when it comes first in a transaction. The lock is that of a table
        which hardly anybody writes; it lets readers and writers pass, and goes with the claim's own commit.
        """
        if self._share() == (0, 1):
            yield
            return
        self._end_transaction()  # of the glance, with its snapshot
        self.env.cr.execute("LOCK TABLE millwright_identity IN SHARE UPDATE EXCLUSIVE MODE")
        yield
        self._end_transaction()  # where nothing was claimed

    @api.model
    def _wait_for_planner(self, pace):
        """Whether another runner is planning messages, after a moment: this one had nothing to do, since what is
        planned elsewhere holds up all that came later about its subjects. To end its run would cost it more.
        """
        if self._share() in (None, (0, 1)):
            return False
        planned_elsewhere = SQL(
            """SELECT TRUE FROM millwright_inbox
                WHERE state = 'processing' AND command IS NULL AND fanned_out IS NOT TRUE AND runner <> %s LIMIT 1""",
            self._runner_id(),
        )
        is_waiting = bool(self._look(planned_elsewhere)) and pace.waits()
        self._end_transaction()
        if is_waiting:
            sleep(WAIT_SECONDS)
        return is_waiting

    @api.model
    def _unplanned_query(self, suspect, size, critical=False):
        """SQL of (id, "plan"): messages of the most urgent lane, with all that came before them
        about their subjects. What is locked by another runner takes its followers out.

        The array keeps the rows a look-up by id: PostgreSQL takes every subject for as long as the limit,
        and would read the whole table for a join. What came before is asked for in both states, so that only
        the index by subject fits: with statistics of a time when nothing waited PostgreSQL would read the
        whole backlog for each subject.
        """
        return SQL(
            """
            WITH wanted AS (
                SELECT candidate.id, candidate.parent_id, candidate.backend_id, candidate.subject
                  FROM millwright_inbox AS candidate
                 WHERE %(free)s AND %(lane)s
              ORDER BY candidate.lane_rank, candidate.id LIMIT %(size)s
            ), last AS (
                SELECT DISTINCT ON (candidate.backend_id, candidate.subject)
                       candidate.id, candidate.parent_id, candidate.backend_id, candidate.subject
                  FROM wanted AS candidate
              ORDER BY candidate.backend_id, candidate.subject, %(place)s DESC
            ), taken AS (
                SELECT candidate.id, candidate.parent_id, candidate.backend_id, candidate.subject
                  FROM millwright_inbox AS candidate
                 WHERE candidate.state = 'pending' AND candidate.id = ANY (ARRAY (
                           SELECT id FROM wanted
                            UNION
                           SELECT before.id
                             FROM last CROSS JOIN LATERAL (
                                      SELECT candidate.id FROM millwright_inbox AS candidate
                                       WHERE candidate.backend_id = last.backend_id
                                         AND candidate.subject = last.subject
                                         AND %(before)s AND %(unplanned)s
                                    ORDER BY %(place)s LIMIT %(size)s) AS before))
              ORDER BY candidate.id LIMIT %(size)s FOR UPDATE SKIP LOCKED
            )
            SELECT candidate.id, 'plan' FROM taken AS candidate
             WHERE NOT %(left_out)s
          ORDER BY candidate.id
            """,
            free=self._is_free(suspect),
            lane=self._is_critical(critical),
            unplanned=SQL(
                """candidate.state IN ('pending', 'processing') AND candidate.command IS NULL
                   AND candidate.fanned_out IS NOT TRUE"""
            ),
            size=size,
            place=self._place("candidate"),
            before=SQL("%s < %s", self._place("candidate"), self._place("last")),
            left_out=self._earlier(
                SQL("%s AND earlier.id NOT IN (SELECT id FROM taken)", self._unplanned_before())
            ),
        )

    @api.model
    def _is_free(self, suspect):
        """SQL: whether a candidate may be planned now.

        What failed before, or saw its process die, is planned alone and before its followers.
        """
        return SQL(
            """candidate.state = 'pending' AND candidate.fanned_out IS NOT TRUE AND %s AND %s AND NOT %s""",
            self._is_for(False, suspect),
            self._is_due(),
            self._earlier(
                self._unplanned_before()
                if suspect
                else SQL(
                    """%s AND (earlier.state = 'processing' OR earlier.attempts > 0
                               OR earlier.next_attempt_at IS NOT NULL)""",
                    self._unplanned_before(),
                )
            ),
        )

    @api.model
    def _unplanned_before(self):
        """SQL: whether an earlier row of a candidate's subject is not planned yet."""
        return SQL(
            """earlier.subject = candidate.subject
               AND earlier.command IS NULL AND earlier.fanned_out IS NOT TRUE
               AND earlier.state IN ('pending', 'processing')"""
        )
