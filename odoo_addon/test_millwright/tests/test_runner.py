from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, ConcurrencyError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.millwright.exceptions import PermanentError, RetryableError

from .core import CoreCase
from .fake_contract import fake_contract

RUNNER_LOG = "odoo.addons.millwright.models.inbox_claim"


@tagged("post_install", "-at_install", "millwright")
class TestRunner(CoreCase):
    def setUp(self):
        super().setUp()
        handler = type(self.env["millwright.handler.equipment"])
        self.original = handler._apply
        self.calls = []

    def failing(self, error, key):
        """The equipment handler, which raises for one record and counts its calls."""

        def apply(model, works):
            self.calls.append([work.command["key"] for work in works])
            if any(work.command["key"] == key for work in works):
                raise error
            return self.original(model, works)

        handler = type(self.env["millwright.handler.equipment"])
        return patch.object(handler, "_apply", apply)

    # -- one effect -----------------------------------------------------------------------

    def test_a_callback_becomes_equipment_request_and_posted_move(self):
        self.store("ASSET", "a", id="7", name="Press")
        self.store("ORDER", "o", id="9", name="Oil change", status="new", asset="7")
        row = self.store("USED", "u", order="9", part="S1", quantity=2)
        self.run_inbox()
        self.assertEqual(row.state, "done")
        move = self.env[row.document_model].browse(row.document_id)
        self.assertEqual((move.state, move.quantity, move.product_id), ("done", 2, self.product))
        self.assertEqual(move.create_uid, self.backend.user_id, "the technical user acts, nobody else")
        integration = self.env[row.integration_model].browse(row.integration_id)
        self.assertEqual((integration.state, integration.move_id), ("done", move))
        audit = self.env["millwright.audit"].search([("event_id", "=", "u")])
        self.assertEqual((audit.record_model, audit.record_ref), ("stock.move", move.id))
        self.assertEqual(audit.contract_hash, self.contract.hash)

    def test_running_again_posts_nothing_more(self):
        self.store("ORDER", "o", id="9", name="Oil change", status="new")
        self.store("USED", "u", order="9", part="S1", quantity=2)
        self.run_inbox(times=3)
        self.assertEqual(len(self.moves()), 1)

    def test_a_message_with_two_commands_gets_a_row_for_each_and_shows_the_worst(self):
        message = self.store(
            "ORDER", "o", id="9", name="Oil", status="closed", lines=[{"part": "unknown", "quantity": 1}]
        )
        self.run_inbox()
        self.assertTrue(message.fanned_out)
        self.assertEqual(message.child_ids.sorted("id").mapped("flow"), ["work_order", "consumption"])
        self.assertEqual(message.child_ids.sorted("id").mapped("state"), ["done", "held"])
        self.assertEqual((message.state, message.code), ("held", "part_unbound"))

    # -- holds and their release ----------------------------------------------------------

    def test_a_command_is_released_at_the_moment_its_reference_appears(self):
        order = self.store("ORDER", "o", id="9", name="Oil change", status="new", asset="7")
        used = self.store("USED", "u", order="9", part="S1", quantity=1)
        self.run_inbox()
        self.assertEqual((order.state, order.code), ("held", "equipment_unknown"))
        self.assertEqual(used.state, "held")
        self.store("ASSET", "a", id="7", name="Press")
        self.run_inbox()
        self.assertEqual((order.state, used.state), ("done", "done"))

    def test_binding_a_part_wakes_the_runner_in_the_same_transaction(self):
        self.store("ORDER", "o", id="9", name="Oil change", status="new")
        row = self.store("USED", "u", order="9", part="new", quantity=1)
        self.run_inbox()
        self.assertEqual((row.state, row.code), ("held", "part_unbound"))
        part = self.env["millwright.part"].search([("external_id", "=", "new")])
        self.assertEqual(part.waiting_count, 1)
        cron = self.env.ref("millwright.cron_runner")
        self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]).unlink()
        part.product_id = self.product
        self.assertTrue(self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]))
        self.run_inbox()
        self.assertEqual(row.state, "done")

    def test_an_unknown_plant_holds_until_the_cross_reference_is_there(self):
        self.backend.plant_ids += self.create_plant("P2")
        row = self.store("ASSET", "a", id="7", name="Press", site="HALL")
        self.run_inbox()
        self.assertEqual((row.state, row.code), ("held", "plant_unknown"))
        self.env["millwright.cross.reference"].create(
            {"backend_id": self.backend.id, "code": "HALL", "plant_id": self.plant.id}
        )
        self.run_inbox()
        self.assertEqual((row.state, row.plant_id), ("done", self.plant))

    def test_an_unknown_status_holds_and_a_person_can_end_it(self):
        row = self.store("ORDER", "o", id="9", name="Oil change", status="strange")
        self.run_inbox()
        self.assertEqual(row.state, "held")
        self.assertIn("strange", row.last_error)
        row.action_ignore()
        self.assertEqual((row.state, row.code), ("ignored", "by_person"))

    def test_what_no_handler_carries_out_waits_for_the_addon_that_does(self):
        handler = type(self.env["millwright.handler.equipment"])
        with patch.object(handler, "_millwright_operations", ("archive",)):
            row = self.store("ASSET", "a", id="7", name="Press")
            self.run_inbox()
            self.assertEqual((row.state, row.code), ("held", "handler_missing"))
            self.assertEqual((row.wait_kind, row.wait_key), ("handler", "equipment/upsert"))
            self.assertEqual(self.env["millwright.inbox"]._get_operations("meter_reading"), ())
        self.run_inbox()
        self.assertEqual(row.state, "done", "released by itself")

    def test_closing_does_not_wait_for_what_nothing_here_carries_out_yet(self):
        self.store("ORDER", "o1", id="9", name="Oil change", status="doing")
        handler = type(self.env["millwright.handler.parts_consumption"])
        with patch.object(handler, "_millwright_operations", ("check",)):
            used = self.store("USED", "u", order="9", part="S1", quantity=1)
            self.run_inbox()
            self.assertEqual((used.state, used.code), ("held", "handler_missing"))
            closed = {"status": "closed", "at": "2026-09-02T08:00:00Z", "lines": []}
            self.store("ORDER", "o2", id="9", name="Oil change", **closed)
            self.run_inbox()
        request = self.env["millwright.fake.work_order"].search([]).request_id
        self.assertTrue(request.stage_id.done)

    def test_a_field_of_record_here_is_set_once_and_never_overwritten(self):
        document = fake_contract("1.1.0")
        fields_ = document["flows"]["asset"]["inputs"]["event"]["fields"]
        fields_["serial_no"]["system_of_record"] = "odoo"
        bound = self.env["maintenance.equipment"].create({"name": "Press"})
        row = self.env["millwright.fake.asset"].create(
            {"backend_id": self.backend.id, "external_id": "7", "equipment_id": bound.id}
        )
        command = {"input": "event", "fields": {"name": "Press", "serial_no": "S9"}}
        runner, flow = self.env["millwright.inbox"], document["flows"]["asset"]
        said = runner._without_odoo_fields(command, flow, row)
        self.assertEqual(said["fields"], {"name": "Press"})
        row.equipment_id = False
        self.assertEqual(runner._without_odoo_fields(command, flow, row), command)

    def test_an_unknown_event_is_held_not_dropped(self):
        row = self.store("SURPRISE", "s", id="1")
        self.run_inbox()
        self.assertEqual((row.state, row.code), ("held", "unknown_event"))

    # -- order ----------------------------------------------------------------------------

    def test_an_older_snapshot_never_overwrites_a_newer(self):
        self.store("ASSET", "new", id="7", name="New name", at="2026-09-02T08:00:00Z")
        self.run_inbox()
        old = self.store("ASSET", "old", id="7", name="Old name", at="2026-09-01T08:00:00Z")
        self.run_inbox()
        self.assertEqual((old.state, old.code), ("ignored", "superseded"))
        self.assertEqual(self.env["millwright.fake.asset"].search([]).equipment_id.name, "New name")

    def test_a_held_movement_does_not_stop_its_siblings(self):
        self.store("ORDER", "o", id="9", name="Oil change", status="new")
        held = self.store("USED", "u1", order="9", part="new", quantity=1)
        sibling = self.store("USED", "u2", order="9", part="S1", quantity=1)
        self.run_inbox()
        self.assertEqual((held.state, sibling.state), ("held", "done"))

    # -- failures -------------------------------------------------------------------------

    @mute_logger(RUNNER_LOG)
    def test_one_poisoned_command_costs_the_batch_little_and_itself_an_attempt(self):
        rows = [
            self.store("ASSET", f"a{number}", id=str(number), name=f"Press {number}") for number in range(16)
        ]
        with self.failing(ValueError("broken"), "5"):
            self.run_inbox()
        states = [row.state for row in rows]
        self.assertEqual(states.count("done"), 15)
        self.assertEqual((rows[5].state, rows[5].attempts, rows[5].code), ("pending", 1, "ValueError"))
        self.assertGreater(rows[5].next_attempt_at, fields.Datetime.now())
        self.assertLessEqual(
            len(self.calls), 2 + 2 * 4, "a batch of 16 is tried once more and halved four times"
        )

    @mute_logger(RUNNER_LOG)
    def test_a_permanent_error_is_a_dead_letter_at_once_and_can_be_redriven(self):
        row = self.store("ASSET", "a", id="7", name="Press")
        with self.failing(PermanentError("no way", code="no_way"), "7"):
            self.run_inbox()
        self.assertEqual((row.state, row.code, row.last_error), ("dead", "no_way", "no way"))
        row.action_redrive()
        self.run_inbox()
        self.assertEqual(row.state, "done")

    @mute_logger(RUNNER_LOG)
    def test_after_the_attempt_limit_a_command_is_dead(self):
        self.env["ir.config_parameter"].set_param("millwright.attempt_limit", "3")
        row = self.store("ASSET", "a", id="7", name="Press")
        with self.failing(RetryableError("not now", seconds=0), "7"):
            self.run_inbox(times=5)
        self.assertEqual((row.state, row.attempts), ("dead", 3))

    @mute_logger(RUNNER_LOG)
    def test_a_conflict_is_not_an_attempt(self):
        row = self.store("ASSET", "a", id="7", name="Press")
        raised = []

        def apply(model, works):
            if not raised:
                raised.append(True)
                raise ConcurrencyError("conflict")
            return self.original(model, works)

        with patch.object(type(self.env["millwright.handler.equipment"]), "_apply", apply):
            self.run_inbox()
        self.assertTrue(raised)
        self.assertEqual((row.state, row.attempts), ("done", 1))

    # -- crashes --------------------------------------------------------------------------

    @mute_logger(RUNNER_LOG)
    def test_what_a_dead_run_left_is_taken_back_and_its_attempt_counts(self):
        row = self.store("ASSET", "a", id="7", name="Press")
        with self.failing(RetryableError("not now", seconds=3600), "7"):
            self.run_inbox()
        self.assertEqual((row.state, row.attempts), ("pending", 1))
        row.write({"state": "processing", "claim_token": "gone", "runner": 0, "next_attempt_at": False})
        self.run_inbox()
        self.assertEqual((row.state, row.attempts), ("done", 2))

    @mute_logger(RUNNER_LOG)
    def test_a_command_that_keeps_killing_its_runner_is_dead_in_the_end(self):
        row = self.store("ASSET", "a", id="7", name="Press")
        row.write({"state": "processing", "attempts": 8, "claim_token": "gone", "runner": 0})
        self.run_inbox()
        self.assertEqual((row.state, row.code), ("dead", "runner_died"))

    def test_a_row_that_was_taken_away_meanwhile_is_left_alone(self):
        row = self.store("ASSET", "a", id="7", name="Press")
        row.write({"state": "processing", "claim_token": "other"})
        self.assertFalse(self.inbox._relock(row.ids, "mine"))
        self.assertEqual(self.inbox._relock(row.ids, "other"), row)

    # -- contract and route ---------------------------------------------------------------

    def test_a_command_planned_under_another_contract_is_planned_again(self):
        row = self.store("ORDER", "o", id="9", name="Oil change", status="new", asset="7")
        self.run_inbox()
        self.assertEqual((row.state, row.contract_hash), ("held", self.contract.hash))
        newer = self.register_contract(fake_contract("1.1.0"))
        self.backend.contract_id = newer
        self.store("ASSET", "a", id="7", name="Press")
        self.run_inbox()
        self.assertEqual((row.state, row.contract_hash), ("done", newer.hash))

    def test_a_route_that_is_off_holds_and_a_new_epoch_plans_again(self):
        route = self.backend.route_ids.filtered(lambda r: r.flow == "asset")
        route.mode = "off"
        row = self.store("ASSET", "a", id="7", name="Press")
        self.run_inbox()
        self.assertEqual((row.state, row.code), ("held", "route_off"))
        route.mode = "active"
        self.run_inbox()
        self.assertEqual((row.state, row.route_epoch), ("done", route.epoch))

    # -- the gate and rights --------------------------------------------------------------

    def test_the_gate_refuses_illegal_moves_and_repeats_are_harmless(self):
        row = self.store("ASSET", "a", id="7", name="Press")
        self.run_inbox()
        finished = row.finished_at
        row._set_state("done")
        self.assertEqual(row.finished_at, finished)
        with self.assertRaises(UserError):
            row._set_state("pending")

    def test_only_operators_act_and_nobody_writes_rows_by_hand(self):
        row = self.store("ORDER", "o", id="9", name="Oil change", status="strange")
        self.run_inbox()
        viewer = new_test_user(self.env, "viewer", groups="millwright.group_viewer")
        operator = new_test_user(self.env, "operator", groups="millwright.group_operator")
        with self.assertRaises(AccessError):
            row.with_user(viewer).action_release()
        with self.assertRaises(AccessError):
            row.with_user(operator).write({"state": "done"})
        row.with_user(operator).action_release()
        self.assertEqual(row.state, "pending")

    def test_audit_rows_cannot_be_changed_or_deleted(self):
        self.store("ASSET", "a", id="7", name="Press")
        self.run_inbox()
        audit = self.env["millwright.audit"].search([("event_id", "=", "a")])
        with self.assertRaises(AccessError):
            audit.sudo().write({"detail": "x"})
        with self.assertRaises(AccessError):
            audit.sudo().unlink()

    def test_the_technical_user_has_no_manager_rights(self):
        user = self.backend.user_id
        for group in (
            "stock.group_stock_manager",
            "purchase.group_purchase_manager",
            "maintenance.group_equipment_manager",
            "base.group_system",
        ):
            self.assertFalse(user.has_group(group), group)
