import json
from unittest.mock import patch

import psycopg2

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .core import CoreCase


@tagged("post_install", "-at_install", "millwright")
class TestRoutes(CoreCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.successor = cls.env["millwright.backend"].create(
            {
                "name": "Successor",
                "code": "fake-2",
                "connector_id": cls.contract.connector_id.id,
                "plant_ids": [Command.set(cls.plant.ids)],
            }
        )
        cls.successor.action_prepare()
        cls.env["millwright.part"].create(
            {"backend_id": cls.successor.id, "external_id": "S1", "product_id": cls.product.id}
        )

    def route(self, flow, backend=None):
        return (backend or self.backend).route_ids.filtered(lambda route: route.flow == flow)

    def tell(self, backend, event, event_id, **payload):
        """Store the event at a backend and give its row."""
        envelope = self.cloud_event(event, event_id, **payload)
        envelope["source"] = f"/millwright/{backend.code}"
        self.inbox._store(backend, [envelope])
        return self.inbox.search([("event_id", "=", event_id), ("backend_id", "=", backend.id)])

    def counts(self):
        models = (
            "stock.move",
            "stock.move.line",
            "stock.quant",
            "maintenance.request",
            "maintenance.equipment",
        )
        models += ("mail.message", "mail.activity", "ir.attachment", "account.move", "millwright.audit")
        return {
            model: self.env[model].sudo().with_context(active_test=False).search_count([]) for model in models
        }

    # -- one path -------------------------------------------------------------------------

    def test_routes_of_a_second_backend_of_the_system_begin_switched_off(self):
        self.assertEqual(set(self.backend.route_ids.mapped("mode")), {"active"})
        self.assertEqual(set(self.successor.route_ids.mapped("mode")), {"off"})

    @mute_logger("odoo.sql_db")
    def test_the_database_refuses_a_second_path(self):
        for mode in ("active", "manual"):
            with self.assertRaises(psycopg2.errors.ExclusionViolation), self.cr.savepoint():
                self.route("consumption", self.successor).mode = mode
                self.env.flush_all()
        with self.assertRaises(psycopg2.errors.ExclusionViolation), self.cr.savepoint():
            self.env.cr.execute(
                "UPDATE millwright_route SET mode = 'active' WHERE backend_id = %s", [self.successor.id]
            )

    @mute_logger("odoo.sql_db")
    def test_another_system_has_a_path_of_its_own_until_it_is_said_to_be_the_same(self):
        self.successor.system = "another"
        self.successor.route_ids.mode = "active"
        self.env.flush_all()
        with self.assertRaises(psycopg2.errors.ExclusionViolation), self.cr.savepoint():
            self.successor.system = self.backend.system
            self.env.flush_all()

    def test_one_takes_over_from_the_other_and_back(self):
        self.route("consumption", self.successor).action_take_over()
        self.assertEqual(self.route("consumption").mode, "off")
        self.assertEqual(self.route("consumption", self.successor).mode, "active")
        self.assertEqual(self.route("asset").mode, "active", "only the flow that was asked for")
        self.route("consumption").action_take_over()
        self.assertEqual(self.route("consumption", self.successor).mode, "off")
        with self.assertRaises(UserError):
            self.route("consumption").action_take_over()

    def test_siblings_are_looked_for_once_and_anew_when_another_backend_becomes_one(self):
        self.backend._forget_siblings()
        self.assertEqual(self.backend._get_siblings(), self.successor)
        with self.watch_statements() as statements:
            self.assertEqual(self.backend._get_siblings(), self.successor)
            self.assertEqual(self.backend._get_family_ids(self.plant), [self.backend.id, self.successor.id])
            self.assertFalse(self.backend._get_siblings(self.plant.browse()))
        self.assertEqual(statements, [])
        self.backend._forget_siblings()
        self.inbox._read_paths(self.backend)
        with self.watch_statements() as statements:
            self.assertEqual(self.backend._get_siblings(), self.successor)
        self.assertEqual(statements, [], "what holds for a backend tells them too")
        self.backend._forget_siblings()
        self.env.cr.execute(
            "UPDATE millwright_backend SET contract_id = NULL WHERE id = %s", [self.backend.id]
        )
        self.assertFalse(self.inbox._read_paths(self.backend).routes)
        self.assertEqual(self.backend._get_siblings(), self.successor, "also of one that runs no contract")
        self.successor.system = "another"
        self.assertFalse(self.backend._get_siblings())
        self.successor.system = self.backend.system
        self.assertEqual(self.backend._get_siblings(), self.successor)
        self.successor.plant_ids = [Command.set(self.create_plant("P2").ids)]
        self.assertFalse(self.backend._get_siblings())
        third = self.successor.copy({"code": "fake-3", "plant_ids": [Command.set(self.plant.ids)]})
        self.assertEqual(self.backend._get_siblings(), third)
        third.unlink()
        self.assertFalse(self.backend._get_siblings())

    # -- off, manual ----------------------------------------------------------------------

    def test_off_holds_and_goes_on_when_it_is_switched_on(self):
        self.route("asset").mode = "off"
        row = self.store("ASSET", "a", id="7", name="Press")
        self.run_inbox()
        self.assertEqual((row.state, row.code), ("held", "route_off"))
        self.route("asset").mode = "active"
        self.run_inbox()
        self.assertEqual(row.state, "done")

    def test_manual_plans_and_waits_for_each_release(self):
        self.route("asset").mode = "manual"
        first = self.store("ASSET", "a", id="7", name="Press")
        second = self.store("ASSET", "b", id="8", name="Saw")
        self.run_inbox(2)
        self.assertEqual((first | second).mapped("code"), ["route_manual", "route_manual"])
        self.assertEqual(json.loads(first.command)["fields"]["name"], "Press", "it is planned")
        operator = new_test_user(self.env, "op", groups="millwright.group_operator")
        first.with_user(operator).action_release()
        self.run_inbox(2)
        self.assertEqual((first.state, second.state), ("done", "held"))
        (first | second).filtered(lambda row: row.state == "held").action_release()
        self.run_inbox()
        self.assertEqual(second.state, "done")

    def test_a_release_counts_for_its_epoch_and_the_next_one_plans_again(self):
        route = self.route("asset")
        route.mode = "manual"
        row = self.store("ASSET", "a", id="7", name="Press")
        self.run_inbox()
        row.action_release()
        route.mode = "off"
        route.mode = "manual"
        self.run_inbox(2)
        self.assertEqual((row.state, row.code), ("held", "route_manual"))
        planned = row.route_epoch
        self.assertEqual(planned, route.epoch)
        row.action_release()
        self.run_inbox()
        self.assertEqual(row.state, "done")
        self.assertEqual(row.route_epoch, route.epoch)

    def test_what_waits_for_a_release_goes_on_when_the_route_becomes_active(self):
        self.route("asset").mode = "manual"
        row = self.store("ASSET", "a", id="7", name="Press")
        self.run_inbox()
        self.route("asset").mode = "active"
        self.run_inbox()
        self.assertEqual(row.state, "done")

    def test_a_thousand_are_released_in_one_action_at_the_price_of_ten_and_carried_out(self):
        self.route("asset").mode = "manual"
        operator = new_test_user(self.env, "op", groups="millwright.group_operator")
        queries = []
        for size in (10, 1000):
            ids = [f"{size}-{number}" for number in range(size)]
            self.inbox._store(
                self.backend, [self.cloud_event("ASSET", known, id=known, name=known) for known in ids]
            )
            self.run_inbox()
            rows = self.inbox.search([("event_id", "in", ids)])
            self.assertEqual(set(rows.mapped("code")), {"route_manual"})
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertIs(rows.with_user(operator).action_release(), True, "nothing is left")
            self.env.flush_all()
            queries.append(self.env.cr.sql_log_count - before)
            self.assertEqual(set(rows.mapped("state")), {"pending"})
            self.run_inbox()
            self.assertEqual(set(rows.mapped("state")), {"done"})
            self.assertEqual(self.env["maintenance.equipment"].search_count([("name", "in", ids)]), size)
        few, many = queries
        self.assertLess(many, few + 25, "queries grow with the rows")
        self.assertLess(many, 60)

    # -- epoch ----------------------------------------------------------------------------

    def test_what_was_planned_under_another_epoch_is_planned_again(self):
        row = self.store("ASSET", "a", id="7", name="Press")
        self.plan_inbox()
        planned = row.route_epoch
        self.route("asset").mode = "off"
        self.route("asset").mode = "active"
        self.run_inbox()
        self.assertEqual(row.state, "done")
        self.assertEqual(row.route_epoch, planned + 2)

    # -- shadow ---------------------------------------------------------------------------

    def test_shadow_keeps_the_plan_and_changes_nothing(self):
        self.store("ORDER", "o", id="9", name="Oil change", status="new")
        self.run_inbox()
        self.route("consumption").mode = "shadow"
        before = self.counts()
        row = self.store("USED", "u", order="9", part="S1", quantity=2)
        self.run_inbox()
        self.assertEqual((row.state, row.code), ("ignored", "shadow"))
        self.assertEqual(self.counts(), before)
        plan = json.loads(row.posting_plan)
        self.assertEqual(plan["outcome"], {"state": "done", "code": "posted"})
        created = {
            c["record"].split("/")[0]: c["fields"] for c in plan["changes"] if c["operation"] == "create"
        }
        self.assertEqual(created["stock.move"]["product_id"], [None, f"product.product/{self.product.id}"])
        self.assertEqual(float(created["stock.move"]["quantity"][1]), 2)
        self.assertEqual(created["stock.move"]["state"], [None, "done"])
        self.assertIn("stock.move.line", created)
        self.assertIn("stock.quant", {c["record"].split("/")[0] for c in plan["changes"]})
        integration = self.env[row.integration_model].browse(row.integration_id)
        self.assertTrue(integration.in_shadow)
        self.assertFalse(integration.move_id)

    def test_the_plan_is_the_same_whoever_makes_it_and_another_for_another_quantity(self):
        self.store("ORDER", "o", id="9", name="Oil change", status="new")
        self.run_inbox()
        self.route("consumption").mode = "shadow"
        self.route("consumption", self.successor).mode = "shadow"
        mine = self.store("USED", "u", order="9", part="S1", quantity=2)
        theirs = self.tell(self.successor, "USED", "u", order="9", part="S1", quantity=2)
        other = self.tell(self.successor, "USED", "v", order="9", part="S1", quantity=3)
        self.run_inbox()
        self.assertEqual(mine.posting_plan, theirs.posting_plan)
        self.assertEqual(mine.posting_plan_hash, theirs.posting_plan_hash)
        self.assertNotEqual(other.posting_plan_hash, theirs.posting_plan_hash)

    def test_shadow_tells_what_it_would_post_also_when_the_other_has_posted_it(self):
        self.store("ORDER", "o", id="9", name="Oil change", status="new")
        self.store("USED", "u", order="9", part="S1", quantity=2)
        self.route("consumption", self.successor).mode = "shadow"
        self.run_inbox()
        theirs = self.tell(self.successor, "USED", "u", order="9", part="S1", quantity=2)
        self.run_inbox()
        plan = json.loads(theirs.posting_plan)
        self.assertEqual(plan["outcome"], {"state": "done", "code": "posted"})

    def test_a_hold_and_an_error_are_part_of_the_plan(self):
        self.route("consumption").mode = "shadow"
        row = self.store("USED", "u", order="unknown", part="S1", quantity=2, site="P1")
        self.env["millwright.cross.reference"].create(
            {"backend_id": self.backend.id, "code": "P1", "plant_id": self.plant.id}
        )
        self.run_inbox()
        self.assertEqual((row.state, row.code), ("ignored", "shadow"))
        plan = json.loads(row.posting_plan)
        self.assertEqual(plan["outcome"], {"state": "held", "code": "work_order_unknown"})
        handler = type(self.env["millwright.handler.parts_consumption"])
        with patch.object(handler, "_apply", side_effect=ValueError("broken")):
            row = self.store("USED", "w", order="9", part="S1", quantity=2)
            self.run_inbox()
        self.assertEqual(json.loads(row.posting_plan)["outcome"], {"state": "failed", "code": "ValueError"})

    # -- from one backend to the other ----------------------------------------------------

    def test_what_one_backend_posted_the_other_does_not_post_again(self):
        self.store("ORDER", "o", id="9", name="Oil change", status="new")
        self.store("USED", "u", order="9", part="S1", quantity=2)
        self.run_inbox()
        self.successor.route_ids.action_take_over()
        order = self.tell(
            self.successor,
            "ORDER",
            "o2",
            id="9",
            name="Oil and filter",
            status="new",
            at="2026-09-01T09:00:00Z",
        )
        again = self.tell(self.successor, "USED", "u", order="9", part="S1", quantity=2)
        fresh = self.tell(self.successor, "USED", "u2", order="9", part="S1", quantity=1)
        self.run_inbox(2)
        self.assertEqual((order.state, again.code, fresh.state), ("done", "duplicate", "done"))
        moves = self.env["stock.move"].search([("product_id", "=", self.product.id)])
        self.assertEqual(sorted(moves.mapped("quantity")), [1, 2])
        request = self.env["maintenance.request"].search([("name", "ilike", "Oil")])
        self.assertEqual(
            request.mapped("name"), ["Oil and filter"], "the request is taken over, not made again"
        )

    def test_what_the_first_had_not_posted_is_taken_up_by_the_second(self):
        self.store("ORDER", "o", id="9", name="Oil change", status="new")
        self.route("consumption", self.successor).mode = "shadow"
        self.part.unlink()
        held = self.store("USED", "u", order="9", part="S1", quantity=2)
        twin = self.tell(self.successor, "USED", "u", order="9", part="S1", quantity=2)
        alone = self.tell(self.successor, "USED", "x", order="9", part="S1", quantity=5)
        self.run_inbox()
        self.assertEqual((held.code, twin.code, alone.code), ("part_unbound", "shadow", "shadow"))
        self.route("consumption", self.successor).action_take_over()
        self.run_inbox()
        self.assertEqual((twin.state, alone.code), ("done", "shadow"), "shadow alone stays without effect")
        moves = self.env["stock.move"].search([("product_id", "=", self.product.id)])
        self.assertEqual(moves.mapped("quantity"), [2])
