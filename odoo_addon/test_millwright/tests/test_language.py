from odoo import Command
from odoo.tests import TransactionCase, new_test_user, tagged

from odoo.addons.millwright.tools.canonical import contract_hash

from .outbox_common import OutboxMixin


@tagged("post_install", "-at_install", "millwright")
class TestLanguage(OutboxMixin, TransactionCase):
    """Names that Odoo translates come and go in the language of the backend's technical user."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("de_DE")
        cls.set_up_backend()
        cls.backend.user_id.lang = "de_DE"
        cls.category = cls.env["maintenance.equipment.category"].create({"name": "Presses"})
        cls.category.with_context(lang="de_DE").name = "Pressen"

    @classmethod
    def outgoing_contract(cls, version="2.0.0", **rules):
        document = super().outgoing_contract(version, **rules)
        document.pop("hash")
        document["flows"]["asset"]["inputs"]["event"]["fields"]["category"] = {
            "type": "ref",
            "from": ["event.category"],
            "required": False,
            "by": "name",
            "missing": "create",
            "absent": "keep",
            "null": "clear",
            "system_of_record": "odoo",
            "on_conflict": "odoo",
        }
        document["writes"]["flows"]["asset"]["values"]["category"] = {"field": "category", "value": None}
        document["hash"] = contract_hash(document)
        return document

    def test_a_technical_user_speaks_as_who_prepared_its_backend(self):
        manager = new_test_user(self.env, "language-manager", "millwright.group_manager", lang="de_DE")
        backend = self.env["millwright.backend"].create(
            {
                "name": "Other",
                "code": "fake-2",
                "connector_id": self.contract.connector_id.id,
                "plant_ids": [Command.set(self.plant.ids)],
            }
        )
        backend.with_user(manager).action_prepare()
        self.assertEqual(backend.user_id.lang, "de_DE")

    def test_a_name_that_comes_in_is_found_in_that_language(self):
        row = self.store("ASSET", "a", id="7", name="Press", category="Pressen")
        self.run_inbox()
        self.assertEqual(row.state, "done", row.last_error)
        equipment = self.env["maintenance.equipment"].browse(row.document_id)
        self.assertEqual(equipment.category_id, self.category)

    def test_a_name_goes_out_in_that_language_whoever_saved_the_record(self):
        for lang in ("de_DE", "en_US"):
            equipment = self.env["maintenance.equipment"].with_context(lang=lang)
            equipment.create({"name": lang, "category_id": self.category.id, "company_id": self.company.id})
            (message,) = self.lease()
            self.assertEqual(
                (message["fields"]["name"], message["fields"]["category"]["value"]), (lang, "Pressen")
            )
