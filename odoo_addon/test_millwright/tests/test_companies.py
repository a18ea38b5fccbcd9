from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .core import CoreCase

DOCUMENTS = ("maintenance.equipment", "maintenance.request", "stock.move", "purchase.order")
# What the addon keeps of a backend, beside what test_rights.py has.
KEPT = ("overview", "stuck.key", "conflict", "incident", "retention.hold", "key", "inbox", "discrepancy")
ROLES = ("viewer", "steward", "operator", "manager")
NOT_READ = {(role, "key") for role in ROLES[:-1]}  # what a role sees of no company


@tagged("post_install", "-at_install", "millwright")
class TestCompanies(CoreCase):
    """A backend for two companies carries out each row in its own; what is of one company is no other's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company_2 = cls.env["res.company"].create({"name": "Second company"})
        team = cls.env["maintenance.team"].create({"name": "Team 2", "company_id": cls.company_2.id})
        cls.plant_2 = cls.create_plant("P2", cls.company_2, maintenance_team_id=team.id)

    def create_backend(self, code, plant):
        backend = self.env["millwright.backend"].create(
            {
                "name": code,
                "code": code,
                "connector_id": self.contract.connector_id.id,
                "plant_ids": [Command.set(plant.ids)],
            }
        )
        backend.action_prepare()
        return backend

    def serve_both(self):
        """The backend has a plant in each company, told apart by the site that an event names."""
        self.backend.plant_ids += self.plant_2
        self.backend.action_prepare()
        self.env["millwright.cross.reference"].create(
            [
                {"backend_id": self.backend.id, "code": plant.code, "plant_id": plant.id}
                for plant in self.plant + self.plant_2
            ]
        )

    def work(self, site, number):
        """Equipment, an order and what it used, of one site: the records of Odoo that they become."""
        return (
            self.store("ASSET", f"a{number}", id=f"{site}-7", name=f"Press {site}", site=site)
            + self.store("ORDER", f"o{number}", id=f"{site}-9", name="Oil", status="new", site=site)
            + self.store("USED", f"u{number}", order=f"{site}-9", part="S1", quantity=number, site=site)
        )

    def documents(self, rows):
        self.assertEqual(set(rows.mapped("state")), {"done"}, rows.mapped("last_error"))
        return [self.env[row.document_model].browse(row.document_id) for row in rows]

    def test_rows_of_two_companies_in_one_run_are_carried_out_each_in_its_own(self):
        self.serve_both()
        seen = []
        handlers = [self.env[f"millwright.handler.{kind}"] for kind in ("equipment", "parts_consumption")]
        for handler in handlers:
            original = type(handler)._apply

            def spy(model, works, original=original):
                env = model.env
                seen.append(
                    {
                        "user": (env.uid, env.su),
                        "company": env.company.id,
                        "allowed": env.companies.ids,
                        "of": {work.plant.company_id.id for work in works},
                    }
                )
                return original(model, works)

            self.startPatcher(patch.object(type(handler), "_apply", spy))
        here, there = self.work("P1", 2), self.work("P2", 3)
        self.run_inbox()
        for call in seen:
            self.assertEqual(call["of"], {call["company"]}, "no batch mixes companies")
            self.assertEqual(call["allowed"], [call["company"]], "the other company is not even allowed")
            self.assertEqual(call["user"], (self.backend.user_id.id, False))
        self.assertEqual({call["company"] for call in seen}, {self.company.id, self.company_2.id})
        cases = ((here, self.plant, self.warehouse, 2), (there, self.plant_2, self.plant_2.warehouse_id, 3))
        for rows, plant, warehouse, quantity in cases:
            equipment, request, move = self.documents(rows)
            company = plant.company_id
            for record in (*rows, equipment, request, move):
                self.assertEqual(record.company_id, company, record)
            self.assertIn(request.maintenance_team_id.company_id, (company, company.browse()))
            self.assertEqual(move.location_id, warehouse.lot_stock_id)
            self.assertEqual(move.location_dest_id, plant.consumption_location_id)
            self.assertEqual((move.state, move.quantity), ("done", quantity))
            self.assertEqual(move.location_dest_id.company_id, company)
            audits = self.env["millwright.audit"].search([("event_id", "in", rows.mapped("event_id"))])
            self.assertEqual(set(audits.mapped("company_ref")), {company.id})
            self.assertEqual(set(audits.mapped("plant_code")), {plant.code})
            integrations = [self.env[row.integration_model].browse(row.integration_id) for row in rows]
            self.assertEqual({row.company_id for row in integrations}, {company})

    def test_a_row_that_names_what_is_of_the_other_company_changes_nothing_there(self):
        self.serve_both()
        self.work("P1", 2)
        self.run_inbox()
        row = self.store("ORDER", "x", id="P2-9", name="Oil", status="new", site="P2", asset="P1-7")
        self.run_inbox()
        self.assertEqual((row.state, row.code), ("held", "equipment_other_company"))
        other = self.env["product.product"].create(
            {"name": "Foreign", "is_storable": True, "company_id": self.company.id}
        )
        self.env["millwright.part"].create(
            {"backend_id": self.backend.id, "external_id": "F", "product_id": other.id}
        )
        self.store("ORDER", "y", id="P2-8", name="Oil", status="new", site="P2")
        used = self.store("USED", "z", order="P2-8", part="F", quantity=1, site="P2")
        self.run_inbox()
        self.assertEqual((used.state, used.code), ("held", "other_company"))
        self.assertEqual(len(self.moves()), 1)

    # -- who sees it ----------------------------------------------------------------------

    def prepare_second(self):
        """A backend of the second company alone, with a row in all that the addon keeps."""
        second = self.create_backend("fake-2", self.plant_2)
        second.issue_key("sidecar")
        common = {"backend_id": second.id, "plant_id": self.plant_2.id, "flow": "asset"}
        first, self.backend = self.backend, second
        for day in (1, 2, 3):
            at = f"2026-09-{day:02}T08:00:00Z"
            self.store("ORDER", f"s{day}", id="9", at=at, name="Oil", status="new", asset="7")
            self.run_inbox()
        self.backend = first
        self.env["millwright.conflict"].create(
            {
                **common,
                "company_id": self.company_2.id,
                "external_id": "7",
                "record_model": "maintenance.equipment",
                "record_id": 1,
                "field": "name",
            }
        )
        self.env["millwright.incident"].create(
            {"backend_id": second.id, "kind": "dead", "queue": "inbox", "flow": "asset", "code": "broken"}
        )
        self.env["millwright.retention.hold"].create({"backend_id": second.id, "reason": "Inquiry"})
        self.env["millwright.discrepancy"].create(
            {**common, "work_order_external_id": "1", "part_external_id": "2"}
        )
        return second

    def count(self, user, name, backend):
        """How many rows of a backend a user finds in a list and in a pivot by backend; the same number."""
        model = self.env[f"millwright.{name}"].with_user(user)
        self.env.flush_all()
        self.env.invalidate_all()
        found = len(model.search([("backend_id", "=", backend.id)]))
        for grouped in (
            model.formatted_read_group([], ["backend_id"], ["__count"]),
            model.web_read_group([], ["backend_id"], aggregates=["__count"])["groups"],
        ):
            counts = {group["backend_id"][0]: group["__count"] for group in grouped if group["backend_id"]}
            self.assertEqual(counts.get(backend.id, 0), found, name)
        return found

    def test_no_list_and_no_pivot_shows_a_role_what_is_of_another_company(self):
        second = self.prepare_second()
        for group in ROLES:
            for company, is_shown in ((self.company, False), (self.company_2, True)):
                user = new_test_user(
                    self.env,
                    f"companies-{group}-{company.id}",
                    groups=f"millwright.group_{group}",
                    company_id=company.id,
                    company_ids=[Command.set(company.ids)],
                )
                for name in KEPT:
                    with self.subTest(group=group, company=company.name, model=name):
                        if not self.env[f"millwright.{name}"].with_user(user).has_access("read"):
                            self.assertIn((group, name), NOT_READ)
                            continue
                        self.assertEqual(bool(self.count(user, name, second)), is_shown)

    def test_a_technical_user_neither_reads_nor_counts_documents_of_another_company(self):
        self.serve_both()
        here, there = self.work("P1", 2), self.work("P2", 3)
        self.run_inbox()
        supplier = self.env["res.partner"].create({"name": "Supplier"})
        orders = self.env["purchase.order"].create(
            [
                {"partner_id": supplier.id, "company_id": plant.company_id.id}
                for plant in self.plant + self.plant_2
            ]
        )
        user = self.create_backend("fake-3", self.plant).user_id
        pairs = [*zip(self.documents(here), self.documents(there), strict=True), (orders[0], orders[1])]
        self.assertEqual([own._name for own, _foreign in pairs], list(DOCUMENTS))
        for own, foreign in pairs:
            with self.subTest(model=own._name):
                both = (own + foreign).with_user(user)
                self.assertEqual(both.search([("id", "in", both.ids)]), own)
                counted = both.formatted_read_group([("id", "in", both.ids)], ["company_id"], ["__count"])
                self.assertEqual([group["company_id"][0] for group in counted], self.company.ids)
                with mute_logger("odoo.addons.base.models.ir_rule"), self.assertRaises(AccessError):
                    both[1].read(["display_name"])
