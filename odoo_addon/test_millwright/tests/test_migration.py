from odoo.tests import TransactionCase, tagged

from odoo.addons.millwright.migration.messages import FLOW_TABLES


@tagged("post_install", "-at_install", "millwright")
class TestMigration(TransactionCase):
    def test_a_flow_is_renamed_in_every_table_that_names_one(self):
        named = {
            model._table
            for model in self.env.registry.values()
            if model._original_module == "millwright"
            and model._auto
            and not model._abstract
            and not model._transient
            and {"flow", "backend_id"} <= {name for name, field in model._fields.items() if field.store}
        }
        self.assertEqual(named - {"millwright_audit"}, set(FLOW_TABLES))
