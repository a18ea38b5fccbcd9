import json

from odoo.tests import tagged
from odoo.tools import SQL

from .core import CoreCase

CLAIMED = 50
PAGES_PER_ROW = 40


@tagged("post_install", "-at_install", "millwright")
class TestClaim(CoreCase):
    def add_rows(self, state, first, count, command="{}"):
        """Movements of as many ordering keys, a tenth as many work orders; planned ones have a command."""
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO millwright_inbox
                       (backend_id, event_id, event, subject, state, lane, lane_rank, attempts, command,
                        kind, operation, ordering_key, group_key)
                SELECT %s, 'e' || n, 'USED', 'work_order/' || n / 10, %s, 'standard', 1, 0, %s,
                       'parts_consumption', 'post', 'work_order/' || n / 10 || '/' || n,
                       'work_order/' || n / 10
                  FROM generate_series(%s, %s) AS n
                """,
                self.backend.id,
                state,
                command,
                first,
                first + count - 1,
            )
        )

    def assertCheap(self, query):
        """PostgreSQL touches few pages for each row to find what a claim takes."""
        self.env.cr.execute(SQL("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) %s", query))
        (answer,) = self.env.cr.fetchone()
        plan = (answer if isinstance(answer, list) else json.loads(answer))[0]["Plan"]
        self.assertEqual(plan["Actual Rows"], CLAIMED)
        self.assertLess(plan["Shared Hit Blocks"], CLAIMED * PAGES_PER_ROW, json.dumps(plan, indent=1))

    def test_a_claim_costs_the_same_when_the_statistics_are_of_an_empty_queue(self):
        self.add_rows("done", 1, 500)
        self.env.cr.execute("ANALYZE millwright_inbox")
        self.add_rows("pending", 501, 3000)
        self.assertCheap(self.inbox._due_query(False, CLAIMED))

    def test_a_claim_costs_the_same_when_the_statistics_are_of_a_full_queue(self):
        self.add_rows("pending", 1, 3000)
        self.env.cr.execute("ANALYZE millwright_inbox")
        self.assertCheap(self.inbox._due_query(False, CLAIMED))

    def test_planning_costs_the_same_when_the_statistics_are_of_an_empty_queue(self):
        self.add_rows("done", 1, 500)
        self.env.cr.execute("ANALYZE millwright_inbox")
        self.add_rows("pending", 501, 3000, command=None)
        self.assertCheap(self.inbox._unplanned_query(False, CLAIMED))

    def test_planning_costs_the_same_when_the_statistics_are_of_a_full_queue(self):
        self.add_rows("pending", 1, 3000, command=None)
        self.env.cr.execute("ANALYZE millwright_inbox")
        self.assertCheap(self.inbox._unplanned_query(False, CLAIMED))

    def test_what_came_first_about_a_subject_is_planned_with_what_is_urgent_now(self):
        self.add_rows("pending", 1, 300, command=None)
        self.env.cr.execute(
            "UPDATE millwright_inbox SET lane = 'critical', lane_rank = 0 WHERE event_id = 'e155'"
        )
        self.env.cr.execute(self.inbox._unplanned_query(False, CLAIMED, critical=True))
        taken = self.inbox.browse(row_id for row_id, _kind in self.env.cr.fetchall())
        self.assertEqual(sorted(taken.mapped("event_id")), [f"e{number}" for number in range(150, 156)])

    def test_a_claim_that_would_find_nothing_is_not_made(self):
        self.add_rows("pending", 1, 10)
        planned, unplanned = True, False
        worth = self.inbox._worth_claiming
        self.assertEqual(
            [worth(planned, False), worth(planned, True), worth(unplanned, False)], [[False], [], []]
        )
        self.env.cr.execute("UPDATE millwright_inbox SET attempts = 1 WHERE event_id = 'e4'")
        self.env.cr.execute("UPDATE millwright_inbox SET lane_rank = 0 WHERE event_id = 'e5'")
        self.assertEqual([worth(planned, False), worth(planned, True)], [[False, True], [False]])
