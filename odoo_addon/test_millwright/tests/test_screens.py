import json

from odoo.exceptions import UserError
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from .core import CoreMixin


@tagged("post_install", "-at_install", "millwright")
class TestScreens(CoreMixin, TransactionCase):
    """What the screens say and where their buttons lead."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_backend()
        cls.other = cls.env["product.product"].create(
            {"name": "Belt", "default_code": "BELT-1", "is_storable": True}
        )

    def _row(self, state="held", **values):
        number = self.inbox.search_count([]) + 1
        return self.inbox.create(
            {
                "backend_id": self.backend.id,
                "event_id": f"screen-{number}",
                "event": "CHANGED",
                "subject": f"thing/{number}",
                "state": state,
                **values,
            }
        )

    # -- import of parts ------------------------------------------------------------------

    def _import(self, fields, *rows):
        return self.env["millwright.part"].load(list(fields), [list(row) for row in rows])

    def test_import_binds_what_a_message_named_and_adds_the_rest(self):
        named = self.env["millwright.part"].create({"backend_id": self.backend.id, "external_id": "88"})
        result = self._import(
            ("external_id", "name", "product_id"), ("88", "Belt", "BELT-1"), ("89", "x", "")
        )
        self.assertFalse(result["messages"])
        self.assertEqual(result["ids"][0], named.id)
        self.assertEqual((named.name, named.product_id), ("Belt", self.other))
        self.assertFalse(self.env["millwright.part"].browse(result["ids"][1]).product_id)

    def test_import_names_the_backend_when_there_are_two(self):
        self.backend.copy({"code": "fake-2", "name": "Second", "user_id": False})
        with mute_logger("odoo.sql_db"):
            result = self._import(("external_id", "product_id"), ("90", "BELT-1"))
        self.assertTrue(result["messages"])
        result = self._import(("backend_id", "external_id", "product_id"), ("Second", "S1", "BELT-1"))
        self.assertFalse(result["messages"])
        part = self.env["millwright.part"].browse(result["ids"])
        self.assertEqual((part.backend_id.code, part.product_id), ("fake-2", self.other))
        self.assertEqual(self.part.product_id, self.product)

    def test_import_refuses_what_cannot_be_bound(self):
        self.env["product.product"].create({"name": "Advice", "default_code": "SRV", "type": "service"})
        for product in ("SRV", "NO-SUCH-PRODUCT"):
            result = self._import(("external_id", "product_id"), ("91", product))
            self.assertTrue(result["messages"], product)
            self.assertFalse(result["ids"])

    def test_import_refuses_a_part_that_stands_twice(self):
        result = self._import(("external_id", "product_id"), ("92", "BELT-1"), ("92", ""))
        self.assertIn("92", result["messages"][0]["message"])
        self.assertFalse(result["ids"])

    # -- ways to the cause ----------------------------------------------------------------

    def test_every_held_message_says_what_to_do(self):
        for kind in (
            "part",
            "plant",
            "contract",
            "route",
            "backend",
            "row",
            "equipment",
            "work_order",
            False,
        ):
            self.assertTrue(self._row(wait_kind=kind, wait_key="1").advice, kind)
        self.assertTrue(self._row("dead").advice)
        self.assertFalse(self._row("done").advice)

    def test_opens_the_part_or_a_new_one(self):
        action = self._row(wait_kind="part", wait_key="S1").action_open_cause()
        self.assertEqual((action["res_model"], action["res_id"]), ("millwright.part", self.part.id))
        action = self._row(wait_kind="part", wait_key="S2").action_open_cause()
        self.assertEqual(action["context"]["default_external_id"], "S2")

    def test_opens_the_cross_references_with_the_code_that_is_missing(self):
        steps = [["cross_reference", "plant", "L9"], ["only"]]
        action = self._row(wait_kind="plant", wait_key=json.dumps(steps)).action_open_cause()
        self.assertEqual(action["context"]["default_code"], "L9")
        self.assertEqual(action["context"]["default_backend_id"], self.backend.id)

    def test_opens_contract_route_and_backend(self):
        contract = self.backend.contract_id
        action = self._row(wait_kind="contract", wait_key=contract.hash).action_open_cause()
        self.assertEqual((action["res_model"], action["res_id"]), (contract._name, contract.id))
        action = self._row(wait_kind="contract", wait_key="sha256:other").action_open_cause()
        self.assertEqual(action["res_model"], contract._name)
        route = self.backend.route_ids[0]
        action = self._row(wait_kind="route", wait_key=str(route.id), flow=route.flow).action_open_cause()
        self.assertIn(route, self.env["millwright.route"].search(action["domain"]))
        action = self._row(wait_kind="backend").action_open_cause()
        self.assertEqual((action["res_model"], action["res_id"]), ("millwright.backend", self.backend.id))

    def test_opens_the_message_that_stands_before(self):
        command = {"kind": "work_order", "operation": "upsert", "command_key": "1"}
        self._row("done", ordering_key="a/1", group_key="g", **command)
        other = self._row(ordering_key="a/2", group_key="g", **command)
        first = self._row(ordering_key="a/1", group_key="g", **command)
        follower = self._row(ordering_key="a/1", wait_kind="row", wait_key="0", **command)
        self.assertEqual(follower.action_open_cause()["res_id"], first.id)
        barrier = self._row(
            ordering_key="a/3", group_key="g", barrier=True, wait_kind="row", wait_key="0", **command
        )
        self.assertEqual(barrier.action_open_cause()["res_id"], other.id)

    # -- buttons and texts ----------------------------------------------------------------

    def test_buttons_say_when_nothing_selected_fits(self):
        done = self._row("done")
        for button in (done.action_release, done.action_redrive, done.action_ignore):
            with self.assertRaises(UserError):
                button()

    def test_payload_is_shown_indented_and_as_it_is_when_it_is_no_json(self):
        row = self._row(payload='{"a":1.50,"b":"ä"}')
        self.assertEqual(row.payload_pretty.splitlines()[0], "{")
        self.assertIn('"b": "ä"', row.payload_pretty)
        self.assertEqual(self._row(payload="no json").payload_pretty, "no json")

    def test_viewer_opens_every_screen(self):
        viewer = new_test_user(self.env, "screen_viewer", groups="millwright.group_viewer")
        menus = self.env["ir.ui.menu"].with_user(viewer)
        visible = menus.browse(menus._visible_menu_ids())
        root = self.env.ref("millwright.menu_root")
        for menu in visible.filtered(
            lambda menu: menu.action and menu.parent_path.startswith(root.parent_path)
        ):
            action = menu.action.sudo()
            model = self.env[action.res_model].with_user(viewer)
            kinds = action.view_mode.split(",")
            model.get_views([(False, kind) for kind in kinds])
            model.search_fetch([], ["display_name"], limit=1)

    def test_record_leads_to_its_messages(self):
        equipment = self.env["maintenance.equipment"].create({"name": "Conveyor"})
        self.assertEqual(equipment.millwright_message_count, 0)
        model = self.backend._get_integration_models("equipment")[0]
        binding = self.env[model].create(
            {"backend_id": self.backend.id, "external_id": "410", "equipment_id": equipment.id}
        )
        row = self._row("done", integration_model=model, integration_id=binding.id)
        self._row("done")
        equipment.invalidate_recordset()
        self.assertEqual(equipment.millwright_message_count, 1)
        found = self.inbox.search(equipment.action_open_millwright_messages()["domain"])
        self.assertEqual(found, row)

    def test_key_is_made_for_the_backend_of_the_wizard(self):
        wizard = self.env["millwright.issue.key"].create({"backend_id": self.backend.id, "name": "Test"})
        action = wizard.action_issue()
        key = action["context"]["default_shown_key"]
        backends = self.env["millwright.backend"]
        self.assertEqual(backends._authenticate("fake-1", key), self.backend)
        self.assertEqual(wizard.events_path, "/millwright/v1/fake-1/events")
        self.assertEqual(wizard.database, self.env.cr.dbname)
