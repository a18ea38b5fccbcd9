import json

from odoo.tests import tagged
from odoo.tools import SQL

from .core import CoreCase

CLAIMED = 50
PAGES_PER_ROW = 40


@tagged("post_install", "-at_install", "millwright")
class TestClaim(CoreCase):
    def add_rows(self, state, first, count):
        """Planned movements of as many ordering keys, a tenth as many work orders."""
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO millwright_inbox
                       (backend_id, event_id, event, subject, state, lane, lane_rank, attempts, command,
                        kind, operation, ordering_key, group_key)
                SELECT %s, 'e' || n, 'USED', 'work_order/' || n / 10, %s, 'standard', 1, 0, '{}',
                       'parts_consumption', 'post', 'work_order/' || n / 10 || '/' || n,
                       'work_order/' || n / 10
                  FROM generate_series(%s, %s) AS n
                """,
                self.backend.id,
                state,
                first,
                first + count - 1,
            )
        )

    def pages_to_claim(self):
        """Pages that PostgreSQL touches to find what is due."""
        query = self.inbox._due_query(False, CLAIMED)
        self.env.cr.execute(SQL("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) %s", query))
        (answer,) = self.env.cr.fetchone()
        plan = answer if isinstance(answer, list) else json.loads(answer)
        self.assertEqual(plan[0]["Plan"]["Actual Rows"], CLAIMED)
        return plan[0]["Plan"]["Shared Hit Blocks"]

    def test_a_claim_costs_the_same_when_the_statistics_are_of_an_empty_queue(self):
        self.add_rows("done", 1, 500)
        self.env.cr.execute("ANALYZE millwright_inbox")
        self.add_rows("pending", 501, 3000)
        self.assertLess(self.pages_to_claim(), CLAIMED * PAGES_PER_ROW)

    def test_a_claim_costs_the_same_when_the_statistics_are_of_a_full_queue(self):
        self.add_rows("pending", 1, 3000)
        self.env.cr.execute("ANALYZE millwright_inbox")
        self.assertLess(self.pages_to_claim(), CLAIMED * PAGES_PER_ROW)
