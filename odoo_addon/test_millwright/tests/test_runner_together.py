from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from .core import CoreCase

RUNNER_LOG = "odoo.addons.millwright.models.inbox_claim"


@tagged("post_install", "-at_install", "millwright")
class TestRunnerTogether(CoreCase):
    """Movements of one order and part go in one call, and still in their order."""

    def setUp(self):
        super().setUp()
        self.store("ORDER", "o", id="9", name="Oil change", status="doing")
        self.run_inbox()
        self.calls = []

    def use(self, *quantities):
        rows = [
            self.store("USED", f"u{number}", order="9", part="S1", quantity=quantity)
            for number, quantity in enumerate(quantities)
        ]
        return self.inbox.concat(*rows)

    def plan(self, rows):
        """Plan rows and carry none out."""
        self.plan_inbox()
        self.assertTrue(all(rows.mapped("command")))

    def watch(self, before=lambda quantities: None):
        """The parts handler, which notes the quantities of its calls."""
        handler = type(self.env["millwright.handler.parts_consumption"])
        original = handler._apply

        def apply(model, works):
            quantities = [int(work.command["fields"]["quantity"]) for work in works]
            self.calls.append(quantities)
            before(quantities)
            return original(model, works)

        return patch.object(handler, "_apply", apply)

    def test_a_batch_is_no_smaller_where_there_is_one_key(self):
        rows = self.use(*range(1, 21))
        with self.watch():
            self.run_inbox()
        self.assertEqual(self.calls, [list(range(1, 21))])
        self.assertEqual(set(rows.mapped("state")), {"done"})
        self.assertEqual(sum(self.moves().mapped("quantity")), 210)
        self.assertEqual(rows.mapped("document_id"), self.moves().sorted("id").ids)

    def test_a_return_is_valued_like_the_taking_before_it_in_the_same_call(self):
        with self.watch():
            self.use(5, -2, 3, -1)
            self.run_inbox()
        self.assertEqual(self.calls, [[5, -2, 3, -1]])
        by_quantity = {move.product_qty: move for move in self.moves()}
        self.assertEqual(by_quantity[2].origin_returned_move_id, by_quantity[5])
        self.assertEqual(by_quantity[1].origin_returned_move_id, by_quantity[3])

    @mute_logger(RUNNER_LOG)
    def test_nothing_overtakes_one_that_fails(self):
        def before(quantities):
            if 4 in quantities:
                raise ValueError("broken")

        rows = self.use(*range(1, 9))
        with self.watch(before):
            self.run_inbox()
        self.assertEqual(rows.mapped("state"), ["done"] * 3 + ["pending"] * 5)
        self.assertEqual(rows.mapped("attempts"), [1, 1, 1, 1, 0, 0, 0, 0])
        rows[3].next_attempt_at = False
        self.run_inbox(2)
        self.assertEqual(set(rows.mapped("state")), {"done"})
        self.assertEqual(rows.mapped("document_id"), self.moves().sorted("id").ids)

    def test_what_stands_behind_one_that_waits_for_its_time_stays(self):
        rows = self.use(*range(1, 6))
        later = fields.Datetime.add(fields.Datetime.now(), minutes=5)
        self.plan(rows)
        rows[2].write({"attempts": 1, "next_attempt_at": later})
        self.run_inbox()
        self.assertEqual(rows.mapped("state"), ["done", "done", "pending", "pending", "pending"])

    def test_one_that_is_held_stops_no_other(self):
        rows = self.use(1, 2, 3)
        self.plan(rows)
        rows[1]._set_state("held", code="kept")
        with self.watch():
            self.run_inbox()
        self.assertEqual(self.calls, [[1, 3]])
        self.assertEqual(rows.mapped("state"), ["done", "held", "done"])
