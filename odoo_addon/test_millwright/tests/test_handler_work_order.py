from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import html_sanitize, mute_logger

from .handler_common import T1, T2, T3, HandlerCase


@tagged("post_install", "-at_install", "millwright")
class TestHandlerWorkOrder(HandlerCase):
    def _stage(self, number):
        return self.env.ref(f"maintenance.stage_{number}")

    def _team(self, name, missing="default"):
        return self._ref("maintenance_team", name, missing, by="name")

    def _recurring(self, key="5120"):
        request = self.assertDone(self._apply(self._order(key, type="preventive")))
        request.write(
            {
                "recurring_maintenance": True,
                "repeat_interval": 1,
                "repeat_unit": "week",
                "repeat_type": "forever",
            }
        )
        return request

    def test_new_order_becomes_a_request_with_all_its_fields(self):
        equipment = self.assertDone(self._apply(self._asset("7", name="Press")))
        outcome = self._apply(
            self._order(
                "5120",
                type="preventive",
                priority="high",
                equipment=self._ref("equipment", "7"),
                description="<script>",
                due_at="2026-09-10T08:00:00.000000Z",
                requested_at="2026-09-01T08:00:00.000000Z",
                planned_hours="2.5",
            )
        )
        request = self.assertDone(outcome, "created")
        self.assertRecordValues(
            request,
            [
                {
                    "name": "Order 5120",
                    "stage_id": self._stage(0).id,
                    "maintenance_type": "preventive",
                    "priority": "3",
                    "equipment_id": equipment.id,
                    "company_id": self.company.id,
                    "maintenance_team_id": self.plant.maintenance_team_id.id,
                    "kanban_state": "normal",
                    "archive": False,
                    "duration": 2.5,
                }
            ],
        )
        self.assertEqual(str(request.schedule_date), "2026-09-10 08:00:00")
        self.assertEqual(str(request.schedule_end), "2026-09-10 10:30:00")
        self.assertEqual(str(request.request_date), "2026-09-01")
        self.assertEqual(request.description, "<p>&lt;script&gt;</p>")
        self.assertEqual(self._integration("work_order", "5120").request_id, request)

    def test_due_date_leaves_no_activity_and_no_follower_with_the_technical_user(self):
        request = self.assertDone(self._apply(self._order("5120", due_at="2026-09-10T08:00:00.000000Z")))
        self._apply(self._order("5120", status="done", version=T2))
        self.assertFalse(request.activity_ids)
        self.assertNotIn(self.backend.user_id.partner_id, request.message_partner_ids)

    def test_a_campaign_that_begins_moves_its_requests_in_one_call_and_each_keeps_its_own(self):
        keys = [str(5120 + number) for number in range(12)]
        self._apply(*(self._order(key) for key in keys))
        model = type(self.env["maintenance.request"])
        write, moved = model.write, []

        def count(requests, vals):
            if "stage_id" in vals:
                moved.append(len(requests))
            return write(requests, vals)

        begun = [
            self._order(
                key,
                name=f"Belt {key}",
                status="on_hold" if key == keys[-1] else "in_progress",
                due_at=f"2026-09-10T{int(key) % 24:02}:00:00.000000Z",
                version=T2,
            )
            for key in keys
        ]
        with patch.object(model, "write", count):
            outcomes = self._apply(*begun)
        self.assertEqual(sorted(moved), [1, 11])
        for key, outcome in zip(keys, outcomes, strict=True):
            request = self.assertDone(outcome, "updated")
            self.assertEqual((request.name, request.stage_id), (f"Belt {key}", self._stage(1)))
            self.assertEqual(request.schedule_date.hour, int(key) % 24)
            self.assertEqual(request.kanban_state, "blocked" if key == keys[-1] else "normal")

    def test_status_walks_through_the_stages(self):
        request = self.assertDone(self._apply(self._order("5120")))
        steps = [
            ("in_progress", 1, "normal"),
            ("on_hold", 1, "blocked"),
            ("in_progress", 1, "normal"),
            ("on_hold", 1, "blocked"),
            ("done", 3, "normal"),
            ("open", 0, "normal"),
        ]
        for number, (status, stage, kanban) in enumerate(steps):
            version = f"2026-09-05T10:05:0{number}.000000Z"
            self._apply(self._order("5120", status=status, version=version))
            self.assertEqual((request.stage_id, request.kanban_state), (self._stage(stage), kanban), status)

    def test_new_order_on_hold_is_blocked(self):
        request = self.assertDone(self._apply(self._order("5120", status="on_hold")))
        self.assertEqual((request.stage_id, request.kanban_state), (self._stage(1), "blocked"))

    def test_close_date_is_the_day_it_was_completed_there(self):
        request = self.assertDone(self._apply(self._order("5120")))
        self._apply(
            self._order("5120", status="done", completed_at="2026-09-02T12:00:00.000000Z", version=T2)
        )
        self.assertEqual(str(request.close_date), "2026-09-02")
        without = self.assertDone(self._apply(self._order("5121", status="done", version=T2)))
        self.assertEqual(str(without.close_date), "2026-09-03", "the day it happened, not today")
        self._apply(self._order("5121", status="done", version=T3))
        self.assertEqual(str(without.close_date), "2026-09-03")
        self._apply(self._order("5120", status="in_progress", version=T3))
        self.assertFalse(request.close_date)

    def test_cancelled_and_archived_orders_are_archived_and_come_back(self):
        first, second = self._apply(self._order("1", status="cancelled"), self._order("2", "archive"))
        self.assertTrue(first.record.archive)
        self.assertTrue(second.record.archive)
        self._apply(self._order("1", status="open", version=T2))
        self.assertFalse(first.record.archive)

    def test_delete_archives_and_keeps_what_was_posted(self):
        request = self.assertDone(self._apply(self._order("5120")))
        self._bind_part("88", self._product(on_hand=5))
        move = self.assertDone(self._apply(self._post("op-1", "2")))
        outcome = self._apply(self._order("5120", "delete", version=T2))
        self.assertEqual(self.assertDone(outcome), request)
        self.assertTrue(request.exists().archive)
        self.assertEqual(move.state, "done")
        self.assertEqual(request.stage_id, self._stage(0))

    def test_delete_of_an_unknown_order_is_remembered(self):
        self.assertDone(self._apply(self._order("5120", "delete", version=T2)), "deleted")
        self.assertIgnored(self._apply(self._order("5120", version=T1)), "superseded")
        self.assertIgnored(self._apply(self._order("5120", version=T2)), "superseded")
        self.assertFalse(self._integration("work_order", "5120").request_id)

    def test_older_snapshot_is_superseded_and_the_same_is_harmless(self):
        request = self.assertDone(self._apply(self._order("5120", status="in_progress", version=T2)))
        self.assertIgnored(self._apply(self._order("5120", version=T1)), "superseded")
        again = self._apply(self._order("5120", status="in_progress", version=T2))
        self.assertDone(again, "unchanged")
        self.assertEqual(request.stage_id, self._stage(1))

    def test_a_description_that_odoo_cleans_is_changed_by_other_words_and_by_other_signs_alone(self):
        odd = "It's <b>hot</b> & loud: 5 > 3\n> as said\n-- \nK."
        self.assertDone(self._apply(self._order("1", description=odd)))
        self.assertDone(self._apply(self._order("1", description=odd, version=T2)), "unchanged")
        for text in (odd.replace(":", ";"), odd.replace("loud", "cold"), "", None, odd):
            outcome = self._apply(self._order("1", description=text, version=T2))
            self.assertDone(outcome, "unchanged" if text is None else "updated")

    def test_a_description_with_other_words_is_cleaned_once(self):
        self._apply(self._order("1", description="Check belts"))
        cleaned = []

        def clean(text, **named):
            cleaned.append(text)
            return html_sanitize(text, **named)

        with patch("odoo.orm.fields_textual.html_sanitize", clean):
            self.assertDone(self._apply(self._order("1", description="Check chains", version=T2)), "updated")
        self.assertEqual(cleaned, ["<p>Check chains</p>"])

    def test_unknown_equipment_is_waited_for(self):
        outcome = self._apply(self._order("5120", equipment=self._ref("equipment", "7")))
        self.assertHeld(outcome, "equipment_unknown", "equipment", "7")
        self._apply(self._asset("7"))
        self.assertDone(self._apply(self._order("5120", equipment=self._ref("equipment", "7"))))

    def test_equipment_of_another_company_holds(self):
        self._apply(self._asset("7", plant=self.other_plant, name="Press"))
        outcome = self._apply(self._order("5120", equipment=self._ref("equipment", "7")))
        self.assertHeld(outcome, "equipment_other_company")

    def test_order_that_moved_to_another_company_holds(self):
        self._apply(self._order("1"))
        outcome = self._apply(self._order("1", plant=self.other_plant, version=T2))
        self.assertHeld(outcome, "bound_elsewhere")

    def test_null_equipment_clears(self):
        self._apply(self._asset("7"))
        request = self.assertDone(self._apply(self._order("5120", equipment=self._ref("equipment", "7"))))
        self._apply(self._order("5120", equipment=None, version=T2))
        self.assertFalse(request.equipment_id)

    def test_team_by_name_default_and_hold(self):
        team = self.env["maintenance.team"].create({"name": "Night shift", "company_id": self.company.id})
        outcomes = self._apply(
            self._order("1", team=self._team("night shift")),
            self._order("2", team=self._team("None such")),
            self._order("3", team=self._team("None such", "hold")),
            self._order("4", team=self._team("None such", "create")),
        )
        self.assertEqual(outcomes[0].record.maintenance_team_id, team)
        self.assertEqual(outcomes[1].record.maintenance_team_id, self.plant.maintenance_team_id)
        self.assertHeld(outcomes[2], "team_unknown")
        self.assertHeld(outcomes[3], "team_unknown")
        outcomes[1].record.maintenance_team_id = team
        self._apply(self._order("2", team=self._team("None such"), version=T2))
        self.assertEqual(outcomes[1].record.maintenance_team_id, team, "an unknown team changes nothing")

    def test_named_team_is_kept_when_the_equipment_brings_its_own(self):
        team = self.env["maintenance.team"].create({"name": "Night shift", "company_id": self.company.id})
        equipment = self.assertDone(self._apply(self._asset("7")))
        equipment.maintenance_team_id = self.plant.maintenance_team_id
        request = self.assertDone(self._apply(self._order("1", team=self._team("Night shift"))))
        self._apply(
            self._order(
                "1",
                team=self._team("Night shift"),
                equipment=self._ref("equipment", "7"),
                version=T2,
            )
        )
        self.assertEqual(request.maintenance_team_id, team)

    def test_planned_hours_with_and_without_a_date(self):
        request = self.assertDone(self._apply(self._order("1", planned_hours="3")))
        self.assertEqual((request.duration, request.schedule_date), (3, False))
        self._apply(self._order("1", due_at="2026-09-10T08:00:00.000000Z", version=T2))
        self.assertEqual(str(request.schedule_end), "2026-09-10 11:00:00")
        self.assertEqual(request.duration, 3)
        self._apply(self._order("1", due_at=None, version=T3))
        self.assertEqual((request.duration, request.schedule_date), (3, False))
        self.assertHeld(self._apply(self._order("2", planned_hours="-1")), "hours_negative")

    def test_closing_a_recurring_request_makes_no_other(self):
        request = self._recurring()
        before = self.env["maintenance.request"].search_count([])
        self._apply(self._order("5120", type="preventive", status="done", version=T2))
        self.assertEqual(request.stage_id, self._stage(3))
        self.assertEqual(self.env["maintenance.request"].search_count([]), before)

    def test_an_order_without_name_or_status_is_not_created_but_updated(self):
        self.assertHeld(self._apply(self._order("1", name=None)), "name_missing")
        self.assertHeld(self._apply(self._order("1", status=None)), "status_missing")
        request = self.assertDone(self._apply(self._order("2")))
        self._apply(self._work("work_order", "upsert", "2", {"priority": "low"}, version=T2))
        self.assertEqual((request.priority, request.name), ("1", "Order 2"))

    def test_change_of_status_stands_in_the_chatter_without_a_mail(self):
        request = self.assertDone(self._apply(self._order("5120")))
        before = self.env["mail.mail"].search_count([])
        self._apply(self._order("5120", status="in_progress", version=T2))
        request.invalidate_recordset(["message_ids"])
        self.assertIn("New Request → In Progress", request.message_ids[0].body)
        self.assertEqual(self.env["mail.mail"].search_count([]), before)

    def test_orders_of_two_companies(self):
        here = self.assertDone(self._apply(self._order("1")))
        there = self.assertDone(self._apply(self._order("2", plant=self.other_plant)))
        self.assertEqual(here.company_id, self.company)
        self.assertEqual(there.company_id, self.other_company)
        self.assertEqual(there.maintenance_team_id.company_id, self.other_company)

    def test_plain_user_cannot(self):
        plain = new_test_user(self.env, "plain", groups="base.group_user")
        plain.company_ids = [Command.link(self.other_company.id)]
        with self.assertRaises(AccessError):
            self._apply(self._order("5120"), user=plain)

    def test_nothing_is_changed_that_the_user_may_not_change(self):
        user = self.backend.user_id
        request = self.assertDone(self._apply(self._order("5120"), user=user))
        self._apply(self._order("5120", name="Oil change", version=T2), user=user)
        self.assertEqual((request.name, request.write_uid), ("Oil change", user))
        rule = self.env["ir.rule"].create(
            {
                "name": "This request is not for everybody",
                "model_id": self.env["ir.model"]._get_id("maintenance.request"),
                "domain_force": f"[('id', '!=', {request.id})]",
                "perm_read": False,
            }
        )
        muted = mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
        with muted, self.assertRaises(AccessError):
            self._apply(self._order("5120", name="Grease", version=T3), user=user)
        rule.unlink()
        may = type(request)._has_field_access

        def may_not_write_it(records, field, operation):
            is_asked = (field.name, operation) == ("description", "write") and not records.env.su
            return not is_asked and may(records, field, operation)

        self.patch(type(request), "_has_field_access", may_not_write_it)
        with mute_logger("odoo.models"), self.assertRaises(AccessError):
            self._apply(self._order("5120", description="Slowly", version=T3), user=user)

    def test_technical_user_has_no_manager_rights(self):
        user = self.backend.user_id
        for group in (
            "maintenance.group_equipment_manager",
            "stock.group_stock_manager",
            "base.group_system",
            "account.group_account_invoice",
        ):
            self.assertFalse(user.has_group(group), group)
