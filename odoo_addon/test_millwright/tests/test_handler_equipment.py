from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .handler_common import T1, T2, T3, HandlerCase


@tagged("post_install", "-at_install", "millwright")
class TestHandlerEquipment(HandlerCase):
    def _equipment(self, plant=None, **values):
        plant = plant or self.plant
        return self.env["maintenance.equipment"].create(
            {"name": "Press", "company_id": plant.company_id.id, **values}
        )

    def _category(self, name, missing="create"):
        return self._ref("equipment_category", name, missing, by="name")

    def test_new_asset_becomes_equipment_with_all_its_fields(self):
        outcome = self._apply(
            self._asset(
                "7",
                name="Press",
                serial_no="SN-7",
                model="P100",
                note="careful <b>now</b>\nsecond line",
                location="Hall 3",
                cost="1250.5",
                effective_date="2026-01-02",
                warranty_date="2028-01-02",
                category=self._category("Presses"),
            )
        )
        equipment = self.assertDone(outcome, "created")
        self.assertRecordValues(
            equipment,
            [
                {
                    "name": "Press",
                    "serial_no": "SN-7",
                    "model": "P100",
                    "millwright_location": "Hall 3",
                    "cost": 1250.5,
                    "company_id": self.company.id,
                    "active": True,
                }
            ],
        )
        self.assertEqual(str(equipment.effective_date), "2026-01-02")
        self.assertEqual(str(equipment.warranty_date), "2028-01-02")
        self.assertEqual(
            equipment.note, "<p>careful &lt;b&gt;now&lt;/b&gt;<br>second line</p>", "text is not markup"
        )
        row = self._integration("asset", "7")
        self.assertEqual(row.equipment_id, equipment)
        self.assertEqual(row.synchronised_version, T1)
        self.assertEqual(str(row.occurred_at), "2026-09-03 10:05:00")

    def test_category_is_created_once_found_without_case_and_has_no_responsible(self):
        known = self.env["maintenance.equipment.category"].create({"name": "Pumps"})
        first, second, third = self._apply(
            self._asset("1", name="A", category=self._category("Presses")),
            self._asset("2", name="B", category=self._category(" presses ")),
            self._asset("3", name="C", category=self._category("PUMPS")),
        )
        self.assertEqual(first.record.category_id, second.record.category_id)
        self.assertEqual(first.record.category_id.name, "Presses")
        self.assertFalse(first.record.category_id.technician_user_id)
        self.assertEqual(third.record.category_id, known)

    def test_unknown_category_holds_or_is_left_out_as_the_spec_says(self):
        held, skipped = self._apply(
            self._asset("1", name="A", category=self._category("None such", "hold")),
            self._asset("2", name="B", category=self._category("None such", "skip")),
        )
        self.assertHeld(held, "category_unknown")
        self.assertFalse(self.assertDone(skipped).category_id)

    def test_category_of_another_company_is_not_used(self):
        self.env["maintenance.equipment.category"].create(
            {"name": "Ovens", "company_id": self.other_company.id}
        )
        held = self._apply(self._asset("1", name="A", category=self._category("Ovens", "hold")))
        self.assertHeld(held, "category_unknown")

    def test_update_writes_what_differs_and_says_what_it_was(self):
        equipment = self.assertDone(self._apply(self._asset("7", name="Press", note="as it is")))
        messages = len(equipment.message_ids)
        outcome = self._apply(self._asset("7", name="Press 2", note="as it is", cost=None, version=T2))
        self.assertEqual(self.assertDone(outcome, "updated"), equipment)
        self.assertEqual(equipment.name, "Press 2")
        self.assertEqual(outcome.detail, {"changed": {"name": ["Press", "Press 2"]}})
        self.assertEqual(len(equipment.message_ids), messages)
        again = self._apply(self._asset("7", name="Press 2", note="as it is", version=T2))
        self.assertDone(again, "unchanged")
        self.assertEqual(again.detail, {"changed": {}})

    def test_absent_field_is_kept_and_null_clears(self):
        equipment = self.assertDone(
            self._apply(self._asset("7", name="Press", model="P1", serial_no="S", note="text"))
        )
        self._apply(self._asset("7", name="Press", model=None, note=None, version=T2))
        self.assertFalse(equipment.model)
        self.assertFalse(equipment.note)
        self.assertEqual(equipment.serial_no, "S")

    def test_older_snapshot_is_superseded(self):
        equipment = self.assertDone(self._apply(self._asset("7", name="New", version=T2)))
        self.assertIgnored(self._apply(self._asset("7", name="Old", version=T1)), "superseded")
        self.assertEqual(equipment.name, "New")
        self.assertEqual(self._integration("asset", "7").synchronised_version, T2)

    def test_matches_by_serial_before_name_and_binds(self):
        self._equipment(name="Press")
        by_serial = self._equipment(name="Something", serial_no="SN-7")
        outcome = self._apply(self._asset("7", name="Press", serial_no="SN-7"))
        self.assertEqual(self.assertDone(outcome, "matched"), by_serial)
        self.assertEqual(by_serial.name, "Press")
        self.assertEqual(self._integration("asset", "7").equipment_id, by_serial)

    def test_matches_by_name_when_the_serial_is_empty(self):
        press = self._equipment(name="Press")
        outcome = self._apply(self._asset("7", name="Press", serial_no=None))
        self.assertEqual(self.assertDone(outcome, "matched"), press)

    def test_first_binding_by_match_leaves_what_is_of_record_here(self):
        pumps = self.env["maintenance.equipment.category"].create({"name": "Pumps"})
        ours = self._equipment(serial_no="SN-7", model="P100", note="<p>ours</p>", category_id=pumps.id)
        mapped = dict.fromkeys(("name", "note", "category", "serial_no"), {"system_of_record": "odoo"})
        flow = {"inputs": {"event": {"archive_when": [], "fields": mapped}}}
        theirs = {"note": "theirs", "model": "P200", "category": self._category("None such", "hold")}
        matched, created = self._apply(
            self._asset("7", name="Theirs", serial_no="SN-7", **theirs, flow=flow),
            self._asset("8", name="New", serial_no="SN-8", note="theirs", flow=flow),
        )
        self.assertEqual(self.assertDone(matched, "matched"), ours)
        self.assertEqual(sorted(matched.detail["changed"]), ["model"])
        self.assertEqual((ours.name, ours.note, ours.category_id), ("Press", "<p>ours</p>", pumps))
        self.assertEqual(ours.model, "P200", "of record there")
        self.assertEqual(str(self.assertDone(created, "created").note), "<p>theirs</p>")

    def test_several_candidates_are_left_to_a_person(self):
        one, two = self._equipment(name="Press"), self._equipment(name="Press")
        outcome = self._apply(self._asset("7", name="Press"))
        self.assertHeld(outcome, "ambiguous_match")
        self.assertIn(f"#{one.id}", outcome.message)
        self.assertIn(f"#{two.id}", outcome.message)
        self.assertFalse(self._integration("asset", "7").equipment_id)

    def test_active_candidate_comes_before_an_archived_one(self):
        self._equipment(name="Press", active=False)
        active = self._equipment(name="Press")
        self.assertEqual(self._apply(self._asset("7", name="Press")).record, active)

    def test_two_assets_of_one_batch_never_get_the_same_equipment(self):
        press = self._equipment(name="Press")
        first, second = self._apply(self._asset("7", name="Press"), self._asset("8", name="Press"))
        self.assertEqual(self.assertDone(first, "matched"), press)
        self.assertNotEqual(self.assertDone(second, "created"), press)

    def test_equipment_bound_to_another_asset_is_no_candidate(self):
        bound = self.assertDone(self._apply(self._asset("7", name="Press")))
        other = self.assertDone(self._apply(self._asset("8", name="Press")), "created")
        self.assertNotEqual(bound, other)

    def test_equipment_of_another_company_is_no_candidate(self):
        foreign = self._equipment(self.other_plant, name="Press")
        self._equipment(name="Press", company_id=False)
        outcome = self._apply(self._asset("7", name="Press"))
        self.assertNotEqual(self.assertDone(outcome, "created"), foreign)
        there = self._apply(self._asset("8", name="Press", plant=self.other_plant))
        self.assertEqual(self.assertDone(there, "matched"), foreign)

    def test_asset_that_moved_to_another_company_holds(self):
        self._apply(self._asset("7"))
        outcome = self._apply(self._asset("7", plant=self.other_plant, version=T2))
        self.assertHeld(outcome, "bound_elsewhere")

    def test_taken_serial_number_holds_instead_of_failing_the_batch(self):
        self.assertDone(self._apply(self._asset("7", name="Press", serial_no="SN-7")))
        self._equipment(self.other_plant, name="Far away", serial_no="SN-X")
        outcomes = self._apply(
            self._asset("8", name="A", serial_no="SN-7"),
            self._asset("9", name="B", serial_no="SN-X"),
            self._asset("10", name="C", serial_no="SN-10"),
            self._asset("11", name="D", serial_no="SN-10"),
        )
        self.assertHeld(outcomes[0], "serial_taken")
        self.assertHeld(outcomes[1], "serial_taken")
        self.assertDone(outcomes[2], "created")
        self.assertHeld(outcomes[3], "serial_taken")
        changed = self._apply(self._asset("7", name="Press", serial_no="SN-X", version=T2))
        self.assertHeld(changed, "serial_taken")

    def test_archive_and_back(self):
        archiving = {"inputs": {"event": {"archive_when": [{"path": "record.archived"}]}}}
        equipment = self.assertDone(self._apply(self._asset("7", flow=archiving)))
        self._apply(self._asset("7", "archive", name="Press", version=T2, flow=archiving))
        self.assertFalse(equipment.active)
        self._apply(self._asset("7", name="Press", version=T3, flow=archiving))
        self.assertTrue(equipment.active)

    def test_upsert_that_cannot_say_archived_leaves_a_persons_archive_alone(self):
        silent = {"delete": None}
        equipment = self.assertDone(self._apply(self._asset("7", flow=silent)))
        equipment.active = False
        self._apply(self._asset("7", name="Renamed", version=T2, flow=silent))
        self.assertFalse(equipment.active)

    def test_archived_unknown_asset_is_created_archived_so_that_it_can_be_found(self):
        equipment = self.assertDone(self._apply(self._asset("7", "archive", name="Press")), "created")
        self.assertFalse(equipment.active)
        self.assertEqual(self.backend._get_references("equipment", ["7"]), {"7": equipment})

    def test_delete_archives_and_a_tombstone_stops_an_older_message(self):
        equipment = self.assertDone(self._apply(self._asset("7")))
        self._apply(self._work("asset", "delete", "7", {}, version=T2))
        self.assertFalse(equipment.active)
        self.assertDone(self._apply(self._work("asset", "delete", "8", {}, version=T2)), "deleted")
        self.assertIgnored(self._apply(self._asset("8", version=T1)), "superseded")
        self.assertFalse(self._integration("asset", "8").equipment_id)
        self.assertDone(self._apply(self._asset("8", version=T3)), "created")

    def test_asset_without_a_name_is_not_created(self):
        self.assertHeld(self._apply(self._asset("7", model="P1")), "name_missing")

    def test_a_held_work_does_not_stop_the_others_of_its_batch(self):
        outcomes = self._apply(
            self._asset("1", name="A"), self._asset("2", model="x"), self._asset("3", name="C")
        )
        self.assertEqual([outcome.state for outcome in outcomes], ["done", "held", "done"])

    def test_plain_user_cannot(self):
        plain = new_test_user(self.env, "plain", groups="base.group_user")
        plain.company_ids = [Command.link(self.other_company.id)]
        with self.assertRaises(AccessError):
            self._apply(self._asset("7", name="Press"), user=plain)
