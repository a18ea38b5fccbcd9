import json

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, new_test_user, tagged

from odoo.addons.millwright.tools.canonical import contract_hash

from .outbox_common import OutboxMixin


@tagged("post_install", "-at_install", "millwright")
class TestOutboxIntake(OutboxMixin, TransactionCase):
    """From a change in Odoo to the row that goes out, in the same transaction."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_backend()

    def test_a_new_record_becomes_one_create_with_our_own_key(self):
        equipment = self.create_equipment(serial_no="S-7", cost=12.5, note="<p>one<br>two</p>")
        self.assertFalse(self.rows(equipment), "nothing is written before the commit")
        self.commit()
        row = self.rows(equipment)
        self.assertEqual((row.state, row.operation, row.flow), ("pending", "create", "asset"))
        self.assertEqual((row.plant_id, row.company_id), (self.plant, self.company))
        self.assertEqual(
            row._get_fields(),
            {"name": "Press", "serial_no": "S-7", "note": "one\ntwo", "cost": "12.5", "location": None},
        )
        self.assertNotIn("Press", row.reference)
        self.assertEqual(len(row.reference), 32)

    def test_changes_of_one_transaction_and_the_next_ones_coalesce_until_the_row_is_leased(self):
        equipment = self.create_equipment()
        equipment.name = "Press 2"
        self.commit()
        equipment.name = "Press 3"
        self.commit()
        row = self.rows(equipment)
        self.assertEqual((len(row), row._get_fields()["name"]), (1, "Press 3"))
        (message,) = self.lease()
        equipment.name = "Press 4"
        self.commit()
        self.assertEqual(row._get_fields()["name"], "Press 3", "the sidecar has this one")
        later = self.rows(equipment) - row
        self.assertEqual(later._get_fields()["name"], "Press 4")
        self.assertEqual(message["reference"], later.reference, "our key of a record never changes")
        self.assertNotEqual(message["id"], later.idempotency_key)

    def test_what_a_savepoint_rolled_back_never_goes_out(self):
        equipment = self.create_equipment()
        self.deliver(equipment, "77")
        try:
            with self.env.cr.savepoint():
                equipment.name = "Never"
                self.create_equipment("Never too")
                raise ZeroDivisionError
        except ZeroDivisionError:
            self.env.invalidate_all()
        self.commit()
        self.assertEqual(self.rows(equipment).mapped("operation"), ["create"])
        self.assertEqual(self.outbox.search_count([]), 1)

    def test_what_happened_before_a_savepoint_that_is_rolled_back_goes_out(self):
        equipment = self.create_equipment()
        try:
            with self.env.cr.savepoint():
                equipment.name = "Never"
                raise ZeroDivisionError
        except ZeroDivisionError:
            self.env.invalidate_all()
        self.commit()
        self.assertEqual(self.rows(equipment)._get_fields()["name"], "Press")

    def test_only_what_differs_from_what_the_other_side_has_goes_out(self):
        equipment = self.create_equipment(serial_no="S-7")
        self.deliver(equipment, "77")
        equipment.write({"name": "Press", "serial_no": "S-7", "color": 3})
        self.commit()
        self.assertEqual(len(self.rows(equipment)), 1)
        equipment.write({"serial_no": "S-8", "color": 4})
        self.commit()
        row = self.rows(equipment, state="pending")
        self.assertEqual((row.operation, row.external_id), ("update", "77"))
        self.assertEqual(row._get_changed(), ["serial_no"])

    def test_a_stored_computed_field_goes_out_like_any_other(self):
        """Nobody writes the duration: Odoo computes it from the two ends."""
        self.backend.contract_id = self.register_contract(self._contract_with_hours())
        request = self.env["maintenance.request"].create(
            {"name": "Oil", "company_id": self.company.id, "schedule_date": "2026-09-01 08:00:00"}
        )
        self.commit()
        before = self.rows(request)._get_fields()["planned_hours"]
        request.schedule_end = "2026-09-01 12:00:00"
        self.commit()
        self.assertEqual((before, self.rows(request)._get_fields()["planned_hours"]), ("1", "4"))

    def _contract_with_hours(self):
        document = self.outgoing_contract("3.0.0")
        document["writes"]["flows"]["work_order"]["values"]["planned_hours"] = {
            "field": "planned_hours",
            "value": None,
        }
        document.pop("hash")
        document["hash"] = contract_hash(document)
        return document

    def test_two_thousand_writes_cost_no_query_per_record(self):
        equipment = self.env["maintenance.equipment"].create(
            [{"name": f"Press {number}", "company_id": self.company.id} for number in range(2000)]
        )
        self.commit()
        self.assertEqual(len(self.rows(backend_id=self.backend.id)), 2000)
        count = self.cr.sql_log_count
        for record in equipment:
            record.serial_no = f"S-{record.id}"
        self.env.flush_all()
        self.assertLess(self.cr.sql_log_count - count, 100)
        count = self.cr.sql_log_count
        self.commit()
        self.assertLess(self.cr.sql_log_count - count, 200, "a query per hundred records, none per record")
        self.assertEqual(self.rows(equipment[5])._get_fields()["serial_no"], f"S-{equipment[5].id}")

    # -- where ----------------------------------------------------------------------------

    def test_a_record_of_no_known_plant_is_held_until_there_is_one(self):
        other = self.create_plant("P2")
        self.backend.plant_ids += other
        equipment = self.create_equipment(millwright_location="HALL")
        self.commit()
        row = self.rows(equipment)
        self.assertEqual((row.state, row.code, row.plant_id.id), ("held", "plant_unknown", False))
        self.assertFalse(self.lease())
        self.env["millwright.cross.reference"].create(
            {"backend_id": self.backend.id, "code": "HALL", "plant_id": other.id}
        )
        self.run_inbox()
        self.assertEqual((row.state, row.plant_id), ("pending", other))

    def test_a_record_of_a_company_that_the_backend_does_not_serve_goes_nowhere(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        equipment = self.create_equipment(company_id=company.id)
        self.commit()
        self.assertFalse(self.rows(equipment))

    def test_each_backend_gets_its_own_message_under_its_own_key(self):
        other = self.backend.copy(
            {"code": "fake-2", "user_id": False, "plant_ids": [Command.set(self.plant.ids)]}
        )
        other.action_prepare()
        equipment = self.create_equipment()
        self.commit()
        rows = self.rows(equipment)
        self.assertEqual(rows.backend_id, self.backend | other)
        self.assertEqual(len(set(rows.mapped("reference"))), 2)

    def test_a_closed_route_holds_and_lets_go_when_it_is_opened(self):
        route = self.backend.route_ids.filtered(lambda r: r.flow == "asset")
        route.mode = "off"
        equipment = self.create_equipment()
        self.commit()
        row = self.rows(equipment)
        self.assertEqual((row.state, row.code), ("held", "route_off"))
        equipment.name = "Press 2"
        self.commit()
        self.assertEqual(len(self.rows(equipment)), 1, "what is held coalesces too")
        route.mode = "active"
        self.run_inbox()
        self.assertEqual((row.state, row._get_fields()["name"]), ("pending", "Press 2"))

    def test_a_work_order_waits_until_its_equipment_is_bound(self):
        equipment = self.create_equipment()
        request = self.env["maintenance.request"].create(
            {"name": "Oil", "company_id": self.company.id, "equipment_id": equipment.id}
        )
        self.commit()
        row = self.rows(request)
        self.assertEqual((row.state, row.code), ("held", "reference_unbound"))
        self.deliver(equipment, "77")
        self.run_inbox()
        self.assertEqual(row.state, "pending")
        self.assertEqual(row._get_fields()["equipment"]["value"], "77")

    def test_a_deletion_goes_out_with_the_external_id_and_ends_what_was_not_sent(self):
        equipment = self.create_equipment()
        self.deliver(equipment, "77")
        unsent = self.create_equipment("Belt")
        self.commit()
        waiting = self.rows(unsent)
        (equipment | unsent).unlink()
        self.commit()
        self.assertEqual((waiting.state, waiting.code), ("ignored", "record_deleted"))
        row = self.outbox.search([("operation", "=", "delete")])
        self.assertEqual((row.external_id, row.state, json.loads(row.fields_text)), ("77", "pending", {}))

    def test_what_a_person_holds_takes_newer_snapshots_and_stays_held(self):
        equipment = self.create_equipment()
        self.commit()
        self.rows(equipment).action_hold("ask first")
        equipment.name = "Renamed"
        self.commit()
        row = self.rows(equipment)
        self.assertEqual((len(row), row.state, row.code), (1, "held", "held_by_person"))
        self.assertEqual(row._get_fields()["name"], "Renamed")
        self.assertIn("ask first", row.last_error)

    def test_what_goes_out_is_for_the_payload_group(self):
        equipment = self.create_equipment()
        self.commit()
        viewer = new_test_user(self.env, "outbox-viewer", groups="millwright.group_viewer")
        row = self.rows(equipment).with_user(viewer)
        self.assertTrue(row.read(["state"]))
        for name in ("fields_text", "fields_pretty"):
            with self.assertRaises(AccessError):
                row.read([name])
        viewer.group_ids += self.env.ref("millwright.group_payload")
        self.assertIn("name", row.fields_pretty)
