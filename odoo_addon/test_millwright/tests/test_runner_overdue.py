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

    def grow_old(self, rows, seconds=301):
        for row in rows:
            row.received_at = fields.Datetime.now() - timedelta(seconds=seconds)

    def test_a_person_is_told_once_by_incident_and_not_before_the_budget_is_over(self):
        rows = self.use("new", 3)
        self.run_inbox(times=2)
        self.assertFalse(self.backend.activity_ids, "the budget is not over yet")
        self.grow_old(rows)
        self.run_inbox(times=3)
        activity = self.backend.activity_ids
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
        self.assertEqual(len(self.backend.activity_ids), 1)
        self.assertTrue(late.overdue_told_at)
        self.grow_old(self.use("other", 2))
        self.run_inbox(times=2)
        self.assertEqual(len(self.backend.activity_ids), 2)

    def test_a_responsible_who_cannot_see_the_backend_breaks_nothing(self):
        self.backend.responsible_id = new_test_user(self.env, "stranger", groups="base.group_user")
        self.grow_old(self.use("new", 1))
        self.run_inbox(times=2)
        self.assertEqual(len(self.backend.activity_ids), 1)
        self.assertTrue(self.backend.activity_ids.user_id.has_group("millwright.group_manager"))
