import json

from odoo.tests import TransactionCase
from odoo.tools import file_open

from odoo.addons.millwright.tools.contract_reader import compile_contract

RECORDS = {
    "equipment": "maintenance.equipment",
    "work_order": "maintenance.request",
    "parts_consumption": "stock.move",
}
COLUMNS = {
    "text": "char",
    "integer": "integer",
    "decimal": "float",
    "boolean": "boolean",
    "date": "date",
    "datetime": "datetime",
}


class ConnectorCase(TransactionCase):
    """For the tests that are generated with a connector: does what was generated fit together?

    How a contract is carried out is tested in the runtime, not once more for each connector.
    """

    def check_registered(self, connector, digest):
        """The addon's file is the contract that this test was generated with, and is registered."""
        with file_open(f"millwright_{connector}/contract.json") as file:
            self.assertEqual(json.load(file)["hash"], digest)
        contract = self._get_contract(connector, digest)
        self.assertEqual(len(contract), 1, f"contract {digest} of {connector} is not registered")
        self.assertEqual(contract._get_document()["connector"]["code"], connector)
        compile_contract(contract._get_document())

    def check_flow(self, connector, name):
        """The flow's model has what the contract says, can be looked at, and is changed by nobody by hand."""
        with file_open(f"millwright_{connector}/contract.json") as file:
            flow = json.load(file)["flows"][name]
        model = self.env[flow["model"]]
        self.assertEqual(model._millwright_connector, connector)
        self.assertEqual(model._millwright_flow, name)
        record = model._fields.get(model._millwright_record)
        self.assertEqual(record and record.comodel_name, RECORDS.get(flow["kind"]))
        for column, mapping in flow["columns"].items():
            self.assertIn(column, model._fields)
            self.assertEqual(model._fields[column].type, COLUMNS[mapping["type"]], column)
        self._check_screens(model)
        self._check_rights(model)

    def _get_contract(self, connector, digest):
        domain = [("connector_id.code", "=", connector), ("hash", "=", digest)]
        return self.env["millwright.contract"].search(domain)

    def _check_screens(self, model):
        action = self.env["ir.actions.act_window"].search([("res_model", "=", model._name)], limit=1)
        self.assertTrue(action, f"nothing opens {model._name}")
        reference = f"ir.actions.act_window,{action.id}"
        self.assertTrue(self.env["ir.ui.menu"].search([("action", "=", reference)]))
        views = model.get_views([(False, kind) for kind in ("list", "form", "search", "pivot")])
        if model._millwright_record:
            self.assertIn(model._millwright_record, views["models"][model._name]["fields"])

    def _check_rights(self, model):
        rights = self.env["ir.model.access"].search([("model_id.model", "=", model._name)])
        technical = self.env.ref("millwright.group_technical")
        changing = rights.filtered(lambda right: right.perm_write or right.perm_create)
        self.assertEqual(changing.group_id, technical)
        self.assertFalse(rights.filtered("perm_unlink"), "integration rows are never deleted")
        self.assertIn(self.env.ref("millwright.group_viewer"), rights.filtered("perm_read").group_id)
        rules = self.env["ir.rule"].search([("model_id.model", "=", model._name)])
        self.assertTrue(rules, f"{model._name} is not kept apart by company")
