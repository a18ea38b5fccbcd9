import json
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged
from odoo.tools import SQL

from .core import CoreCase

CLAIMED = 50
PAGES_PER_ROW = 60
SUBJECTS = 5


@tagged("post_install", "-at_install", "millwright")
class TestClaim(CoreCase):
    def setUp(self):
        super().setUp()
        self.env.cr.execute(
            "REINDEX TABLE millwright_inbox"
        )  # without the rows of tests that were rolled back

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

    def ids_of(self, query):
        self.env.flush_all()
        self.env.cr.execute(query)
        return [row_id for row_id, _kind in self.env.cr.fetchall()]

    def ids_to_plan(self, suspect=False, size=200, critical=False):
        return self.ids_of(self.inbox._unplanned_query(suspect, size, critical))

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

    def test_a_claim_costs_the_same_behind_much_of_its_subjects_that_was_planned_in_the_same_run(self):
        self.add_rows("pending", 1, 1000, command=None)
        self.env.cr.execute(SQL("UPDATE millwright_inbox SET subject = 'work_order/' || id %% %s", SUBJECTS))
        first = self.inbox.search([], order="id", limit=1).id
        for number, state in ((500, "done"), (200, "pending")):
            self.env.cr.execute(
                SQL(
                    "UPDATE millwright_inbox SET state = %s, command = '{}' WHERE id BETWEEN %s AND %s",
                    state,
                    first,
                    first + number - 1,
                )
            )
            first += number
        self.assertCheap(self.inbox._unplanned_query(False, CLAIMED))
        self.assertCheap(self.inbox._due_query(False, CLAIMED))

    def test_a_claim_that_would_find_nothing_is_not_made(self):
        self.add_rows("pending", 1, 10)
        planned, unplanned = True, False

        def worth(planned, critical):
            self.env.cr.precommit.data.clear()  # as the end of a transaction does
            return self.inbox._worth_claiming(planned, critical)

        self.assertEqual(
            [worth(planned, False), worth(planned, True), worth(unplanned, False)], [[False], [], []]
        )
        self.env.cr.execute("UPDATE millwright_inbox SET attempts = 1 WHERE event_id = 'e4'")
        self.env.cr.execute("UPDATE millwright_inbox SET lane_rank = 0 WHERE event_id = 'e5'")
        self.assertEqual([worth(planned, False), worth(planned, True)], [[False, True], [False]])

    def test_a_runner_looks_once_in_a_transaction(self):
        self.add_rows("pending", 1, 10)
        self.inbox._look_around()
        with self.watch_statements() as statements:
            self.assertEqual(
                [self.inbox._worth_claiming(planned, True) for planned in (True, False)], [[], []]
            )
        self.assertEqual(statements, [], "what is critical was seen with the first look")
        with self.watch_statements() as statements:
            self.assertEqual(
                [self.inbox._worth_claiming(planned, False) for planned in (True, False)], [[False], []]
            )
        self.assertEqual(len(statements), 1)
        self.env.cr.execute("UPDATE millwright_inbox SET lane_rank = 0")
        self.env.cr.precommit.run()  # as a commit does
        self.assertEqual(self.inbox._worth_claiming(True, True), [False])

    # -- which messages are planned -------------------------------------------------------

    def test_nothing_is_planned_before_what_came_earlier_about_its_subject(self):
        first, second = (self.store("ASSET", f"a{n}", id="7", name="Press") for n in (1, 2))
        other = self.store("ASSET", "b", id="8", name="Saw")
        first.write({"state": "processing", "claim_token": "other runner"})
        self.assertEqual(self.ids_to_plan(), other.ids)
        self.assertEqual(self.ids_to_plan(size=1), other.ids, "what has to wait takes no room")
        first.write({"state": "pending", "claim_token": False})
        self.assertEqual(self.ids_to_plan(), (first + second + other).ids)
        first.write({"next_attempt_at": fields.Datetime.now() + timedelta(minutes=5)})
        self.assertEqual(self.ids_to_plan(), other.ids)
        first.write({"attempts": 1, "next_attempt_at": False})
        self.assertEqual(self.ids_to_plan(size=1), other.ids)
        self.assertEqual(self.ids_to_plan(suspect=True), first.ids)
        other.write({"attempts": 1})
        first.write({"attempts": 0})
        self.assertEqual(self.ids_to_plan(), (first + second).ids, "what failed stops only its own subject")

    def test_messages_about_nothing_in_particular_wait_for_none(self):
        rows = self.store("ASSET", "a", id="7", name="Press") + self.store("ASSET", "b", id="8", name="Saw")
        rows.write({"subject": False})
        self.assertEqual(self.ids_to_plan(), rows.ids)
        rows[0].write({"state": "processing", "claim_token": "other runner"})
        self.assertEqual(self.ids_to_plan(), rows[1].ids)

    def test_a_critical_message_takes_what_came_before_it_along(self):
        first, second = (self.store("ASSET", f"a{n}", id="7", name="Press") for n in (1, 2))
        self.store("ASSET", "b", id="8", name="Saw")
        second.write({"lane": "critical", "lane_rank": 0})
        self.assertEqual(self.ids_to_plan(critical=True), (first + second).ids)
        self.assertEqual(self.ids_to_plan(critical=True, size=1), first.ids, "as far as there is room")

    def test_where_there_is_no_room_for_all_that_came_before_the_rest_stays_behind(self):
        names = [("a", "7"), ("b", "8"), ("c", "7"), ("d", "8")]
        rows = [self.store("ASSET", event, id=asset, name="Press") for event, asset in names]
        for row in rows[2:]:
            row.write({"lane": "critical", "lane_rank": 0})
        self.assertEqual(self.ids_to_plan(critical=True, size=2), [rows[0].id, rows[1].id])

    def test_what_came_first_about_a_subject_is_planned_with_what_is_urgent_now(self):
        self.add_rows("pending", 1, 300, command=None)
        self.env.cr.execute(
            "UPDATE millwright_inbox SET lane = 'critical', lane_rank = 0 WHERE event_id = 'e155'"
        )
        taken = self.inbox.browse(self.ids_of(self.inbox._unplanned_query(False, CLAIMED, critical=True)))
        self.assertEqual(sorted(taken.mapped("event_id")), [f"e{number}" for number in range(150, 156)])

    # -- which commands are carried out ---------------------------------------------------

    def test_a_command_waits_for_what_came_earlier_about_its_subject_and_is_to_be_planned_again(self):
        first, second = (self.store("ASSET", f"a{n}", id="7", name="Press") for n in (1, 2))
        other = self.store("ASSET", "b", id="8", name="Saw")
        self.plan_inbox()
        due = self.inbox._due_query(False, 200)
        first.write({"ordering_key": False, "group_key": False})
        self.assertEqual(self.ids_of(due), (first + second + other).ids, "nothing else holds the second up")
        first.write({"command": False})
        for rank in (0, 1, 2):
            for state in ("pending", "processing"):
                first.write({"lane_rank": rank, "state": state})
                self.assertEqual(self.ids_of(due), other.ids, (rank, state))

    def test_a_command_waits_for_its_sibling_that_is_to_be_planned_again(self):
        first, second = (self.store("ASSET", f"a{n}", id="7", name="Press") for n in (1, 2))
        self.plan_inbox()
        first.write({"ordering_key": False, "group_key": False, "command": False})
        message = self.store("ASSET", "m", id="7", name="Press")
        message.write({"fanned_out": True})
        (first + second).write({"parent_id": message.id})
        self.assertEqual(self.ids_of(self.inbox._due_query(False, 200)), [])
        first.write({"command": "{}"})
        self.assertEqual(self.ids_of(self.inbox._due_query(False, 200)), (first + second).ids)
