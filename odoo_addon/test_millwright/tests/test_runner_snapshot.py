from odoo.tests import tagged

from .core import CoreCase
from .fake_contract import snapshot_contract


@tagged("post_install", "-at_install", "millwright")
class TestRunnerSnapshot(CoreCase):
    """A connector whose work orders bring the whole of what they have used."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls.register_contract(snapshot_contract("zero"))
        cls.backend.contract_id = cls.contract

    def order(self, event_id, at, *quantities):
        lines = [{"part": "S1", "quantity": quantity} for quantity in quantities]
        day = f"2026-09-0{at}T08:00:00Z"
        return self.store("ORDER", event_id, id="9", name="Oil change", status="new", at=day, lines=lines)

    def amounts(self):
        return [move.quantity * (1 if move.is_out else -1) for move in self.moves().sorted("id")]

    def test_snapshots_go_up_and_down_in_their_order(self):
        messages = []
        for day, quantities in enumerate(([3], [5], []), start=1):
            messages.append(self.order(f"o{day}", day, *quantities))
            self.run_inbox()
        self.assertEqual([message.state for message in messages], ["done"] * 3)
        self.assertEqual(self.amounts(), [3, 2, -5])
        keys = self.moves().sorted("id").mapped("millwright_operation_id")
        self.assertEqual(keys, ["o1#S1", "o2#S1", "o3#S1"])
        row = self.env["millwright.fake.consumption"].search([])
        self.assertEqual((row.external_id, row.state), ("9/converge", "done"))
        self.assertEqual(row.synchronised_version, "2026-09-03T08:00:00.000000Z")

    def test_an_older_snapshot_that_comes_late_is_superseded(self):
        self.order("new", 2, 5)
        self.run_inbox()
        late = self.order("old", 1, 3)
        self.run_inbox()
        self.assertEqual(set(late.child_ids.mapped("code")), {"superseded"})
        self.assertEqual(self.amounts(), [5])

    def test_the_same_snapshot_delivered_again_posts_nothing(self):
        self.order("o1", 1, 3)
        self.order("o1", 1, 3)
        again = self.order("other-id", 1, 3)
        self.run_inbox(times=2)
        self.assertEqual(again.state, "done")
        self.assertEqual(self.amounts(), [3])

    def test_a_held_snapshot_lets_none_pass_and_goes_on_by_itself(self):
        self.part.product_id = False
        first = self.order("o1", 1, 3)
        self.run_inbox(times=2)
        second = self.order("o2", 2, 5)
        self.run_inbox(times=2)
        self.assertEqual((first.state, second.state), ("held", "held"))
        self.part.product_id = self.product
        self.run_inbox(times=2)
        self.assertEqual((first.state, second.state), ("done", "done"))
        self.assertEqual(self.amounts(), [3, 2])
