from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import SQL

from .core import CoreCase


@tagged("post_install", "-at_install", "millwright")
class TestRunnerOrder(CoreCase):
    """What has to let what pass: closings, and the commands of one message among those of others."""

    def test_closing_waits_for_the_earlier_commands_of_its_order(self):
        self.store("ORDER", "o1", id="9", name="Oil change", status="doing")
        self.store("USED", "u", order="9", part="new", quantity=1)
        closing = self.store(
            "ORDER", "o2", id="9", name="Oil change", status="closed", at="2026-09-02T08:00:00Z", lines=[]
        )
        self.run_inbox()
        request = self.env["millwright.fake.work_order"].search([]).request_id
        self.assertFalse(request.stage_id.done)
        self.assertEqual(set(closing.child_ids.mapped("code")), {"waits_behind"})
        part = self.env["millwright.part"].search([("external_id", "=", "new")])
        part.product_id = self.product
        self.run_inbox()
        self.assertTrue(request.stage_id.done)
        self.assertEqual(closing.child_ids.mapped("state"), ["done", "done"])

    def test_the_commands_of_a_message_stand_where_it_arrived_and_not_behind_what_came_later(self):
        lines = [{"part": "S1", "quantity": 1}]
        told = self.store("ORDER", "o1", id="9", name="Oil change", status="closed", lines=lines)
        gone = self.store("ORDER_DELETED", "o2", id="9", at="2026-09-02T08:00:00Z")
        self.run_inbox()
        self.assertEqual([*told.child_ids.mapped("state"), gone.state], ["done", "done", "done"])
        audit = self.env["millwright.audit"].search([("backend_code", "=", self.backend.code)], order="id")
        self.assertEqual(audit.mapped("event_id")[-1], gone.event_id)

    def test_what_waits_behind_a_message_is_what_arrived_after_it(self):
        told = self.store(
            "ORDER", "o1", id="9", name="Oil change", status="closed", lines=[{"part": "new", "quantity": 1}]
        )
        gone = self.store("ORDER_DELETED", "o2", id="9", at="2026-09-02T08:00:00Z")
        self.run_inbox()
        line = told.child_ids.filtered(lambda row: row.flow == "consumption")
        self.assertEqual((line.state, gone.state, gone.code), ("held", "held", "waits_behind"))
        self.assertEqual((gone.blocker_id, line.behind_count, gone.behind_count), (line, 1, 0))
        self.assertEqual(self.inbox.search(line._get_behind_domain()), gone)

    def test_a_closing_that_brings_the_lost_order_does_not_wait_for_what_waits_for_it(self):
        used = self.store("USED", "u", order="9", part="S1", quantity=1)
        self.run_inbox()
        self.assertEqual((used.state, used.code), ("held", "work_order_unknown"))
        lines = [{"part": "S1", "quantity": 1}]
        closing = self.store("ORDER", "o", id="9", name="Oil change", status="closed", lines=lines)
        self.run_inbox()
        self.assertEqual(used.state, "done")
        self.assertEqual(closing.child_ids.mapped("state"), ["done", "done"])
        self.assertFalse(self.env["millwright.discrepancy"].search([("state", "=", "open")]))

    def test_where_nothing_is_stopped_one_short_question_says_so(self):
        self.store("ASSET", "a", id="7", name="Pump")
        self.run_inbox()
        self.env.flush_all()
        with self.assertQueryCount(1):
            self.assertEqual(self.inbox._held_blockers(SQL("TRUE")), {})

    def test_what_is_critical_is_done_before_a_run_looks_at_what_is_held(self):
        event = {**self.cloud_event("ASSET", "a", id="7", name="Pump"), "lane": "critical"}
        self.inbox._store(self.backend, [event])
        seen = []
        release = type(self.inbox)._release

        def look(inbox, pace):
            seen.append(inbox.search([("event_id", "=", "a")]).state)
            return release(inbox, pace)

        with patch.object(type(self.inbox), "_release", look), self.watch_statements() as statements:
            self.run_inbox()
        self.assertEqual(seen[0], "done")
        texts = [text for text, _params in statements]
        looks = [place for place, text in enumerate(texts) if "ARRAY (SELECT DISTINCT runner" in text]
        done = next(place for place, text in enumerate(texts) if "INSERT INTO millwright_audit" in text)
        self.assertLess(done, looks[0], "and before it looks around")
