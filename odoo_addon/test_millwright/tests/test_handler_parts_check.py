from odoo.tests import tagged

from .handler_common import T2, HandlerCase


@tagged("post_install", "-at_install", "millwright")
class TestHandlerPartsCheck(HandlerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.spring = cls._product(on_hand=10)
        cls.bolt = cls._product("Bolt", on_hand=10)
        cls._bind_part("88", cls.spring)
        cls._bind_part("89", cls.bolt)
        cls.request = cls._bind_order()

    def _rows(self):
        rows = self.env["millwright.discrepancy"].search([("backend_id", "=", self.backend.id)])
        return {row.part_external_id: (row.expected_quantity, row.posted_quantity, row.state) for row in rows}

    def test_totals_that_agree_leave_no_row_and_post_nothing(self):
        self._apply(self._post("1", "3"), self._post("2", "-1"))
        moves = self.env["stock.move"].search_count([])
        outcome = self._apply(self._check(("88", "2")))
        self.assertEqual(self.assertDone(outcome, "agrees"), self.request)
        self.assertEqual(self._rows(), {})
        self.assertEqual(self.env["stock.move"].search_count([]), moves)

    def test_what_differs_is_missing_or_too_much_is_shown(self):
        self._apply(self._post("1", "3"))
        outcome = self._apply(self._check(("88", "2"), ("89", "1")))
        self.assertDone(outcome, "discrepancy")
        self.assertEqual(outcome.detail["differing"], ["88", "89"])
        self.assertEqual(self._rows(), {"88": (2, 3, "open"), "89": (1, 0, "open")})
        self.assertEqual((self._on_hand(self.spring), self._on_hand(self.bolt)), (7, 10))

    def test_posted_part_that_the_list_does_not_name_is_shown(self):
        self._apply(self._post("1", "3"), self._post("2", "1", part="89"))
        self.assertDone(self._apply(self._check(("88", "3"))), "discrepancy")
        self.assertEqual(self._rows(), {"89": (0, 1, "open")})

    def test_late_movement_settles_the_discrepancy(self):
        self._apply(self._post("1", "3"))
        self._apply(self._check(("88", "5"), ("89", "1")))
        self._apply(self._post("2", "1"))
        self.assertEqual(self._rows()["88"], (5, 4, "open"))
        self._apply(self._post("3", "1"), self._post("4", "1", part="89"))
        self.assertEqual(self._rows(), {"88": (5, 5, "settled"), "89": (1, 1, "settled")})

    def test_a_discrepancy_of_another_company_is_left_alone(self):
        self._apply(self._check(("88", "5")))
        row = self.env["millwright.discrepancy"].search([("backend_id", "=", self.backend.id)])
        row.plant_id = self.other_plant
        self.assertDone(self._apply(self._post("1", "1")))
        self.assertEqual((row.posted_quantity, row.state), (0, "open"))

    def test_newer_check_settles_or_opens_again(self):
        self._apply(self._post("1", "3"))
        self._apply(self._check(("88", "2")))
        self._apply(self._check(("88", "3"), version=T2))
        self.assertEqual(self._rows(), {"88": (3, 3, "settled")})
        self._apply(self._check(("88", "4"), version=T2))
        self.assertEqual(self._rows(), {"88": (4, 3, "open")})

    def test_older_total_that_comes_late_changes_nothing(self):
        self._apply(self._check(("88", "2"), version=T2))
        self.assertIgnored(self._apply(self._check(("88", "5"))), "superseded")
        self.assertEqual(self._rows(), {"88": (2, 0, "open")})

    def test_lines_of_one_part_add_up_in_the_products_unit(self):
        self._apply(self._post("1", "14"))
        self.assertDone(self._apply(self._check(("88", "2"), ("88", "1", self.dozen.name))), "agrees")

    def test_two_parts_of_one_product_are_told_apart(self):
        self._bind_part("90", self.spring)
        self._apply(self._post("1", "3"), self._post("2", "1", part="90"))
        self.assertDone(self._apply(self._check(("88", "3"), ("90", "1"))), "agrees")

    def test_check_waits_for_its_order_and_its_parts(self):
        order, part, unit = self._apply(
            self._check(("88", "1"), order="none"),
            self._check(("99", "1")),
            self._check(("88", "1", "furlong")),
        )
        self.assertHeld(order, "work_order_unknown", "work_order", "none")
        self.assertHeld(part, "part_unbound", "part", "99")
        self.assertHeld(unit, "unit_unknown")
        self.assertTrue(self.env["millwright.part"].search([("external_id", "=", "99")]))
        self.assertEqual(self._rows(), {})

    def test_another_backend_and_another_order_do_not_count(self):
        self._bind_order("other")
        self._apply(self._post("1", "3", order="other"))
        self.assertDone(self._apply(self._check(("88", "1"))), "discrepancy")
        self.assertEqual(self._rows(), {"88": (1, 0, "open")})
