import json
from pathlib import Path
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import config

from .core import CoreCase

# The dialog keeps what a person pasted and was shown, for an hour; sequences of PostgreSQL are no rows.
OWN_TABLES = {"millwright_explain"}


@tagged("post_install", "-at_install", "millwright")
class TestExplain(CoreCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.operator = new_test_user(
            cls.env,
            "explainer",
            groups="millwright.group_operator,stock.group_stock_user,maintenance.group_equipment_manager",
        )
        cls.category = cls.product.categ_id

    def explain(self, message, user=None):
        """What an operator is told of a message."""
        with self.enter_registry_test_mode():
            return (
                self.env["millwright.simulation"]
                .with_user(user or self.operator)
                ._explain_message(message.with_user(user or self.operator))
            )

    def explain_payload(self, event, **payload):
        payload.setdefault("at", "2026-09-01T08:00:00Z")
        simulation = self.env["millwright.simulation"].with_user(self.operator)
        with self.enter_registry_test_mode():
            return simulation._explain_payload(
                self.backend.with_user(self.operator), event, json.dumps(payload), "{}"
            )

    def fields_of(self, told, model, operation="create"):
        """{field: (before, after)} of the one record of a model that is created or changed."""
        (record,) = [r for r in told["records"] if r["model"] == model and r["operation"] == operation]
        return {line["name"]: (line["before"], line["after"]) for line in record["fields"]}

    def everything(self):
        """Number and newest version of the rows of every table, and all files of the filestore."""
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        found = {}
        for (table,) in self.env.cr.fetchall():
            if table not in OWN_TABLES:
                self.env.cr.execute(f'SELECT count(*), sum(hashtext(t::text)::bigint) FROM "{table}" AS t')
                found[table] = self.env.cr.fetchone()
        store = Path(config.filestore(self.env.cr.dbname))
        found["files"] = sorted(str(path) for path in store.rglob("*") if path.is_file())
        return found

    def start_order(self):
        self.store("ORDER", "o", id="9", name="Oil change", status="new")
        self.run_inbox()

    # -- what is shown --------------------------------------------------------------------

    def test_a_movement_is_shown_with_its_move_line_and_stock(self):
        self.start_order()
        self.env["stock.quant"]._update_available_quantity(self.product, self.plant.stock_location_id, 10)
        message = self.store("USED", "u", order="9", part="S1", quantity=2)
        told = self.explain(message)
        (command,) = told["commands"]
        self.assertEqual((command["state"], command["code"]), ("done", "posted"))
        move = self.fields_of(told, "stock.move")
        self.assertEqual(move["product_id"], ("", "Spring"))
        self.assertEqual(move["quantity"], ("", "2"))
        self.assertEqual(self.fields_of(told, "stock.move.line")["quantity"], ("", "2"))
        self.assertEqual(self.fields_of(told, "stock.quant", "change")["quantity"], ("10", "8"))
        self.assertEqual(message.state, "pending")

    def test_a_change_shows_old_and_new(self):
        self.store("ASSET", "a", id="7", name="Press", serial="S-1")
        self.run_inbox()
        told = self.explain_payload(
            "ASSET", id="7", name="Big press", serial="S-1", at="2026-09-02T08:00:00Z"
        )
        changed = self.fields_of(told, "maintenance.equipment", "change")
        self.assertEqual(changed["name"], ("Press", "Big press"))
        self.assertNotIn("serial_no", changed, "what stays is not shown")

    def test_all_commands_of_a_message_are_shown_and_holds_as_they_would_be(self):
        message = self.store(
            "ORDER", "o", id="9", name="Oil", status="closed", lines=[{"part": "unknown", "quantity": 1}]
        )
        told = self.explain(message)
        self.assertEqual([c["state"] for c in told["commands"]], ["done", "held"])
        self.assertEqual(told["commands"][1]["code"], "part_unbound")
        self.assertTrue(told["commands"][1]["message"])
        self.assertEqual(self.fields_of(told, "maintenance.request")["name"], ("", "Oil"))

    def test_an_error_of_the_handler_is_shown(self):
        message = self.store("ASSET", "a", id="7", name="Press")
        handler = type(self.env["millwright.handler.equipment"])
        with patch.object(handler, "_apply", side_effect=ValueError("broken")):
            told = self.explain(message)
        self.assertEqual(told["commands"][0]["state"], "failed")
        self.assertEqual(
            (told["commands"][0]["code"], told["commands"][0]["message"]), ("ValueError", "broken")
        )
        self.assertEqual(told["records"], [])

    def test_a_route_that_does_not_run_is_said_and_explained_all_the_same(self):
        self.backend.route_ids.mode = "off"
        told = self.explain(self.store("ASSET", "a", id="7", name="Press"))
        self.assertEqual((told["commands"][0]["state"], told["commands"][0]["mode"]), ("done", "off"))

    def test_any_state_can_be_explained_and_what_was_posted_is_not_posted_again(self):
        self.start_order()
        message = self.store("USED", "u", order="9", part="S1", quantity=2)
        self.run_inbox()
        told = self.explain(message)
        self.assertEqual(
            (told["commands"][0]["state"], told["commands"][0]["code"]), ("ignored", "duplicate")
        )
        self.assertEqual(told["records"], [])
        dead = self.store("ASSET", "d", id="8", name="Saw")
        dead._set_state("dead", code="x")
        self.assertEqual(self.explain(dead)["commands"][0]["state"], "done")
        self.assertEqual(dead.state, "dead")

    # -- nothing stays --------------------------------------------------------------------

    def test_no_row_of_any_table_and_no_file_changes(self):
        # A real-time valued product, an attachment, mail, an activity, a trigger and a number that the
        # handler causes: all of it has to be gone.
        self.start_order()
        self.env["ir.config_parameter"].set_param("ir_attachment.location", "file")
        sequence = self.env["ir.sequence"].create({"name": "Tags", "implementation": "standard"})
        partner = self.env["res.partner"].create({"name": "Someone", "email": "someone@example.com"})
        message = self.store("USED", "u", order="9", part="S1", quantity=2)
        handler = type(self.env["millwright.handler.parts_consumption"])
        original = handler._apply

        def apply(model, works):
            outcomes = original(model, works)
            env = model.env(su=True)
            request = env["maintenance.request"].search([("name", "=", "Oil change")], limit=1)
            request.message_subscribe(partner.ids)
            request.message_post(body="Taken", message_type="comment", subtype_xmlid="mail.mt_comment")
            request.activity_schedule(summary="Look", user_id=env.ref("base.user_admin").id)
            env["mail.mail"].create({"email_to": "x@example.com", "body_html": "x", "subject": "x"}).send()
            env["ir.attachment"].create({"name": "photo", "raw": b"only tried, never kept"})
            env["bus.bus"]._sendone("channel", "kind", {})
            env.ref("base.autovacuum_job")._trigger()
            sequence.with_env(env).next_by_id()
            with self.assertRaises(ZeroDivisionError), env.cr.savepoint():
                env["res.partner"].create({"name": "rolled back"})
                env.flush_all()
                raise ZeroDivisionError
            env["ir.attachment"].create({"name": "after", "raw": b"behind a savepoint that was rolled back"})
            return outcomes

        sent = []
        mail_server = type(self.env["ir.mail_server"])
        before = self.everything()
        with (
            patch.object(handler, "_apply", apply),
            patch.object(mail_server, "send_email", lambda *args, **kwargs: sent.append(args)),
        ):
            told = self.explain(message)
        self.assertEqual(told["commands"][0]["state"], "done", told["commands"])
        after = self.everything()
        self.assertEqual(
            {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}, set()
        )
        self.assertFalse(sent)
        self.assertIn("mail.activity", [record["model"] for record in told["records"]])
        self.assertNotIn("rolled back", [record["name"] for record in told["records"]])
        self.assertEqual(told["numbers"], [("Tags", "1")])
        counts = dict(told["accompanying"])
        self.assertGreaterEqual(counts[self.env["ir.model"]._get("ir.attachment").name], 2)
        self.assertIn(self.env["ir.model"]._get("mail.message").name, counts)

    # -- who sees what --------------------------------------------------------------------

    def test_values_are_shown_where_the_person_may_read_them(self):
        self.start_order()
        message = self.store("USED", "u", order="9", part="S1", quantity=2)
        groups = "millwright.group_operator,maintenance.group_equipment_manager"
        stranger = new_test_user(self.env, "stranger", groups=groups)
        told = self.explain(message, stranger)
        moves = [record for record in told["records"] if record["model"] == "stock.move"]
        self.assertTrue(moves and moves[0]["fields"], "that there is a move is no secret")
        shown = {line["after"] for record in moves for line in record["fields"]}
        self.assertEqual(shown, {"not yours to see"})

    def test_a_field_of_a_group_and_a_record_of_a_rule_stay_hidden(self):
        message = self.store("ASSET", "a", id="7", name="Press", serial="S-1")
        column = self.env["maintenance.equipment"]._fields["serial_no"]
        with patch.object(column, "groups", "millwright.group_technical"):
            told = self.fields_of(self.explain(message), "maintenance.equipment")
        self.assertEqual(told["serial_no"], ("", "not yours to see"))
        self.assertEqual(told["name"], ("", "Press"))
        self.env["ir.rule"].create(
            {
                "name": "None of these",
                "model_id": self.env["ir.model"]._get("maintenance.equipment").id,
                "domain_force": "[('name', '!=', 'Press')]",
                "groups": [Command.link(self.env.ref("millwright.group_operator").id)],
            }
        )
        plain = new_test_user(self.env, "plain", groups="millwright.group_operator")
        told = self.fields_of(self.explain(message, plain), "maintenance.equipment")
        self.assertEqual(told["name"], ("", "not yours to see"))

    def test_only_operators_explain_and_only_messages_they_see(self):
        viewer = new_test_user(self.env, "looks", groups="millwright.group_viewer")
        message = self.store("ASSET", "a", id="7", name="Press")
        with self.assertRaises(AccessError):
            message.with_user(viewer).action_explain()
        other = self.env["res.company"].create({"name": "Elsewhere"})
        abroad = new_test_user(
            self.env,
            "abroad",
            groups="millwright.group_operator",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        with self.assertRaises(AccessError):
            self.explain(message, abroad)

    def test_what_is_no_json_is_refused(self):
        with self.assertRaises(UserError):
            self.env["millwright.simulation"]._explain_payload(self.backend, "ASSET", "{", "")

    def test_the_dialog_shows_a_table_for_each_record(self):
        message = self.store("ASSET", "a", id="7", name="<b>Press</b>")
        with self.enter_registry_test_mode():
            action = message.with_user(self.operator).action_explain()
        html = self.env["millwright.explain"].browse(action["res_id"]).result
        self.assertIn("<table", html)
        self.assertIn("&lt;b&gt;Press&lt;/b&gt;", html, "what came from outside is text")
        self.assertIn("nothing was created", html)
