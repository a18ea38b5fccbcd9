from contextlib import contextmanager
from time import sleep

from odoo import api, models
from odoo.tools import SQL

from ..const import LANES

WAIT_SECONDS = 0.05
HIGHEST_ID = 2**31 - 1  # of PostgreSQL's integer, which ids are
# Where a candidate stands in the order of arrival, as `_place`, in the words of the indexes.
PLACE = SQL("COALESCE(candidate.parent_id, candidate.id), candidate.id")


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

        What stands before is looked for once by subject, not by message: until the run of a cron has ended
        PostgreSQL keeps what it planned, as dead rows that each look for a subject passes. The array keeps
        the rows a look-up by id: PostgreSQL takes every subject for as long as the limit, and would read the
        whole table for a join. Both states are asked for, so that only the index by subject fits: with
        statistics of a time when nothing waited PostgreSQL would read the whole backlog for each subject.
        """
        return SQL(
            """
            WITH wanted AS (
                SELECT candidate.id, candidate.parent_id, candidate.backend_id, candidate.subject
                  FROM millwright_inbox AS candidate
                 WHERE %(free)s AND %(lane)s
              ORDER BY candidate.lane_rank, %(order)s LIMIT %(size)s
            ), last AS (
                SELECT DISTINCT ON (candidate.backend_id, candidate.subject)
                       candidate.id, candidate.parent_id, candidate.backend_id, candidate.subject
                  FROM wanted AS candidate
                 WHERE candidate.subject IS NOT NULL
              ORDER BY candidate.backend_id, candidate.subject, %(place)s DESC
            ), queue AS MATERIALIZED (
                SELECT before.* FROM last CROSS JOIN LATERAL (
                    SELECT candidate.id, candidate.parent_id, candidate.backend_id, candidate.subject
                      FROM millwright_inbox AS candidate
                     WHERE candidate.backend_id = last.backend_id AND candidate.subject = last.subject
                       AND %(until)s AND %(unplanned)s
                  ORDER BY %(order)s LIMIT %(size)s) AS before
                 UNION ALL
                SELECT * FROM wanted WHERE subject IS NULL
            ), taken AS (
                SELECT candidate.id FROM millwright_inbox AS candidate
                 WHERE candidate.state = 'pending' AND candidate.id = ANY (ARRAY (SELECT id FROM queue))
              ORDER BY candidate.id LIMIT %(size)s FOR UPDATE SKIP LOCKED
            ), standing AS (
                SELECT candidate.id, bool_and(taken.id IS NOT NULL) OVER (
                           PARTITION BY candidate.backend_id, candidate.subject ORDER BY %(order)s) AS follows
                  FROM queue AS candidate LEFT JOIN taken ON taken.id = candidate.id
            )
            SELECT id, 'plan' FROM standing WHERE follows ORDER BY id
            """,
            free=self._is_free(suspect),
            lane=self._is_critical(critical),
            unplanned=SQL(
                """candidate.state IN ('pending', 'processing') AND candidate.command IS NULL
                   AND candidate.fanned_out IS NOT TRUE"""
            ),
            size=size,
            order=PLACE,
            place=self._place("candidate"),
            until=SQL("%s <= %s", self._place("candidate"), self._place("last")),
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
            self._earlier(self._unplanned_before()) if suspect else self._is_behind_suspect(),
        )

    @api.model
    def _is_behind_suspect(self):
        """SQL: whether a message of a candidate's subject is being planned, or an earlier one failed before.

        Of what is being planned one list serves all candidates; of what failed each asks, where there is any.
        """
        has_failed = SQL("(earlier.attempts > 0 OR earlier.next_attempt_at IS NOT NULL)")
        return SQL(
            """((candidate.backend_id, COALESCE(candidate.subject, '')) IN (
                    SELECT backend_id, subject FROM %s WHERE subject IS NOT NULL)
                OR %s AND %s)""",
            self._in_planning(),
            self._is_any_suspect(),
            self._earlier(SQL("%s AND %s", self._unplanned_before(), has_failed)),
        )

    @api.model
    def _in_planning(self):
        """SQL: the messages that are being planned. OFFSET 0 leaves PostgreSQL only the index of `processing`: it would
        take one of the whole backlog for as good.
        """
        return SQL(
            """(SELECT COALESCE(working.parent_id, working.id) AS message, working.backend_id, working.subject
                  FROM (SELECT * FROM millwright_inbox WHERE state = 'processing' OFFSET 0) AS working
                 WHERE working.command IS NULL AND working.fanned_out IS NOT TRUE) AS in_planning"""
        )

    @api.model
    def _is_any_suspect(self):
        """SQL: whether there is any row that failed before or waits for its time; the order ties each to its index."""
        return SQL(
            """COALESCE((SELECT TRUE FROM millwright_inbox
                          WHERE state = 'pending' AND attempts > 0 AND fanned_out IS NOT TRUE
                       ORDER BY lane_rank, id LIMIT 1),
                        (SELECT TRUE FROM millwright_inbox
                          WHERE state = 'pending' AND next_attempt_at IS NOT NULL
                       ORDER BY next_attempt_at LIMIT 1),
                        FALSE)"""
        )

    @api.model
    def _is_behind_unplanned(self):
        """SQL: whether an earlier message of a candidate's subject is not planned yet.

        Only those ask for it by subject that stand behind the first unplanned message of all: few do, and the look
        passes what was planned since the run of a cron began, as dead rows.
        """
        return SQL(
            "(COALESCE(candidate.parent_id, candidate.id) >= %s AND %s)",
            self._first_unplanned(),
            self._earlier(self._unplanned_before()),
        )

    @api.model
    def _first_unplanned(self):
        """SQL: the id of the first message that is not planned yet, whatever its lane; or the highest that there can be."""
        first = SQL(
            """(SELECT COALESCE(candidate.parent_id, candidate.id) FROM millwright_inbox AS candidate
                 WHERE candidate.state = 'pending' AND candidate.command IS NULL
                   AND candidate.fanned_out IS NOT TRUE AND candidate.lane_rank = lane.rank
              ORDER BY %s LIMIT 1)""",
            PLACE,
        )
        return SQL(
            """(SELECT COALESCE(min(message), %(highest)s)
                  FROM (SELECT %(first)s AS message FROM unnest(%(ranks)s) AS lane (rank)
                         UNION ALL
                        SELECT message FROM %(in_planning)s) AS unplanned)""",
            highest=HIGHEST_ID,
            first=first,
            ranks=list(range(len(LANES))),
            in_planning=self._in_planning(),
        )

    @api.model
    def _unplanned_before(self):
        """SQL: whether an earlier row of a candidate's subject is not planned yet."""
        return SQL(
            """earlier.subject = candidate.subject
               AND earlier.command IS NULL AND earlier.fanned_out IS NOT TRUE
               AND earlier.state IN ('pending', 'processing')"""
        )
