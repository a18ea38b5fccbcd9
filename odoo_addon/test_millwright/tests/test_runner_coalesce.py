from odoo.tests import tagged

from .core import CoreCase
from .fake_contract import snapshot_contract


@tagged("post_install", "-at_install", "millwright")
class TestRunnerCoalesce(CoreCase):
    """Of several snapshots of one record that wait, the newest is carried out."""

    def asset(self, day, event_id=None, **payload):
        at = f"2026-09-{day:02}T08:00:00Z"
        payload.setdefault("name", f"Name {day}")
        return self.store("ASSET", event_id or f"a{day}", id="7", at=at, **payload)

    def order(self, day, **payload):
        at = f"2026-09-{day:02}T08:00:00Z"
        payload = {"name": f"Order {day}", "status": "new", **payload}
        return self.store("ORDER", f"o{day}", id="9", at=at, **payload)

    def ends(self, rows):
        return [row.code if row.state == "ignored" else row.state for row in rows]

    def equipment(self):
        return self.env["millwright.fake.asset"].search([("external_id", "=", "7")]).equipment_id

    def test_only_the_newest_of_those_that_wait_is_applied(self):
        rows = [self.asset(day) for day in range(1, 9)]
        self.run_inbox()
        self.assertEqual(self.ends(rows), ["coalesced"] * 7 + ["done"])
        self.assertIn(str(rows[-1].id), rows[0].last_error)
        self.assertEqual(self.equipment().name, "Name 8")
        audits = self.env["millwright.audit"].search([("event_id", "in", [row.event_id for row in rows])])
        self.assertEqual(audits.mapped("event_id"), ["a8"])

    def test_a_later_arrival_with_an_older_version_stands_for_nothing(self):
        rows = [self.asset(2), self.asset(3), self.asset(1)]
        self.run_inbox()
        self.assertEqual(self.ends(rows), ["coalesced", "done", "superseded"])
        self.assertEqual(self.equipment().name, "Name 3")

    def test_records_do_not_stand_for_one_another(self):
        rows = [self.asset(1), self.store("ASSET", "other", id="8", name="Saw")]
        self.run_inbox()
        self.assertEqual(self.ends(rows), ["done", "done"])

    def test_a_snapshot_that_says_less_does_not_stand_for_one_that_says_more(self):
        more, less = self.asset(1, serial="X1"), self.asset(2)
        full = self.asset(3, "late", serial="X3")
        last = self.asset(4)
        self.run_inbox()
        self.assertEqual(self.ends([more, less, full, last]), ["coalesced", "coalesced", "done", "done"])
        self.assertEqual((self.equipment().serial_no, self.equipment().name), ("X3", "Name 4"))

    def test_a_movement_between_sees_the_older_and_is_never_left_out(self):
        self.asset(1)
        first = self.order(1)
        used = [self.store("USED", f"u{n}", order="9", part="S1", quantity=1) for n in (1, 2)]
        rows = [first, *used, self.order(2), self.order(3)]
        self.run_inbox()
        self.assertEqual(self.ends(rows), ["done", "done", "done", "coalesced", "done"])
        self.assertEqual(self.moves().mapped("quantity"), [1, 1])

    def test_a_deletion_between_is_carried_out(self):
        first = self.order(1)
        gone = self.store("ORDER_DELETED", "d", id="9", at="2026-09-02T08:00:00Z")
        last = self.order(3)
        self.run_inbox(times=2)
        self.assertEqual(self.ends([first, gone, last]), ["done", "done", "done"])

    def test_what_may_be_held_does_not_take_the_place_of_what_can_go_on(self):
        rows = [self.order(1), self.order(2, asset="7")]
        used = self.store("USED", "u", order="9", part="S1", quantity=1)
        self.run_inbox()
        self.assertEqual(self.ends([*rows, used]), ["done", "held", "done"])
        self.asset(1)
        rows += [self.order(3, asset="7"), self.order(4, asset="7")]
        self.run_inbox(times=2)
        self.assertEqual(self.ends(rows), ["done", "coalesced", "coalesced", "done"])

    def test_a_dead_letter_put_back_after_a_newer_one_is_superseded(self):
        old = self.asset(1)
        old._set_state("dead", code="test")
        self.asset(2)
        self.run_inbox()
        old.action_redrive()
        self.run_inbox()
        self.assertEqual(self.ends([old]), ["superseded"])
        self.assertEqual(self.equipment().name, "Name 2")

    def test_a_dead_letter_put_back_before_a_newer_one_waits_for_it(self):
        old = self.asset(1)
        old._set_state("dead", code="test")
        newer = self.asset(2)
        old.action_redrive()
        self.run_inbox()
        self.assertEqual(self.ends([old, newer]), ["coalesced", "done"])


@tagged("post_install", "-at_install", "millwright")
class TestRunnerCoalesceTotals(CoreCase):
    """A connector whose work orders bring the whole of what they have used."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls.register_contract(snapshot_contract("keep"))
        cls.backend.contract_id = cls.contract
        bolt = cls.env["product.product"].create({"name": "Bolt", "is_storable": True})
        cls.env["millwright.part"].create(
            {"backend_id": cls.backend.id, "external_id": "S2", "product_id": bolt.id}
        )

    def order(self, day, **parts):
        lines = [{"part": part, "quantity": quantity} for part, quantity in parts.items()]
        payload = {"name": "Oil change", "status": "new", "lines": lines}
        return self.store("ORDER", f"o{day}", id="9", at=f"2026-09-0{day}T08:00:00Z", **payload)

    def ends(self, messages):
        rows = [message.child_ids.filtered(lambda row: row.flow == "consumption") for message in messages]
        return [row.code if row.state in ("ignored", "held") else row.state for row in rows]

    def test_the_newest_total_is_posted_and_nothing_in_between(self):
        messages = [self.order(1, S1=3), self.order(2, S1=5), self.order(3, S1=4, S2=1)]
        self.run_inbox(times=2)
        self.assertEqual(self.ends(messages), ["coalesced", "coalesced", "done"])
        moves = self.moves().sorted("millwright_operation_id")
        self.assertEqual(moves.mapped("millwright_operation_id"), ["o3#S1", "o3#S2"])
        self.assertEqual(moves.mapped("quantity"), [4, 1])

    def test_a_total_that_keeps_a_part_does_not_stand_for_one_that_names_it(self):
        messages = [self.order(1, S1=3), self.order(2, S2=1)]
        self.run_inbox(times=2)
        self.assertEqual(self.ends(messages), ["done", "done"])
        self.assertEqual(sorted(self.moves().mapped("quantity")), [1, 3])
