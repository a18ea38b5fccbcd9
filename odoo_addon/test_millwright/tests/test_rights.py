from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .core import CoreCase

OPERATIONS = ("read", "write", "create", "unlink")
# What a role may do to a row of its own plant; to a foreign one nobody may do anything.
ROLES = {
    # model: (viewer, data steward, operator, integration manager), each of r, w, c, u
    "backend": ("r", "r", "r", "rwcu"),
    "plant": ("r", "r", "r", "rwcu"),
    "route": ("r", "r", "r", "rwcu"),
    "cross.reference": ("r", "rwcu", "rwcu", "rwcu"),
    "part": ("r", "rwcu", "rwcu", "rwcu"),
    "inbox": ("r", "r", "r", "r"),
    "outbox": ("r", "r", "r", "r"),
    "remote.state": ("r", "r", "r", "r"),
    "discrepancy": ("r", "r", "r", "r"),
    "audit": ("", "", "", "r"),
}
GROUPS = ("viewer", "steward", "operator", "manager")


@tagged("post_install", "-at_install", "millwright")
class TestRights(CoreCase):
    """Role by model by operation, over own rows and those of another plant, company and backend."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company_2 = cls.env["res.company"].create({"name": "Second company"})
        cls.plants = {"own": cls.plant, "plant": cls.create_plant("P2")}
        cls.plants["company"] = cls.create_plant("P1", cls.company_2)  # the same code as the own plant's
        cls.rows = {where: cls.create_rows(where, plant) for where, plant in cls.plants.items()}

    @classmethod
    def create_rows(cls, where, plant):
        backend = cls.backend
        if where != "own":
            backend = cls.env["millwright.backend"].create(
                {
                    "name": where,
                    "code": f"fake-{where}",
                    "connector_id": cls.contract.connector_id.id,
                    "plant_ids": [Command.set(plant.ids)],
                }
            )
            backend.action_prepare()
        common = {"backend_id": backend.id, "plant_id": plant.id}
        message = {"event_id": f"rights-{where}", "event": "CHANGED", "state": "held"}
        difference = {"flow": "f", "work_order_external_id": "1", "part_external_id": "2"}
        values = {
            "cross.reference": {**common, "table": "plant", "code": "X"},
            "part": {"backend_id": backend.id, "external_id": "X"},
            "inbox": {**common, **message, "company_id": plant.company_id.id},
            "discrepancy": {**common, **difference},
            "audit": {
                "backend_code": backend.code,
                "plant_code": plant.code,
                "company_ref": plant.company_id.id,
                "operation": "upsert",
            },
            "outbox": {
                **common,
                "company_id": plant.company_id.id,
                "flow": "asset",
                "kind": "equipment",
                "operation": "create",
                "idempotency_key": f"rights-{where}",
                "ordering_key": "asset/1",
                "record_model": "maintenance.equipment",
                "record_id": 1,
                "reference": "X",
            },
            "remote.state": {
                "backend_id": backend.id,
                "flow": "asset",
                "record_model": "maintenance.equipment",
                "record_id": 1,
                "reference": "X",
            },
            "fake.asset": {**common, "company_id": plant.company_id.id, "external_id": "X"},
        }
        rows = {name: cls.env[f"millwright.{name}"].create(vals) for name, vals in values.items()}
        return {**rows, "backend": backend, "plant": plant, "route": backend.route_ids[0]}

    def user(self, group, login=None, **values):
        scope = {"company_id": self.company.id, "company_ids": [Command.set(self.company.ids)]}
        return new_test_user(
            self.env,
            login or f"rights-{group}",
            groups=f"millwright.group_{group}",
            **{**scope, **values},
        )

    def visible(self, user, name):
        """Whose rows the user finds, counted by search, by grouping and by reading."""
        model = self.env[f"millwright.{name}"].with_user(user)
        ids = {where: rows[name].id for where, rows in self.rows.items()}
        found = {where for where, row_id in ids.items() if row_id in model.search([]).ids}
        grouped = model._read_group([("id", "in", list(ids.values()))], ["id"], ["__count"])
        self.assertEqual({row.id for row, _count in grouped}, {ids[where] for where in found}, name)
        for where, row_id in ids.items():
            allowed = model.browse(row_id).has_access("read")
            self.assertEqual(allowed, where in found, (name, where))
            if not allowed:
                with mute_logger("odoo.addons.base.models.ir_rule"), self.assertRaises(AccessError):
                    model.browse(row_id).read(["display_name"])
        return found

    def test_audit_rows_are_written_by_nobody_who_may_not_create_them(self):
        manager = new_test_user(self.env, "auditor", groups="millwright.group_manager")
        values = {"flow": "asset", "operation": "upsert"}
        audit = self.env["millwright.audit"]
        with mute_logger("odoo.addons.base.models.ir_model"), self.assertRaises(AccessError):
            audit.with_user(manager)._append([values])
        audit._append([{**values, "detail": False}])
        row = audit.search([("flow", "=", "asset"), ("operation", "=", "upsert")], order="id desc", limit=1)
        self.assertTrue(row.at)
        self.assertFalse(row.detail)

    def test_a_role_may_do_what_its_row_says_and_nothing_to_foreign_rows(self):
        for column, group in enumerate(GROUPS):
            user = self.user(group, millwright_plant_ids=[Command.set(self.plant.ids)])
            for name, rights in ROLES.items():
                for operation in OPERATIONS:
                    wanted = operation[0] in rights[column]
                    for where, rows in self.rows.items():
                        row = rows[name].with_user(user)
                        cell = (group, name, operation, where)
                        self.assertEqual(row.has_access(operation), wanted and where == "own", cell)

    def test_a_list_of_plants_a_list_of_backends_and_companies_narrow_every_model(self):
        both = (self.company + self.company_2).ids
        second_backend = self.rows["plant"]["backend"]
        cases = {
            "companies": ({}, {"own", "plant"}),
            "plants": ({"millwright_plant_ids": [Command.set(self.plant.ids)]}, {"own"}),
            "backends": ({"millwright_backend_ids": [Command.set(second_backend.ids)]}, {"plant"}),
            "all": ({"company_ids": [Command.set(both)]}, {"own", "plant", "company"}),
        }
        for case, (values, wanted) in cases.items():
            user = self.user("manager", login=f"rights-{case}", **values)
            for name in (*ROLES, "fake.asset"):
                if name == "plant" and case == "backends":
                    continue  # a plant is a place; a list of backends does not hide it
                with self.subTest(case=case, model=name):
                    self.assertEqual(self.visible(user, name), wanted)

    def test_a_technical_user_sees_its_own_backend_only(self):
        for where, rows in self.rows.items():
            user = rows["backend"].user_id
            for name in (*ROLES, "fake.asset"):
                if name not in ("audit", "outbox", "remote.state"):  # it has no right to these
                    self.assertEqual(self.visible(user, name), {where}, name)

    def test_a_changed_list_counts_at_once(self):
        user = self.user("viewer")
        self.assertEqual(self.visible(user, "part"), {"own", "plant"})
        user.millwright_plant_ids = self.plant
        self.assertEqual(self.visible(user, "part"), {"own"})

    def test_an_archived_plant_on_a_user_does_not_open_the_others(self):
        user = self.user("viewer", millwright_plant_ids=[Command.set(self.plants["plant"].ids)])
        self.plants["plant"].active = False
        self.assertEqual(self.visible(user, "inbox"), {"plant"})

    def test_counts_leave_out_what_the_user_may_not_see(self):
        self.rows["plant"]["inbox"].backend_id = self.backend
        self.backend.plant_ids += self.plants["plant"]
        user = self.user("viewer", millwright_plant_ids=[Command.set(self.plant.ids)])
        self.env.invalidate_all()
        self.assertEqual(self.backend.with_user(user).held_count, 1)
        self.assertEqual(self.backend.held_count, 2)

    def test_a_data_steward_does_not_move_messages(self):
        with self.assertRaises(AccessError):
            self.rows["own"]["inbox"].with_user(self.user("steward")).action_release()

    def test_the_technical_user_has_user_rights_and_no_managers(self):
        user = self.backend.user_id
        for group in ("stock.group_stock_user", "purchase.group_purchase_user"):
            self.assertTrue(user.has_group(group), group)
        for group in (
            "stock.group_stock_manager",
            "purchase.group_purchase_manager",
            "maintenance.group_equipment_manager",
            "base.group_system",
            "millwright.group_viewer",
        ):
            self.assertFalse(user.has_group(group), group)

    def test_a_purchase_above_the_limit_stays_to_approve(self):
        self.company.write({"po_double_validation": "two_step", "po_double_validation_amount": 100})
        line = {"product_id": self.product.id, "product_qty": 1, "price_unit": 500}
        order = (
            self.env["purchase.order"]
            .with_user(self.backend.user_id)
            .create(
                {
                    "partner_id": self.env["res.partner"].create({"name": "Supplier"}).id,
                    "company_id": self.company.id,
                    "order_line": [Command.create(line)],
                }
            )
        )
        order.button_confirm()
        self.assertEqual(order.state, "to approve")
