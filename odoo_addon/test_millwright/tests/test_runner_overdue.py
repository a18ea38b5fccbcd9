from datetime import timedelta

from odoo import fields
from odoo.tests import new_test_user, tagged

from .core import CoreCase


@tagged("post_install", "-at_install", "millwright")
class TestRunnerOverdue(CoreCase):
    def setUp(self):
        super().setUp()
        self.backend.responsible_id = new_test_user(
            self.env, "responsible", groups="millwright.group_operator"
        )
        self.store("ORDER", "o", id="9", name="Oil", status="new")

    def use(self, part, count):
        names = [f"{part}-{number}" for number in range(count)]
        return [self.store("USED", name, order="9", part=part, quantity=1) for name in names]

    def activities(self):
        return self.env["millwright.incident"].search([("kind", "=", "overdue")]).activity_ids

    def grow_old(self, rows, seconds=301):
        for row in rows:
            row.received_at = fields.Datetime.now() - timedelta(seconds=seconds)

    def test_a_person_is_told_once_by_incident_and_not_before_the_budget_is_over(self):
        rows = self.use("new", 3)
        self.run_inbox(times=2)
        self.assertFalse(self.activities(), "the budget is not over yet")
        self.grow_old(rows)
        self.run_inbox(times=3)
        activity = self.activities()
        self.assertEqual(len(activity), 1)
        self.assertEqual(activity.user_id, self.backend.responsible_id)
        self.assertIn("3 held", activity.summary)
        self.assertIn("new", activity.note)

    def test_what_joins_an_incident_is_no_news_and_another_incident_is(self):
        self.grow_old(self.use("new", 1))
        self.run_inbox(times=2)
        late = self.store("USED", "late", order="9", part="new", quantity=1)
        self.grow_old([late])
        self.run_inbox(times=2)
        self.assertEqual(len(self.activities()), 1)
        self.grow_old([self.store("ORDER", "bad", id="10", name="Oil", status="odd")])
        self.run_inbox(times=2)
        self.assertEqual(len(self.activities()), 2)

    def test_it_is_over_when_what_was_missed_has_arrived(self):
        self.grow_old(self.use("new", 1))
        self.run_inbox(times=2)
        self.assertEqual(len(self.activities()), 1)
        self.env["millwright.part"].search([("external_id", "=", "new")]).product_id = self.product
        self.run_inbox(times=2)
        self.assertFalse(self.activities())
        self.assertTrue(self.env["millwright.incident"].search([]).closed_at)

    def test_a_responsible_who_cannot_see_the_backend_breaks_nothing(self):
        self.backend.responsible_id = new_test_user(self.env, "stranger", groups="base.group_user")
        self.grow_old(self.use("new", 1))
        self.run_inbox(times=2)
        self.assertEqual(len(self.activities()), 1)
        self.assertTrue(self.activities().user_id.has_group("millwright.group_manager"))
