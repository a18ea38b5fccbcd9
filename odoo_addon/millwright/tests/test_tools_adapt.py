from odoo.tests import BaseCase, tagged

from ..tools import adapt
from ..tools.contract_reader import compile_contract
from .tools_common import contract


@tagged("post_install", "-at_install", "millwright")
class TestAdapt(BaseCase):
    def setUp(self):
        super().setUp()
        self.document = contract()

    def columns(self, flow="machine"):
        return self.document["flows"][flow]["columns"]

    def test_a_renamed_flow_serves_the_same_events_under_its_new_name(self):
        events = [name for name, event in self.document["events"].items() if "machine" in event["flows"]]
        adapt.rename_flow(self.document, "machine", "asset", "millwright.acme.asset")
        self.assertEqual(self.document["flows"]["asset"]["model"], "millwright.acme.asset")
        self.assertNotIn("machine", self.document["flows"])
        renamed = [name for name, event in self.document["events"].items() if "asset" in event["flows"]]
        self.assertEqual(renamed, events)
        compile_contract(self.document)

    def test_what_is_written_of_a_flow_goes_with_its_name(self):
        self.document["writes"] = {"token": None, "flows": {"machine": {"create": {}}, "job": {}}}
        adapt.rename_flow(self.document, "machine", "asset", "millwright.acme.asset")
        self.assertEqual(self.document["writes"]["flows"], {"job": {}, "asset": {"create": {}}})
        adapt.drop_flow(self.document, "asset")
        self.assertEqual(self.document["writes"]["flows"], {"job": {}})

    def test_a_dropped_flow_leaves_its_events_known(self):
        events = list(self.document["events"])
        adapt.drop_flow(self.document, "machine")
        self.assertEqual(list(self.document["events"]), events)
        compile_contract(self.document)

    def test_columns_are_renamed_retyped_and_dropped(self):
        name = sorted(self.columns())[0]
        adapt.rename_column(self.document, "machine", name, "other")
        adapt.retype_column(self.document, "machine", "other", "datetime")
        self.assertEqual(self.columns()["other"]["type"], "datetime")
        self.assertEqual(self.columns()["other"]["time_zone"], "UTC")
        adapt.retype_column(self.document, "machine", "other", "text")
        self.assertNotIn("time_zone", self.columns()["other"])
        compile_contract(self.document)
        adapt.drop_column(self.document, "machine", "other")
        self.assertNotIn("other", self.columns())

    def test_a_contract_that_knows_the_new_names_stays_as_it_is(self):
        before = contract()
        adapt.rename_flow(self.document, "gone", "asset", "millwright.acme.asset")
        adapt.rename_column(self.document, "machine", "gone", "other")
        adapt.retype_column(self.document, "gone", "gone", "text")
        adapt.drop_column(self.document, "gone", "gone")
        adapt.drop_flow(self.document, "gone")
        self.assertEqual(self.document, before)
