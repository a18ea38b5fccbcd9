from dataclasses import replace

from psycopg2.errors import SerializationFailure

from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .handler_common import T1, T2, T3, HandlerCase


@tagged("post_install", "-at_install", "millwright")
class TestHandlerPartsSnapshot(HandlerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.spring = cls._product(on_hand=10)
        cls.bolt = cls._product("Bolt", on_hand=10)
        cls._bind_part("88", cls.spring)
        cls._bind_part("89", cls.bolt)
        cls.request = cls._bind_order()

    def _moves(self):
        return self.env["stock.move"].search([("millwright_backend_id", "=", self.backend.id)], order="id")

    def _amounts(self):
        """What is posted, move by move: taken is positive."""
        return [
            move.quantity if move.location_id.usage == "internal" else -move.quantity
            for move in self._moves()
        ]

    # -- upwards and downwards ------------------------------------------------------------

    def test_first_snapshot_posts_all_of_it_under_keys_of_event_and_part(self):
        work = self._converge(("88", "3"), ("89", "1"))
        outcome = self._apply(work)
        self.assertEqual(self.assertDone(outcome, "converged"), self.request)
        self.assertEqual((self._on_hand(self.spring), self._on_hand(self.bolt)), (7, 9))
        keys = [f"{work.event_id}#88", f"{work.event_id}#89"]
        self.assertEqual(sorted(self._moves().mapped("millwright_operation_id")), keys)
        self.assertEqual(sorted(outcome.detail["posted"]), keys)
        self.assertEqual(self._moves().mapped("millwright_request_id"), self.request)
        self.assertEqual(self._integration("consumption", "5120/converge").synchronised_version, T1)

    def test_every_move_of_a_snapshot_leads_back_to_its_message(self):
        work = self._converge(("88", "3"), ("89", "1"))
        self._apply(work)
        for move in self._moves():
            found = self.env["millwright.inbox"].search(move._get_millwright_domain())
            self.assertEqual(found.ids, [work.inbox_id])

    def test_later_snapshots_post_the_difference_downwards_too(self):
        for version, quantity in ((T1, "3"), (T2, "5"), (T3, "1")):
            self.assertDone(self._apply(self._converge(("88", quantity), version=version)), "converged")
        self.assertEqual(self._amounts(), [3, 2, -4])
        self.assertEqual(self._on_hand(self.spring), 9)
        back = self._moves()[-1]
        self.assertEqual(back.origin_returned_move_id.quantity, 2, "the last one before")

    def test_snapshot_that_agrees_posts_nothing_and_is_remembered(self):
        self._apply(self._converge(("88", "3")))
        self.assertDone(self._apply(self._converge(("88", "3"), version=T2)), "agrees")
        self.assertEqual(self._amounts(), [3])
        self.assertIgnored(self._apply(self._converge(("88", "2"))), "superseded")

    def test_part_down_to_nothing(self):
        self._apply(self._converge(("88", "3")))
        self.assertDone(self._apply(self._converge(("88", "0"), version=T2)), "converged")
        self.assertEqual(self._on_hand(self.spring), 10)

    def test_unlisted_part_is_given_back_or_kept_as_the_spec_says(self):
        self._apply(self._converge(("88", "3"), ("89", "2")))
        kept = self._apply(self._converge(("88", "4"), unlisted="keep", version=T2))
        self.assertDone(kept, "converged")
        self.assertEqual((self._on_hand(self.spring), self._on_hand(self.bolt)), (6, 8))
        self.assertDone(self._apply(self._converge(("88", "4"), version=T3)), "converged")
        self.assertEqual((self._on_hand(self.spring), self._on_hand(self.bolt)), (6, 10))

    def test_empty_snapshot_gives_everything_back(self):
        self._apply(self._converge(("88", "3"), ("89", "2")))
        self.assertDone(self._apply(self._converge(version=T2)), "converged")
        self.assertEqual((self._on_hand(self.spring), self._on_hand(self.bolt)), (10, 10))

    # -- replay, duplicate, reorder -------------------------------------------------------

    def test_replay_posts_nothing(self):
        work = self._converge(("88", "3"))
        self.assertDone(self._apply(work), "converged")
        self.assertDone(self._apply(work), "agrees")
        self._apply(self._converge(("88", "5"), version=T2))
        self.assertIgnored(self._apply(work), "superseded")
        self.assertEqual(self._amounts(), [3, 2])

    def test_replay_without_a_version_posts_nothing(self):
        old = self._converge(("88", "3"), version=None)
        self._apply(old)
        self._apply(self._converge(("88", "5"), version=None))
        self.assertIgnored(self._apply(old), "duplicate")
        self.assertEqual(self._amounts(), [3, 2])

    def test_every_order_of_arrival_ends_the_same(self):
        self.assertDone(self._apply(self._converge(("88", "1"), version=T3)), "converged")
        self.assertIgnored(self._apply(self._converge(("88", "5"), version=T2)), "superseded")
        self.assertIgnored(self._apply(self._converge(("88", "3"), version=T1)), "superseded")
        self.assertEqual(self._on_hand(self.spring), 9)

    def test_sum_never_drifts(self):
        quantities = ["0.1", "0.3", "0.2", "0.7", "0.15", "1.05", "0.05", "0.3"]
        for number, quantity in enumerate(quantities):
            version = f"2026-09-0{number + 1}T00:00:00.000000Z"
            self.assertDone(self._apply(self._converge(("88", quantity), version=version)), "converged")
        self.assertEqual(self.spring.uom_id.compare(self._on_hand(self.spring), 9.7), 0)
        self.assertDone(self._apply(self._converge(("88", "0.3"), version="2026-09-09")), "agrees")

    def test_movements_that_were_posted_before_count(self):
        self._apply(self._post("1", "3"), self._post("2", "-1"))
        self.assertDone(self._apply(self._converge(("88", "5"))), "converged")
        self.assertEqual(self._amounts(), [3, -1, 3])

    def test_what_a_person_corrected_on_a_posted_move_counts(self):
        self._apply(self._converge(("88", "3")))
        self._moves().quantity = 1
        self._apply(self._converge(("88", "3"), version=T2))
        self.assertEqual(self._amounts(), [1, 2])

    def test_snapshots_of_several_orders_in_one_batch(self):
        self._bind_order("other")
        first, second = self._apply(
            self._converge(("88", "3")), self._converge(("88", "2"), ("89", "1"), order="other")
        )
        self.assertDone(first, "converged")
        self.assertDone(second, "converged")
        self.assertEqual((self._on_hand(self.spring), self._on_hand(self.bolt)), (5, 9))

    def test_what_a_backend_of_the_same_system_posted_for_the_order_counts(self):
        backend = self._create_backend("fake-2")
        self._bind_part("88", self.spring, backend)
        self._apply(self._converge(("88", "3")))
        self._apply(self._converge(("88", "4"), backend=backend))
        self.assertEqual(self._on_hand(self.spring), 6)

    def test_orders_of_another_system_do_not_count(self):
        backend = self._create_backend("fake-2")
        backend.system = "another"
        self._bind_part("88", self.spring, backend)
        self._integration("work_order", "A", backend).request_id = self.request
        self._apply(self._converge(("88", "3")))
        self._apply(self._converge(("88", "2"), order="A", backend=backend))
        self.assertEqual(self._on_hand(self.spring), 5)

    # -- units, lots, shortage ------------------------------------------------------------

    def test_units_add_up_in_the_products_own(self):
        snapshot = self._converge(("88", "1", self.dozen.name), ("88", "2"))
        self.assertDone(self._apply(snapshot), "converged")
        self.assertDone(self._apply(self._converge(("88", "0.5", self.dozen.name), version=T2)), "converged")
        self.assertEqual(self._amounts(), [14, -8])

    def test_lots_are_told_apart_and_the_unlisted_one_is_given_back(self):
        oil = self._product("Oil", tracking="lot", lots={"L1": 5, "L2": 5})
        self._bind_part("90", oil)
        self.assertHeld(self._apply(self._converge(("90", "2"))), "lot_missing")
        self.assertHeld(self._apply(self._converge(("90", "2", None, "L9"))), "lot_unknown")
        work = self._converge(("90", "2", None, "L1"), ("90", "1", None, "L2"))
        self.assertDone(self._apply(work), "converged")
        keys = [f"{work.event_id}#90#L1", f"{work.event_id}#90#L2"]
        self.assertEqual(sorted(self._moves().mapped("millwright_operation_id")), keys)
        self._apply(self._converge(("90", "3", None, "L2"), version=T2))
        self.assertEqual((self._on_hand(oil, lot="L1"), self._on_hand(oil, lot="L2")), (5, 2))
        self._apply(self._converge(("90", "0"), version=T3))
        self.assertEqual((self._on_hand(oil, lot="L1"), self._on_hand(oil, lot="L2")), (5, 5))

    def test_serial_numbers(self):
        pump = self._product("Pump", tracking="serial", lots={"S1": 1, "S2": 1})
        self._bind_part("90", pump)
        self.assertHeld(self._apply(self._converge(("90", "2", None, "S1"))), "serial_quantity")
        self.assertDone(self._apply(self._converge(("90", "1", None, "S1"))), "converged")
        self.assertDone(self._apply(self._converge(("90", "1", None, "S2"), version=T2)), "converged")
        self.assertEqual((self._on_hand(pump, lot="S1"), self._on_hand(pump, lot="S2")), (1, 0))

    def test_quantity_that_would_be_rounded_holds(self):
        self.assertHeld(self._apply(self._converge(("88", "0.333"))), "quantity_precision")

    def test_shortage_holds_the_whole_snapshot_and_takes_nothing_from_the_next(self):
        self._bind_order("other")
        short, fits = self._apply(
            self._converge(("88", "4"), ("89", "12"), shortage="hold"),
            self._converge(("88", "10"), order="other", shortage="hold"),
        )
        self.assertHeld(short, "shortage")
        self.assertDone(fits, "converged")
        self.assertEqual((self._on_hand(self.spring), self._on_hand(self.bolt)), (0, 10))

    def test_a_return_comes_before_what_needs_it(self):
        self._bind_part("90", self.spring)
        self._apply(self._converge(("88", "10"), shortage="hold"))
        swapped = self._converge(("90", "10"), shortage="hold", version=T2)
        self.assertDone(self._apply(swapped), "converged")
        self.assertEqual(self._on_hand(self.spring), 0)

    # -- references -----------------------------------------------------------------------

    def test_an_unbound_part_holds_the_whole_snapshot(self):
        work = self._converge(("88", "3"), ("99", "1"))
        self.assertHeld(self._apply(work), "part_unbound", "part", "99")
        self.assertFalse(self._moves())
        self.assertFalse(self._integration("consumption", "5120/converge").synchronised_version)
        self.env["millwright.part"].search([("external_id", "=", "99")]).product_id = self.bolt
        self.assertDone(self._apply(work), "converged")

    def test_unknown_order_is_waited_for(self):
        outcome = self._apply(self._converge(("88", "1"), order="none"))
        self.assertHeld(outcome, "work_order_unknown", "work_order", "none")

    def test_part_that_was_posted_as_another_product_is_left_to_a_person(self):
        self._apply(self._converge(("88", "3")))
        self.env["millwright.part"].search([("external_id", "=", "88")]).product_id = self.bolt
        again = self._converge(("88", "3"), version=T2)
        self.assertHeld(self._apply(again), "part_rebound")
        self._moves().quantity = 0
        self.assertDone(self._apply(again), "converged")
        self.assertEqual((self._on_hand(self.spring), self._on_hand(self.bolt)), (10, 7))

    def test_marks_in_names_cannot_make_two_keys_one(self):
        oil = self._product("Oil", tracking="lot", lots={"L": 5})
        self._bind_part("A", oil)
        self._bind_part("A#L", self.spring)
        work = self._converge(("A", "1", None, "L"), ("A#L", "1"))
        self.assertDone(self._apply(work), "converged")
        keys = [f"{work.event_id}#A#L", f"{work.event_id}#A%23L"]
        self.assertEqual(sorted(self._moves().mapped("millwright_operation_id")), keys)

    # -- one at a time --------------------------------------------------------------------

    def _place_of_order(self):
        """Where the row of the order lies in the table: another place after each write."""
        self.env.cr.execute("SELECT ctid::text FROM millwright_fake_work_order WHERE external_id = '5120'")
        return self.env.cr.fetchone()[0]

    def test_movements_and_snapshots_write_the_row_of_their_order(self):
        places = [self._place_of_order()]
        for work in (self._post("1", "1"), self._converge(("88", "1")), self._converge(("88", "1"))):
            self._apply(work)
            places.append(self._place_of_order())
        self.assertEqual(len(set(places)), 4)
        self._apply(self._check(("88", "1")))
        self.assertEqual(self._place_of_order(), places[-1])

    def test_who_waited_for_an_order_meets_a_conflict_and_posts_nothing(self):
        """What PostgreSQL promises of such a write, shown with two connections on a row of Odoo's own."""
        stage = self.env.ref("maintenance.stage_0").id
        write = SQL("UPDATE maintenance_stage SET write_date = write_date WHERE id = %s", stage)
        with self.registry.cursor() as first, self.registry.cursor() as second:
            second.execute("SELECT count(*) FROM stock_move")  # what it read before
            first.execute(write)
            first.commit()
            with mute_logger("odoo.sql_db"), self.assertRaises(SerializationFailure):
                second.execute(write)
            second.rollback()

    def test_two_inputs_of_one_event_would_not_post_twice(self):
        work = self._converge(("88", "3"), version=None)
        self._apply(work)
        fields = {**work.command["fields"], "lines": self._total([("88", "4")], "5120")["lines"]}
        again = replace(work, command={**work.command, "fields": fields})
        self.assertIgnored(self._apply(again), "duplicate")
        self.assertEqual(self._amounts(), [3])
