from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, new_test_user, tagged

from .outbox_common import OutboxMixin


@tagged("post_install", "-at_install", "millwright")
class TestOutboxOwnership(OutboxMixin, TransactionCase):
    """Echoes, and fields that one side decides.

    Odoo decides name and serial number, the CMMS the location; the note is the CMMS's and the cost of
    nobody's mapping.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_backend()

    def receive(self, event_id, at="2026-09-01T08:00:00Z", **payload):
        row = self.store("ASSET", event_id, at=at, id="77", **payload)
        self.run_inbox()
        return row

    def bound(self, **values):
        equipment = self.create_equipment(**values)
        self.deliver(equipment, "77")
        return equipment

    def use(self, **rules):
        self.backend.contract_id = self.register_contract(self.outgoing_contract("2.2.0", **rules))
        self.contract = self.backend.contract_id

    def audit(self, operation):
        return self.env["millwright.audit"].search([("operation", "=", operation)])

    def conflict(self):
        return self.env["millwright.conflict"].search([("state", "=", "open")])

    # -- echoes ---------------------------------------------------------------------------

    def test_what_came_from_the_cmms_is_not_sent_back_to_it(self):
        self.receive("a", name="Press", location="Hall 1", note="loud")
        equipment = self.env["maintenance.equipment"].search([("name", "=", "Press")])
        self.assertEqual(equipment.millwright_location, "Hall 1")
        self.assertFalse(self.rows(equipment))

    def test_a_change_of_another_rule_in_the_same_transaction_is_not_lost(self):
        handler = type(self.env["millwright.handler.equipment"])
        original = handler._apply

        def apply(model, works):
            outcomes = original(model, works)
            for outcome in outcomes:
                outcome.record.serial_no = "RULE-1"
                with model.env.cr.savepoint():
                    outcome.record.color = 1
            return outcomes

        self.patch(handler, "_apply", apply)
        self.receive("a", name="Press", location="Hall 1")
        equipment = self.env["maintenance.equipment"].search([("name", "=", "Press")])
        row = self.rows(equipment)
        self.assertEqual((row.operation, row._get_changed()), ("update", ["serial_no"]))

    def test_it_is_sent_to_a_second_backend(self):
        other = self.backend.copy({"code": "fake-2", "user_id": False})
        other.action_prepare()
        self.receive("a", name="Press")
        equipment = self.env["maintenance.equipment"].search([("name", "=", "Press")])
        self.assertEqual(self.rows(equipment).backend_id, other)

    def test_what_comes_back_of_what_was_sent_is_an_echo(self):
        equipment = self.bound(serial_no="S-7")
        row = self.receive("a", name="Press", serial="S-7")
        self.assertEqual((row.state, row.code), ("ignored", "echo"))
        self.assertEqual(self.binding(equipment).synchronised_version, "2026-09-01T08:00:00.000000Z")
        self.assertEqual(len(self.rows(equipment)), 1)

    def test_an_echo_that_carries_more_is_applied(self):
        equipment = self.bound()
        row = self.receive("a", name="Press", location="Hall 1")
        self.assertEqual((row.state, equipment.millwright_location), ("done", "Hall 1"))

    def test_a_callback_that_is_faster_than_the_result_makes_no_second_record(self):
        equipment = self.create_equipment()
        (message,) = self.lease()
        row = self.receive("a", name="Press")
        self.assertEqual((row.state, row.code), ("held", "create_in_flight"))
        self.settle(message, external_id="77")
        self.run_inbox()
        self.assertEqual((row.state, row.code), ("ignored", "echo"))
        self.assertEqual(self.env["maintenance.equipment"].search_count([("name", "=", "Press")]), 1)
        self.assertEqual(self.binding(equipment).external_id, "77")

    # -- whose value counts ---------------------------------------------------------------

    def test_the_cmms_may_try_but_odoos_field_stays_and_goes_back(self):
        equipment = self.bound()
        self.receive("a", name="Wrong")
        self.assertEqual(equipment.name, "Press")
        self.assertIn("Wrong", self.audit("overruled").detail)
        row = self.rows(equipment, state="pending")
        self.assertEqual((row._get_changed(), row._get_fields()["name"]), (["name"], "Press"))

    def test_a_late_snapshot_with_the_value_of_before_is_no_attempt(self):
        equipment = self.bound()
        equipment.name = "Press 2"
        self.commit()
        self.receive("a", name="Press", location="Hall 2")
        self.assertEqual((equipment.name, equipment.millwright_location), ("Press 2", "Hall 2"))
        self.assertFalse(self.audit("overruled"))
        self.assertEqual(len(self.rows(equipment, state="pending")), 1)

    def test_odoo_may_try_but_the_cmms_field_is_recorded_not_sent_and_overwritten(self):
        self.receive("a", name="Press", location="Hall 1")
        equipment = self.env["maintenance.equipment"].search([("name", "=", "Press")])
        equipment.millwright_location = "Hall 9"
        self.commit()
        equipment.color = 5
        equipment.millwright_location = "Hall 9"
        self.commit()
        self.assertFalse(self.rows(equipment))
        self.assertEqual(len(self.audit("not_sent")), 1, "recorded once")
        self.receive("b", at="2026-09-01T09:00:00Z", name="Press", location="Hall 1")
        self.assertEqual(equipment.millwright_location, "Hall 1")

    # -- review ---------------------------------------------------------------------------

    def open_conflict(self):
        """The CMMS changes a field of Odoo's, and a person is to decide."""
        self.use(name=("odoo", "review"))
        equipment = self.bound()
        self.receive("a", name="Theirs")
        return equipment, self.conflict()

    def test_review_opens_one_conflict_with_both_values_and_sends_neither(self):
        equipment, conflict = self.open_conflict()
        self.receive("b", at="2026-09-01T09:00:00Z", name="Theirs again")
        self.assertEqual(len(self.conflict()), 1)
        self.assertEqual((conflict.odoo_value, conflict.cmms_value), ("Press", "Theirs again"))
        self.assertEqual(str(conflict.cmms_at), "2026-09-01 09:00:00")
        self.assertTrue(conflict.odoo_at and conflict.odoo_user_id and conflict.message_id)
        self.assertEqual(equipment.name, "Press")
        self.assertFalse(self.rows(equipment, state="pending"))

    def test_taking_odoos_side_sends_it(self):
        equipment, conflict = self.open_conflict()
        conflict.action_take_odoo()
        self.commit()
        row = self.rows(equipment, state="pending")
        self.assertEqual((row._get_changed(), row._get_fields()["name"]), (["name"], "Press"))
        self.assertEqual(
            (conflict.state, conflict.taken, conflict.settled_by_id), ("settled", "odoo", self.env.user)
        )

    def test_taking_the_other_side_writes_it_here_and_sends_nothing(self):
        equipment, conflict = self.open_conflict()
        conflict.action_take_cmms()
        self.commit()
        self.assertEqual((equipment.name, equipment.write_uid), ("Theirs", self.backend.user_id))
        self.assertFalse(self.rows(equipment, state="pending"))
        with self.assertRaises(UserError):
            conflict.action_take_odoo()

    def test_a_change_in_odoo_of_a_field_of_the_cmms_opens_one_too_and_can_be_sent(self):
        self.use(location=("cmms", "review"))
        self.receive("a", name="Press", location="Hall 1")
        equipment = self.env["maintenance.equipment"].search([("name", "=", "Press")])
        equipment.millwright_location = "Hall 9"
        self.commit()
        conflict = self.conflict()
        self.assertEqual((conflict.odoo_value, conflict.cmms_value), ("Hall 9", "Hall 1"))
        self.receive("b", at="2026-09-01T09:00:00Z", name="Press", location="Hall 1")
        self.assertEqual(equipment.millwright_location, "Hall 9", "an open conflict is not overwritten")
        conflict.action_take_odoo()
        (message,) = self.lease()
        self.assertEqual((message["changed"], message["fields"]["location"]), (["location"], "Hall 9"))
        self.settle(message, external_id="77")
        self.receive("c", at="2026-09-01T10:00:00Z", name="Press", location="Hall 9")
        self.assertFalse(self.conflict())

    def test_rights_a_viewer_reads_an_operator_settles_nobody_writes(self):
        _equipment, conflict = self.open_conflict()
        viewer = new_test_user(self.env, "conflict-viewer", "millwright.group_viewer")
        operator = new_test_user(self.env, "conflict-operator", "millwright.group_operator")
        self.assertEqual(conflict.with_user(viewer).cmms_value, "Theirs")
        with self.assertRaises(AccessError):
            conflict.with_user(viewer).action_take_cmms()
        with self.assertRaises(AccessError):
            conflict.with_user(operator).write({"cmms_value": "x"})
        company = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            "conflict-stranger",
            "millwright.group_operator",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        with self.assertRaises(AccessError):
            conflict.with_user(stranger).action_take_cmms()
        conflict.with_user(operator).action_take_cmms()
        self.assertEqual(conflict.settled_by_id, operator)

    def test_odoos_newer_value_is_written_into_the_open_conflict(self):
        equipment, conflict = self.open_conflict()
        equipment.name = "Press 3"
        self.commit()
        self.assertEqual((conflict.odoo_value, conflict.cmms_value), ("Press 3", "Theirs"))
        self.assertFalse(self.rows(equipment, state="pending"))

    def test_the_screens_lead_from_the_integration_row_to_messages_and_conflicts(self):
        equipment, conflict = self.open_conflict()
        binding = self.binding(equipment)
        self.assertEqual((binding.outgoing_count, binding.conflict_count), (1, 1))
        self.assertEqual(self.outbox.search(binding.action_open_outgoing()["domain"]), self.rows(equipment))
        found = self.env["millwright.conflict"].search(binding.action_open_conflicts()["domain"])
        self.assertEqual(found, conflict)
        for model in ("millwright.outbox", "millwright.conflict"):
            views = self.env[model].get_views([(False, kind) for kind in ("list", "form", "search")])
            self.assertEqual(set(views["views"]), {"list", "form", "search"})
        self.assertEqual(conflict.action_open_record()["res_id"], equipment.id)
        row = self.rows(equipment)
        self.assertIn('"name": "Press"', row.fields_pretty)
        self.assertFalse(row.advice)
