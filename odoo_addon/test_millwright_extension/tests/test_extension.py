from odoo import Command
from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install", "millwright")
class TestExtension(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        connector = cls.env["millwright.connector"].search([("code", "=", "atlas")])
        company = cls.env.company
        location = {"name": "Maintenance", "usage": "production", "company_id": company.id}
        plant = cls.env["millwright.plant"].create(
            {
                "name": "Extended",
                "code": "extended",
                "company_id": company.id,
                "warehouse_id": cls.env["stock.warehouse"]
                .search([("company_id", "=", company.id)], limit=1)
                .id,
                "consumption_location_id": cls.env["stock.location"].create(location).id,
            }
        )
        cls.backend = cls.env["millwright.backend"].create(
            {
                "name": "Extended",
                "code": "extended",
                "connector_id": connector.id,
                "plant_ids": [Command.set(plant.ids)],
            }
        )

    def test_a_field_of_an_extension_stands_beside_the_generated_ones(self):
        asset = self.env["millwright.atlas.asset"].create(
            {
                "backend_id": self.backend.id,
                "external_id": "7",
                "code": "P-7",
                "inspector_note": "Seal worn",
            }
        )
        self.assertTrue(asset.is_inspected)
        self.assertEqual(asset.display_name, "P-7 (7)")

    def test_a_view_of_an_extension_finds_its_place_in_the_generated_one(self):
        views = self.env["millwright.atlas.asset"].get_views([(False, "form")])
        self.assertIn('name="inspector_note"', views["views"]["form"]["arch"])

    def test_the_technical_user_sees_the_rows_of_its_own_backend_only(self):
        group = self.env.ref("millwright.group_technical")
        assets = self.env["millwright.atlas.asset"]
        for code in ("first", "second"):
            user = self.env["res.users"].create(
                {"name": code, "login": code, "group_ids": [Command.link(group.id)]}
            )
            backend = self.backend.copy({"code": code, "user_id": user.id})
            assets |= assets.create({"backend_id": backend.id, "external_id": "8"})
        for asset in assets:
            seen = assets.with_user(asset.backend_id.user_id).search([("id", "in", assets.ids)])
            self.assertEqual(seen, asset)
