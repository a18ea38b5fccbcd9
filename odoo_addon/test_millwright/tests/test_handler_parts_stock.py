from odoo import Command
from odoo.exceptions import AccessError
from odoo.models import BaseModel
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.millwright.models.stock_posting import POSTING, Batch
from odoo.addons.stock.models.stock_move import StockMove

from .handler_common import HandlerCase


@tagged("post_install", "-at_install", "millwright")
class TestHandlerPartsStock(HandlerCase):
    """What stock itself does with our moves: reservation, valuation, merging, splitting."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.spring = cls._product(on_hand=10)
        cls.part = cls._bind_part("88", cls.spring)
        cls.request = cls._bind_order()

    def _reserve(self, quantity):
        """A transfer that has reserved the spring; its move."""
        customers = self.env.ref("stock.stock_location_customers")
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.plant.warehouse_id.out_type_id.id,
                "location_id": self.plant.stock_location_id.id,
                "location_dest_id": customers.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.spring.id,
                            "product_uom_qty": quantity,
                            "location_id": self.plant.stock_location_id.id,
                            "location_dest_id": customers.id,
                        }
                    )
                ],
            }
        )
        picking.action_confirm()
        picking.action_assign()
        return picking.move_ids

    def test_what_was_reserved_for_others_is_given_up_when_it_is_gone(self):
        reserved = self._reserve(8)
        self.assertEqual((reserved.state, reserved.quantity), ("assigned", 8))
        self.assertDone(self._apply(self._post("1", "5")))
        quant = self.env["stock.quant"].search(
            [
                ("product_id", "=", self.spring.id),
                ("location_id", "=", self.plant.stock_location_id.id),
            ]
        )
        self.assertEqual((sum(quant.mapped("quantity")), sum(quant.mapped("reserved_quantity"))), (5, 5))
        self.assertEqual((reserved.state, reserved.quantity), ("partially_available", 5))

    def test_moves_of_others_are_reserved_as_ever_while_ours_are_posted(self):
        ours = self.assertDone(self._apply(self._post("1", "1"))).with_env(self.env)
        others = self._reserve(1)
        posting = {"millwright_posting": True}
        self.assertTrue(ours.with_context(**posting)._should_bypass_reservation())
        self.assertFalse(others.with_context(**posting)._should_bypass_reservation())
        self.assertFalse(ours._should_bypass_reservation())

    def test_posting_leaves_a_reservation_alone_that_still_fits(self):
        reserved = self._reserve(3)
        self.assertDone(self._apply(self._post("1", "5")))
        self.assertEqual((reserved.state, reserved.quantity), ("assigned", 3))

    def test_real_time_valuation_books_to_the_account_of_the_consumption_location(self):
        account = self.env["account.account"].create(
            {
                "name": "Maintenance parts",
                "code": "MWPARTS",
                "account_type": "expense",
                "company_ids": [Command.set([self.company.id])],
            }
        )
        stock = account.copy({"name": "Stock", "code": "MWSTOCK", "account_type": "asset_current"})
        journal = self.env["account.journal"].create(
            {"name": "Stock", "code": "MWST", "type": "general", "company_id": self.company.id}
        )
        self.company.account_stock_journal_id = journal
        self.plant.consumption_location_id.valuation_account_id = account
        self.spring.categ_id = self.env["product.category"].create(
            {
                "name": "Real time",
                "property_valuation": "real_time",
                "property_cost_method": "standard",
                "property_stock_valuation_account_id": stock.id,
            }
        )
        self.spring.standard_price = 3
        outcomes = self._apply(self._post("1", "2"), self._post("2", "1"), self._post("3", "-1"))
        entry, other, of_return = (outcome.record.account_move_id for outcome in outcomes)
        self.assertEqual((entry.state, entry), ("posted", other), "What is posted together has one entry.")
        lines = (entry | of_return).line_ids.filtered(lambda line: line.account_id == account)
        self.assertEqual(sum(lines.mapped("balance")), 6)
        self.assertIn("Order 5120", lines[0].name)

    def test_a_rule_pushes_on_what_arrives_and_is_searched_for_all_at_once(self):
        searches = []
        searched = type(self.env["stock.rule"])._search_rule
        self.patch(
            type(self.env["stock.rule"]),
            "_search_rule",
            lambda rules, *args: searches.append(args) or searched(rules, *args),
        )
        for outcome in self._apply(self._post("1", "1"), self._post("2", "2"), self._post("3", "3")):
            self.assertDone(outcome)
        self.assertFalse(searches, "No rule begins where they end, nor around it.")
        route = self.env["stock.route"].create({"name": "Used oil", "product_selectable": True})
        self.spring.route_ids = route
        rule = self.env["stock.rule"].create(
            {
                "name": "On to the waste",
                "action": "push",
                "auto": "manual",
                "route_id": route.id,
                "picking_type_id": self.plant.warehouse_id.int_type_id.id,
                "location_src_id": self.plant.consumption_location_id.id,
                "location_dest_id": self.plant.stock_location_id.id,
                "company_id": self.company.id,
            }
        )
        for outcome in self._apply(self._post("4", "2"), self._post("5", "-1")):
            self.assertDone(outcome)
        pushed = self.env["stock.move"].search([("rule_id", "=", rule.id)])
        self.assertEqual(
            (pushed.location_id, pushed.product_uom_qty), (self.plant.consumption_location_id, 2)
        )
        rule.active = False
        self.env.registry.clear_cache()  # as in a process that has posted nothing since
        self.assertDone(self._apply(self._post("7", "1")))
        self.assertEqual(self.env["stock.move"].search([("rule_id", "=", rule.id)]), pushed)
        self.assertEqual(pushed.product_uom_qty, 2)
        rule.active = True
        around = self.env["stock.location"].create({"name": "Works", "usage": "view"})
        self.plant.consumption_location_id.location_id = around
        rule.location_src_id = around
        self.assertDone(self._apply(self._post("6", "4")))
        pushed = self.env["stock.move"].search([("rule_id", "=", rule.id)])
        self.assertEqual(sum(pushed.mapped("product_uom_qty")), 6)  # Odoo joins what goes the same way

    def test_a_batch_asks_odoo_once_for_what_its_movements_share(self):
        locks, told = [], []
        quant_class = type(self.env["stock.quant"])
        lock, lock_all = BaseModel.try_lock_for_update, quant_class._lock_and_read
        tell = StockMove._update_orderpoints

        def locked(records, **named):
            locks.extend([records] if records._name == "stock.quant" and records else [])
            return lock(records, **named)

        def update(moves):
            told.append(len(moves))
            return tell(moves)

        def locked_together(quants):
            locks.extend([quants] if quants else [])
            return lock_all(quants)

        self.patch(BaseModel, "try_lock_for_update", locked)
        self.patch(quant_class, "_lock_and_read", locked_together)
        self.patch(StockMove, "_update_orderpoints", update)
        other = self._product(on_hand=10)
        self._bind_part("89", other)
        unruled = self._product(on_hand=10)
        self._bind_part("90", unruled)
        for product in (self.spring, other):
            self.env["stock.warehouse.orderpoint"].create(
                {"product_id": product.id, "warehouse_id": self.plant.warehouse_id.id, "trigger": "manual"}
            )
        told.clear()
        works = [self._post(str(number), "1") for number in range(4)]
        works += [self._post("9", "2", part="89"), self._post("10", "1", part="90")]
        for outcome in self._apply(*works):
            self.assertDone(outcome)
        self.assertEqual(max(told), 2, "one move of each product that has a rule tells for the others")
        self.assertEqual(sum(told), 2, "and it does when it is done")
        self.assertEqual(
            locks[0].product_id, self.spring | other | unruled, "what is there is locked in one go"
        )
        self.assertEqual(locks[0].location_id, self.plant.stock_location_id)
        self.assertEqual(
            [(quants.product_id, quants.location_id) for quants in locks[1:]],
            [(self.spring, self.plant.consumption_location_id)],
            "a quant that is new is locked once",
        )
        self.assertEqual([self._on_hand(product) for product in (self.spring, other)], [6, 8])

    def test_a_batch_locks_no_stock_that_it_does_not_change(self):
        other, place = self._product(on_hand=10), self.plant.stock_location_id
        batch = Batch([(self.spring.id, place.id)])
        quants = self.env["stock.quant"].with_context(**{POSTING: batch})
        with self.watch_statements() as statements:
            found = quants._get_quants_by_products_locations(self.spring | other, place)
        self.assertTrue(statements[-1][0].endswith("FOR NO KEY UPDATE SKIP LOCKED"), statements)
        self.assertEqual({product for product, *_key in found}, {self.spring.id, other.id})
        self.assertEqual(quants.browse(batch.locked_quant_ids).product_id, self.spring)

    def test_nothing_is_posted_that_the_user_may_not_post(self):
        user = self.backend.user_id
        self.assertDone(self._apply(self._post("1", "1"), user=user))
        rule = self.env["ir.rule"].create(
            {
                "name": "Springs are not for everybody",
                "model_id": self.env["ir.model"]._get_id("stock.move"),
                "domain_force": f"[('product_id', '!=', {self.spring.id})]",
            }
        )
        muted = mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
        with muted, self.assertRaises(AccessError):
            self._apply(self._post("2", "1"), user=user)
        rule.unlink()
        self.env["ir.model.access"].search([("model_id.model", "=", "stock.move.line")]).perm_write = False
        with muted, self.assertRaises(AccessError):
            self._apply(self._post("3", "1"), user=user)

    def test_moves_of_different_operations_are_never_merged(self):
        names = self.env["stock.move"]._prepare_merge_moves_distinct_fields()
        self.assertIn("millwright_operation_id", names)
        values = {
            "product_id": self.spring.id,
            "product_uom_qty": 1,
            "location_id": self.plant.stock_location_id.id,
            "location_dest_id": self.plant.consumption_location_id.id,
            "millwright_backend_id": self.backend.id,
        }
        moves = self.env["stock.move"].create(
            [{**values, "millwright_operation_id": f"m-{number}"} for number in range(2)]
        )
        merged = moves[0]._action_confirm(merge=False) | moves[1]._action_confirm(merge_into=moves[0])
        self.assertEqual(merged.exists(), moves)
        self.assertEqual(moves.mapped("product_uom_qty"), [1, 1])

    def test_a_split_does_not_carry_the_operation_on(self):
        move = self.env["stock.move"].create(
            {
                "product_id": self.spring.id,
                "product_uom_qty": 4,
                "location_id": self.plant.stock_location_id.id,
                "location_dest_id": self.plant.consumption_location_id.id,
                "millwright_backend_id": self.backend.id,
                "millwright_operation_id": "op-1",
            }
        )
        move._action_confirm()
        rest = self.env["stock.move"].create(move._split(1))
        self.assertFalse(rest.millwright_operation_id)
