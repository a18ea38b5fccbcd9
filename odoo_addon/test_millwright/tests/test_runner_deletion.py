from odoo.tests import tagged

from odoo.addons.millwright.tools.canonical import contract_hash

from .core import CoreCase
from .fake_contract import fake_contract


@tagged("post_install", "-at_install", "millwright")
class TestRunnerDeletion(CoreCase):
    """What becomes here of a work order that was deleted there, as the spec says."""

    def run_contract(self, delete, *, deleted=None, **item):
        """The fake contract with this action; `item` and `deleted` change the two inputs of orders."""
        document = fake_contract("1.1.0")
        flow = document["flows"]["work_order"]
        flow["delete"] = delete
        flow["inputs"]["event"].update(item)
        flow["inputs"]["deleted"].update(deleted or {})
        document.pop("hash")
        document["hash"] = contract_hash(document)
        self.contract = self.register_contract(document)
        self.backend.contract_id = self.contract

    def order(self, event_id="o", day=1, **payload):
        payload = {"id": "9", "name": "Oil change", "status": "new", **payload}
        return self.store("ORDER", event_id, at=f"2026-09-0{day}T08:00:00Z", **payload)

    def deletion(self, event_id="gone", day=2):
        return self.store("ORDER_DELETED", event_id, id="9", at=f"2026-09-0{day}T08:00:00Z")

    def request(self):
        return self.env["millwright.fake.work_order"].search([]).request_id

    def test_cancel_archives_the_request(self):
        self.run_contract("cancel")
        self.order()
        message = self.deletion()
        self.run_inbox(times=2)
        self.assertEqual((message.state, message.code), ("done", "updated"))
        self.assertTrue(self.request().archive)

    def test_cancel_of_an_unknown_order_is_a_tombstone(self):
        self.run_contract("cancel")
        message = self.deletion()
        before = self.env["maintenance.request"].search_count([])
        self.run_inbox()
        self.assertEqual((message.state, message.code), ("done", "deleted"))
        late = self.order("late", day=1)
        self.run_inbox()
        self.assertEqual((late.state, late.code), ("ignored", "superseded"))
        self.assertFalse(self.request())
        self.assertEqual(self.env["maintenance.request"].search_count([]), before)
        self.order("revived", day=3)
        self.run_inbox()
        self.assertEqual(self.request().name, "Oil change", "something newer revives it")

    def test_an_unknown_order_that_comes_as_cancelled_is_created(self):
        self.run_contract("cancel", archive_when=[{"path": "event.removed", "equals": True}])
        self.order(removed=True)
        self.run_inbox()
        self.assertTrue(self.request().archive)

    def test_ignore_leaves_the_request_and_says_why(self):
        self.run_contract("ignore", archive_when=[{"path": "event.removed", "equals": True}])
        self.order()
        messages = [self.deletion(), self.order("removed", day=3, removed=True)]
        self.run_inbox(times=2)
        self.assertFalse(self.request().archive)
        self.assertEqual([message.state for message in messages], ["ignored"] * 2)
        self.assertEqual([message.code for message in messages], ["deletion_ignored"] * 2)
        self.assertFalse(self.env["millwright.fake.work_order"].search([("external_id", "!=", "9")]))

    def test_a_record_that_is_gone_when_it_is_fetched_is_a_deletion_if_the_spec_says_so(self):
        """`missing: skip` makes the answer null; which input takes it is the spec's `when`."""
        gone = {"on": ["ORDER"], "when": [{"path": "fetched.order", "present": False}]}
        there = [{"path": "fetched.order", "present": True}]
        self.run_contract("archive", deleted=gone, when=there)
        for event_id, day, answer in (("o", 1, {"id": "9"}), ("gone", 2, None)):
            payload = {"id": "9", "name": "Oil change", "status": "new", "at": f"2026-09-0{day}T08:00:00Z"}
            event = self.cloud_event("ORDER", event_id, **payload)
            event["data"]["fetched"] = {"order": answer}
            self.inbox._store(self.backend, [event])
            self.run_inbox()
        self.assertEqual(self.inbox.search([("event_id", "=", "gone")]).state, "done")
        self.assertTrue(self.request().archive)

    def test_hold_leaves_it_to_a_person(self):
        self.run_contract("hold")
        self.order()
        message = self.deletion()
        self.run_inbox(times=2)
        self.assertEqual((message.state, message.code), ("held", "deletion_held"))
        self.assertFalse(self.request().archive)
        message.action_ignore()
        self.assertEqual(message.state, "ignored")
