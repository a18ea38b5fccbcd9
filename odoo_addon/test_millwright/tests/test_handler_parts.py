from psycopg2.errors import UniqueViolation

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.millwright.exceptions import MillwrightError

from .handler_common import T2, HandlerCase


@tagged("post_install", "-at_install", "millwright")
class TestHandlerParts(HandlerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.spring = cls._product(on_hand=10)
        cls.part = cls._bind_part("88", cls.spring)
        cls.request = cls._bind_order()

    # -- posting --------------------------------------------------------------------------

    def test_consumption_below_the_minimum_starts_automatic_reordering(self):
        vendor = self.env["res.partner"].create({"name": "Spring maker"})
        self.spring.write(
            {
                "purchase_ok": True,
                "seller_ids": [Command.create({"partner_id": vendor.id, "price": 5})],
                "route_ids": [Command.link(self.env.ref("purchase_stock.route_warehouse0_buy").id)],
            }
        )
        self.env["stock.warehouse.orderpoint"].create(
            {
                "product_id": self.spring.id,
                "location_id": self.plant.stock_location_id.id,
                "warehouse_id": self.plant.warehouse_id.id,
                "product_min_qty": 9,
                "product_max_qty": 20,
                "trigger": "auto",
            }
        )
        self.assertDone(self._apply(self._post("op-1", "4")), "posted")
        line = self.env["purchase.order.line"].search([("product_id", "=", self.spring.id)])
        self.assertEqual((line.product_qty, line.order_id.state), (14, "draft"))

    def test_consumption_becomes_one_done_move_that_says_where_it_comes_from(self):
        work = self._post("op-1", "2")
        outcome = self._apply(work)
        move = self.assertDone(outcome, "posted")
        self.assertRecordValues(
            move,
            [
                {
                    "state": "done",
                    "product_id": self.spring.id,
                    "quantity": 2,
                    "product_uom": self.unit.id,
                    "location_id": self.plant.stock_location_id.id,
                    "location_dest_id": self.plant.consumption_location_id.id,
                    "company_id": self.company.id,
                    "origin": "Order 5120",
                    "reference": "Order 5120",
                    "millwright_backend_id": self.backend.id,
                    "millwright_operation_id": "op-1",
                    "millwright_request_id": self.request.id,
                    "millwright_part_key": "88",
                    "millwright_message_id": work.inbox_id,
                }
            ],
        )
        self.assertEqual(str(move.millwright_occurred_at), "2026-09-03 10:05:00")
        self.assertEqual(self._on_hand(self.spring), 8)
        self.assertEqual(move.value, 6, "it is valued")
        self.assertEqual(move.create_uid, self.backend.user_id)
        self.assertEqual(self._integration("consumption", "op-1").move_id, move)
        self.assertEqual(outcome.detail["move"], str(move.id))
        self.assertEqual(outcome.detail["quantity"], "2")
        self.assertEqual(outcome.detail["unit"], self.spring.uom_id.name)

    def test_the_audit_names_a_unit_as_it_is_called_now(self):
        uom = self.spring.uom_id
        self.env["res.lang"]._activate_lang("de_DE")
        german = uom.with_context(lang="de_DE")
        self.assertEqual(self._apply(self._post("7", "1")).detail["unit"], uom.name)
        uom.name = "Pieces of now"
        self.assertEqual(self._apply(self._post("8", "1")).detail["unit"], "Pieces of now")
        self.assertEqual(german._get_name_for_audit(), german.name)
        uom.update_field_translations("name", {"de_DE": "Stücke von jetzt"})
        self.assertEqual(german._get_name_for_audit(), "Stücke von jetzt")

    def test_batch_ends_in_the_same_stock_as_one_by_one(self):
        bolt = self._product("Bolt", on_hand=100)
        self._bind_part("89", bolt)
        quantities = ["1", "2", "-1", "3.5", "4"]
        outcomes = self._apply(
            *(self._post(f"a-{n}", quantity, part="89") for n, quantity in enumerate(quantities)),
            *(self._post(f"b-{n}", quantity) for n, quantity in enumerate(quantities)),
        )
        self.assertEqual({outcome.state for outcome in outcomes}, {"done"})
        self.assertEqual((self._on_hand(bolt), self._on_hand(self.spring)), (90.5, 0.5))

    def test_bindings_of_a_batch_are_read_at_once(self):
        works = [self._post(f"op-{number}", "1") for number in range(3)]
        self.env.flush_all()
        self.env.invalidate_all()
        self.env["millwright.handler.parts_consumption"]._load(works)
        with self.watch_statements() as statements:
            self.assertFalse(any(work.integration.move_id for work in works))
        self.assertEqual(statements, [])

    def test_duplicate_is_ignored_in_a_later_batch_and_in_the_same(self):
        first, second = self._apply(self._post("op-1", "2"), self._post("op-1", "2"))
        self.assertDone(first)
        self.assertIgnored(second, "duplicate")
        self.assertIgnored(self._apply(self._post("op-1", "2")), "duplicate")
        self.assertEqual(self._on_hand(self.spring), 8)

    def test_duplicate_whose_binding_was_lost_is_bound_again(self):
        move = self.assertDone(self._apply(self._post("op-1", "2")))
        self._integration("consumption", "op-1").move_id = False
        self.assertIgnored(self._apply(self._post("op-1", "2")), "duplicate")
        self.assertEqual(self._integration("consumption", "op-1").move_id, move)

    def test_database_refuses_an_operation_twice(self):
        move = self.assertDone(self._apply(self._post("op-1", "2")))
        values = {
            "product_id": self.spring.id,
            "location_id": self.plant.stock_location_id.id,
            "location_dest_id": self.plant.consumption_location_id.id,
            "millwright_backend_id": self.backend.id,
            "millwright_operation_id": "op-1",
        }
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation), self.cr.savepoint():
            self.env["stock.move"].create(values)
        copied = move.copy()
        self.assertFalse(copied.millwright_operation_id)
        self.assertFalse(copied.millwright_backend_id)

    def test_two_backends_of_different_systems_may_use_one_operation_id(self):
        backend = self._create_backend("fake-2")
        backend.system = "another"
        self._bind_part("88", self.spring, backend)
        self._bind_order(backend=backend)
        self.assertDone(self._apply(self._post("op-1", "2")))
        self.assertDone(self._apply(self._post("op-1", "2", backend=backend)))

    def test_two_backends_of_one_system_post_an_operation_once(self):
        backend = self._create_backend("fake-2")
        self._bind_part("88", self.spring, backend)
        self.assertDone(self._apply(self._post("op-1", "2")))
        self.assertIgnored(self._apply(self._post("op-1", "2", backend=backend)), "duplicate")

    def test_order_of_arrival_does_not_matter(self):
        self.assertDone(self._apply(self._post("late", "-1", version=T2)), "returned")
        self.assertDone(self._apply(self._post("early", "3")), "posted")
        self.assertEqual(self._on_hand(self.spring), 8)

    def test_a_move_that_odoo_leaves_undone_fails_the_batch(self):
        move = type(self.env["stock.move"])
        with self.assertRaises(MillwrightError) as caught:
            self.patch(move, "_action_done", lambda moves, cancel_backorder=False: moves)
            self._apply(self._post("op-1", "2"))
        self.assertEqual(caught.exception.code, "not_posted")

    # -- references -----------------------------------------------------------------------

    def test_unknown_work_order_is_waited_for(self):
        outcome = self._apply(self._post("op-1", "2", order="none"))
        self.assertHeld(outcome, "work_order_unknown", "work_order", "none")

    def test_unbound_part_is_waited_for_and_shown_to_the_administrator(self):
        for _again in range(2):
            outcome = self._apply(self._post("op-1", "2", part="99"))
            self.assertHeld(outcome, "part_unbound", "part", "99")
        part = self.env["millwright.part"].search(
            [("backend_id", "=", self.backend.id), ("external_id", "=", "99")]
        )
        self.assertEqual(part.mapped("name"), ["Tension spring"])
        part.product_id = self.spring
        self.assertDone(self._apply(self._post("op-1", "2", part="99")))

    def test_one_unknown_reference_holds_only_its_own_line(self):
        outcomes = self._apply(
            self._post("1", "1", part="99"), self._post("2", "1"), self._post("3", "1", order="none")
        )
        self.assertEqual([outcome.state for outcome in outcomes], ["held", "done", "held"])
        self.assertEqual(self._on_hand(self.spring), 9)

    def test_product_that_tracks_no_stock_any_more_holds(self):
        service = self._product("Advice")
        part = self._bind_part("90", service)
        service.is_storable = False
        self.assertTrue(part.product_id)
        self.assertHeld(self._apply(self._post("op-1", "2", part="90")), "product_not_storable")

    def test_order_of_another_company_holds(self):
        self._bind_order("there", self.other_plant)
        self.assertHeld(self._apply(self._post("op-1", "2", order="there")), "other_company")

    def test_product_of_another_company_holds(self):
        self._bind_part("90", self._product("Foreign", company_id=self.other_company.id))
        self.assertHeld(self._apply(self._post("op-1", "2", part="90")), "other_company")

    # -- units and quantities -------------------------------------------------------------

    def test_unit_by_cross_reference_and_by_name(self):
        self.env["millwright.cross.reference"].create(
            {"backend_id": self.backend.id, "table": "unit", "code": "DZ", "uom_id": self.dozen.id}
        )
        coded, named = self._apply(
            self._post("1", "1", unit="DZ"), self._post("2", "0.5", unit=self.dozen.name)
        )
        self.assertEqual((coded.record.product_uom, coded.record.quantity), (self.dozen, 1))
        self.assertEqual(named.record.quantity, 0.5)
        self.assertEqual(self._on_hand(self.spring), 10 - 12 - 6)

    def test_unknown_unit_and_unit_of_another_kind_hold(self):
        hours = self.env.ref("uom.product_uom_hour")
        unknown, mismatch = self._apply(
            self._post("1", "1", unit="furlong"), self._post("2", "1", unit=hours.name)
        )
        self.assertHeld(unknown, "unit_unknown")
        self.assertHeld(mismatch, "unit_mismatch")
        self.assertEqual(self._on_hand(self.spring), 10)

    def test_quantity_that_would_be_rounded_holds(self):
        cable = self._product("Cable", uom_id=self.dozen.id)
        self._bind_part("90", cable)
        outcomes = self._apply(
            self._post("1", "0.333"),
            self._post("2", "1", part="90", unit=self.unit.name),  # 1/12 dozen
            self._post("3", "6", part="90", unit=self.unit.name),
            self._post("4", "0.33"),
        )
        self.assertHeld(outcomes[0], "quantity_precision")
        self.assertHeld(outcomes[1], "quantity_precision")
        self.assertDone(outcomes[2])
        self.assertEqual(self.assertDone(outcomes[3]).quantity, 0.33)

    def test_movement_of_nothing_is_ignored(self):
        self.assertIgnored(self._apply(self._post("1", "0")), "nothing_to_do")

    # -- lots -----------------------------------------------------------------------------

    def test_lots(self):
        oil = self._product("Oil", tracking="lot", lots={"L1": 5, "L2": 5})
        self._bind_part("90", oil)
        outcomes = self._apply(
            self._post("1", "2", part="90", lot="L2"),
            self._post("2", "1", part="90"),
            self._post("3", "1", part="90", lot="L9"),
            self._post("4", "1", lot="L1"),
        )
        self.assertEqual(self.assertDone(outcomes[0]).move_line_ids.lot_id.name, "L2")
        self.assertHeld(outcomes[1], "lot_missing")
        self.assertHeld(outcomes[2], "lot_unknown")
        self.assertDone(outcomes[3])  # the product has no lots
        self.assertEqual((self._on_hand(oil, lot="L1"), self._on_hand(oil, lot="L2")), (5, 3))

    def test_serial_numbers_are_single_pieces_that_are_there(self):
        pump = self._product("Pump", tracking="serial", lots={"S1": 1, "S2": 1, "S3": 0})
        self._bind_part("90", pump)
        outcomes = self._apply(
            self._post("1", "2", part="90", lot="S1"),
            self._post("2", "1", part="90", lot="S1"),
            self._post("3", "1", part="90", lot="S1"),
            self._post("4", "1", part="90", lot="S3"),
            self._post("5", "-1", part="90", lot="S2"),
        )
        self.assertHeld(outcomes[0], "serial_quantity")
        self.assertDone(outcomes[1])
        self.assertHeld(outcomes[2], "serial_not_in_stock")
        self.assertHeld(outcomes[3], "serial_not_in_stock")
        self.assertHeld(outcomes[4], "serial_in_stock")
        self.assertDone(self._apply(self._post("6", "-1", part="90", lot="S1")), "returned")
        self.assertDone(self._apply(self._post("7", "1", part="90", lot="S1")), "posted")

    # -- returns and shortage -------------------------------------------------------------

    def test_return_goes_back_the_way_it_came_at_the_value_it_had(self):
        taken = self.assertDone(self._apply(self._post("1", "4")))
        self.spring.standard_price = 7
        outcome = self._apply(self._post("2", "-1"))
        back = self.assertDone(outcome, "returned")
        self.assertEqual(back.location_id, self.plant.consumption_location_id)
        self.assertEqual(back.location_dest_id, self.plant.stock_location_id)
        self.assertEqual(back.origin_returned_move_id, taken)
        self.assertEqual(outcome.detail["returned_from"], str(taken.id))
        self.assertEqual((taken.value, back.value), (12, 3))
        self.assertEqual(self._on_hand(self.spring), 7)

    def test_return_belongs_to_a_movement_of_its_own_order_that_was_large_enough(self):
        self._bind_order("other")
        large = self.assertDone(self._apply(self._post("1", "4")))
        self._apply(self._post("2", "1"))
        self._apply(self._post("3", "4", order="other"))
        back = self.assertDone(self._apply(self._post("4", "-2")))
        self.assertEqual(back.origin_returned_move_id, large)
        self._bind_order("nothing-taken")
        alone = self.assertDone(self._apply(self._post("5", "-2", order="nothing-taken")))
        self.assertFalse(alone.origin_returned_move_id)

    def test_flow_that_posts_shortages_goes_below_zero(self):
        move = self.assertDone(self._apply(self._post("1", "12")))
        self.assertEqual(move.quantity, 12)
        self.assertEqual(self._on_hand(self.spring), -2)

    def test_flow_that_holds_shortages_counts_the_whole_batch(self):
        outcomes = self._apply(
            self._post("1", "7", shortage="hold"),
            self._post("2", "4", shortage="hold"),
            self._post("3", "3", shortage="hold"),
        )
        self.assertEqual([outcome.state for outcome in outcomes], ["done", "held", "done"])
        self.assertHeld(outcomes[1], "shortage")
        self.assertEqual(self._on_hand(self.spring), 0)

    def test_shortage_is_counted_per_lot(self):
        oil = self._product("Oil", tracking="lot", lots={"L1": 5, "L2": 1})
        self._bind_part("90", oil)
        one, two = self._apply(
            self._post("1", "2", part="90", lot="L2", shortage="hold"),
            self._post("2", "2", part="90", lot="L1", shortage="hold"),
        )
        self.assertHeld(one, "shortage")
        self.assertDone(two)

    # -- companies and rights -------------------------------------------------------------

    def test_each_company_posts_from_its_own_stock(self):
        self._bind_order("there", self.other_plant)
        move = self.assertDone(self._apply(self._post("1", "2", order="there", plant=self.other_plant)))
        self.assertEqual(move.company_id, self.other_company)
        self.assertEqual(move.location_id, self.other_plant.stock_location_id)
        self.assertEqual(self._on_hand(self.spring), 10)
        self.assertEqual(self._on_hand(self.spring, self.other_plant), -2)

    def test_plain_user_cannot(self):
        plain = new_test_user(self.env, "plain", groups="base.group_user")
        plain.company_ids = [Command.link(self.other_company.id)]
        with self.assertRaises(AccessError):
            self._apply(self._post("1", "2"), user=plain)
