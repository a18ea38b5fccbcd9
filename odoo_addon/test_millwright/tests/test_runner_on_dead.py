from odoo.tests import tagged

from odoo.addons.millwright.exceptions import PermanentError
from odoo.addons.millwright.tools.canonical import contract_hash

from .core import CoreCase
from .fake_contract import fake_contract


@tagged("post_install", "-at_install", "millwright")
class TestRunnerOnDead(CoreCase):
    """What a dead letter means for what comes behind it, as its flow says."""

    def run_failing(self, kind, wrong):
        """Run while the handler of a kind refuses the commands of one event."""
        handler = type(self.env[f"millwright.handler.{kind}"])
        original = handler._apply

        def apply(model, works):
            if any(work.event_id == wrong for work in works):
                raise PermanentError("The test refuses it.")
            return original(model, works)

        self.patch(handler, "_apply", apply)
        with self.assertLogs("odoo.addons.millwright.models.inbox_claim", "WARNING"):
            self.run_inbox()
        self.patch(handler, "_apply", original)

    def let_block(self, *flows):
        document = fake_contract("1.1.0")
        for flow in flows:
            document["flows"][flow]["on_dead"] = "block"
        document.pop("hash")
        document["hash"] = contract_hash(document)
        self.backend.contract_id = self.register_contract(document)
        self.contract = self.backend.contract_id

    def use(self, event_id, part="S1"):
        return self.store("USED", event_id, order="9", part=part, quantity=1)

    def order(self, day, status="new", **payload):
        at = f"2026-09-{day:02}T08:00:00Z"
        return self.store("ORDER", f"o{day}", id="9", name="Oil change", status=status, at=at, **payload)

    def prepare(self):
        """An order, a movement that dies and one of the same part behind it."""
        self.order(1)
        self.run_inbox()
        dead, behind = self.use("dead"), self.use("behind")
        self.run_failing("parts_consumption", "dead")
        self.assertEqual(dead.state, "dead")
        return dead, behind

    def test_by_default_what_comes_behind_a_dead_letter_goes_on(self):
        _dead, behind = self.prepare()
        self.assertEqual(behind.state, "done")

    def test_where_the_flow_says_block_it_waits_and_says_for_what(self):
        self.let_block("consumption")
        dead, behind = self.prepare()
        self.run_inbox(times=2)
        self.assertEqual((behind.state, behind.code), ("held", "waits_behind"))
        self.assertIn(str(dead.id), behind.last_error)
        self.assertEqual(behind.action_open_cause()["res_id"], dead.id)
        self.assertFalse(self.moves())

    def test_it_blocks_its_own_key_only(self):
        self.let_block("consumption")
        bolt = self.env["product.product"].create({"name": "Bolt", "is_storable": True})
        self.env["millwright.part"].create(
            {"backend_id": self.backend.id, "external_id": "S2", "product_id": bolt.id}
        )
        self.prepare()
        other = self.use("other", part="S2")
        self.run_inbox()
        self.assertEqual(other.state, "done")

    def test_redriving_it_carries_out_both_in_their_order(self):
        self.let_block("consumption")
        dead, behind = self.prepare()
        dead.action_redrive()
        self.run_inbox(times=2)
        self.assertEqual((dead.state, behind.state), ("done", "done"))
        keys = self.moves().sorted("id").mapped("millwright_operation_id")
        self.assertEqual(keys, ["dead", "behind"])

    def test_ignoring_it_lets_the_next_go_on(self):
        self.let_block("consumption")
        dead, behind = self.prepare()
        dead.action_ignore()
        self.run_inbox()
        self.assertEqual((dead.state, behind.state), ("ignored", "done"))
        self.assertEqual(self.moves().mapped("millwright_operation_id"), ["behind"])

    def test_a_closing_waits_for_a_dead_letter_that_blocks(self):
        self.let_block("consumption")
        dead, _behind = self.prepare()
        closing = self.order(2, "closed", lines=[])
        self.run_inbox(times=2)
        request = self.env["millwright.fake.work_order"].search([]).request_id
        self.assertFalse(request.stage_id.done)
        self.assertEqual(set(closing.child_ids.mapped("code")), {"waits_behind"})
        dead.action_ignore()
        self.run_inbox(times=2)
        self.assertTrue(request.stage_id.done)

    def test_snapshots_do_not_coalesce_across_a_dead_letter_that_blocks(self):
        self.let_block("work_order")
        self.order(1)
        first, dead, last = self.order(2), self.order(3), self.order(4)
        dead._set_state("dead", code="test")
        dead.write({"ordering_key": "work_order/9", "group_key": "work_order/9", "blocks": True})
        self.run_inbox(times=2)
        self.assertEqual((first.state, last.code), ("done", "waits_behind"))
