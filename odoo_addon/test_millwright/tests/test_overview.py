from datetime import timedelta

from odoo import Command, fields
from odoo.tests import new_test_user, tagged

from .core import CoreCase


@tagged("post_install", "-at_install", "millwright")
class TestOverview(CoreCase):
    """Is anything wrong, where, and since when; and what happened to one message."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.operator = new_test_user(cls.env, "overview-operator", groups="millwright.group_operator")

    def _row(self, state, **values):
        return self.inbox.create(
            {
                "backend_id": self.backend.id,
                "event_id": f"overview-{self.inbox.search_count([])}",
                "event": "CHANGED",
                "flow": "asset",
                "plant_id": self.plant.id,
                "company_id": self.company.id,
                "received_at": fields.Datetime.now(),
                "state": state,
                **values,
            }
        )

    def _overview(self, user=None, **domain):
        self.env.flush_all()
        self.env.invalidate_all()
        overview = self.env["millwright.overview"].with_user(user or self.operator)
        return overview.search(
            [("backend_id", "=", self.backend.id), ("flow", "=", domain.get("flow", "asset"))]
        )

    def _ago(self, **span):
        return fields.Datetime.now() - timedelta(**span)

    def test_it_counts_what_is_open_and_what_ended_lately(self):
        self._row("pending", command="{}")
        self._row("pending")
        self._row("processing", command="{}")
        self._row("held", fanned_out=True)
        held = self._row("held", received_at=self._ago(minutes=90))
        self._row("dead", finished_at=self._ago(days=9))
        for span in ({"minutes": 5}, {"hours": 5}, {"days": 5}):
            self._row("done", finished_at=self._ago(**span))
        row = self._overview()
        self.assertEqual((row.open_count, row.held_count, row.dead_count), (4, 1, 1))
        self.assertEqual((row.done_hour, row.done_day), (1, 2))
        self.assertEqual((row.oldest_at, row.age), (held.received_at, "1 h 30 min"))

    def test_its_status_is_the_worst_of_what_it_counts(self):
        self.assertFalse(self._overview())
        self._row("pending")
        self.assertEqual(self._overview().status, "fine")
        held = self._row("held")
        self.assertEqual(self._overview().status, "held")
        held.received_at = self._ago(days=1)
        self.assertEqual(self._overview().status, "late")
        self._row("dead")
        self.assertEqual(self._overview().status, "dead")

    def test_every_number_leads_to_its_messages(self):
        self._row("pending")
        self._row("held")
        self._row("held", lane="critical")
        self._row("held", plant_id=self.create_plant("P2").id)
        self._row("dead")
        self._row("done", finished_at=self._ago(minutes=5))
        for row in self._overview():
            for number, button in (
                ("open_count", "action_open_waiting"),
                ("held_count", "action_open_held"),
                ("dead_count", "action_open_dead"),
                ("done_hour", "action_open_done_hour"),
                ("done_day", "action_open_done_day"),
            ):
                domain = getattr(row, button)()["domain"]
                self.assertEqual(self.inbox.search_count(domain), row[number], (row.lane, button))

    def test_it_shows_what_the_user_may_see(self):
        other = self.create_plant("P2")
        self._row("held")
        self._row("held", plant_id=other.id)
        narrow = new_test_user(
            self.env,
            "overview-narrow",
            groups="millwright.group_viewer",
            millwright_plant_ids=[Command.set(self.plant.ids)],
        )
        self.assertEqual(self._overview().plant_id, self.plant | other)
        self.assertEqual(self._overview(narrow).plant_id, self.plant)

    # -- attempts --------------------------------------------------------------------------

    def test_a_message_tells_what_happened_to_it(self):
        self.store("ORDER", "o", id="9", name="Oil", status="new")
        row = self.store("USED", "used", order="9", part="late", quantity=1)
        self.run_inbox(times=2)
        self.assertEqual(row.state, "held")
        self.env["millwright.part"].search([("external_id", "=", "late")]).product_id = self.product
        self.run_inbox(times=2)
        self.assertEqual(row.state, "done")
        notes = row.attempt_timeline
        self.assertLess(notes.index("Done"), notes.index("Pending"))
        self.assertLess(notes.index("Pending"), notes.index("Held"))
        self.assertIn("late", notes)

    def test_what_goes_through_at_once_has_no_notes(self):
        row = self.store("ASSET", "a", id="A1", name="Pump")
        self.run_inbox()
        self.assertEqual(row.state, "done")
        self.assertFalse(row.attempt_log)

    def test_notes_name_the_person_are_bounded_and_are_no_markup(self):
        row = self._row("dead").with_user(self.operator)
        for _time in range(30):
            row.action_redrive()
            row.sudo()._set_state("dead", code="broken", last_error="<script>x</script>")
        self.assertEqual(row.attempt_timeline.count("<li"), 20)
        self.assertIn(self.operator.name, row.attempt_timeline)
        self.assertNotIn("<script>", row.attempt_timeline)
