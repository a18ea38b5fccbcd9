from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, new_test_user, tagged

from .core import CoreMixin

A_LOT = 1000


@tagged("post_install", "-at_install", "millwright")
class TestActions(CoreMixin, TransactionCase):
    """What a person does to messages: one or a thousand, from the inbox and from integration lists."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_backend()
        cls.operator = new_test_user(cls.env, "actions-operator", groups="millwright.group_operator")

    def _rows(self, state, count=1, **values):
        number = self.inbox.search_count([])
        rows = self.inbox.create(
            [
                {
                    "backend_id": self.backend.id,
                    "event_id": f"action-{number + index}",
                    "event": "CHANGED",
                    "subject": f"thing/{number + index}",
                    "state": state,
                    **values,
                }
                for index in range(count)
            ]
        )
        return rows.with_user(self.operator)

    def _decide(self, action, reason):
        wizard = self.env[action["res_model"]].with_user(self.operator).browse(action["res_id"])
        wizard.reason = reason
        return wizard.action_confirm()

    # -- reasons --------------------------------------------------------------------------

    def test_ignoring_asks_for_a_reason_that_stays_with_the_message(self):
        row = self._rows("held")
        action = row.action_ask_ignore()
        self.assertEqual(row.state, "held")
        with self.assertRaises(UserError):
            self._decide(action, "  ")
        self._decide(action, "was a drill")
        self.assertEqual((row.state, row.code), ("ignored", "by_person"))
        self.assertIn("was a drill", row.last_error)
        self.assertIn(self.operator.name, row.last_error)

    def test_what_a_person_holds_is_let_go_by_a_person_only(self):
        row = self.store("ASSET", "hold-1", id="A1", name="Pump").with_user(self.operator)
        self._decide(row.action_ask_hold(), "ask the plant first")
        self.assertEqual((row.state, row.code), ("held", "held_by_person"))
        self.run_inbox(2)
        self.assertEqual(row.state, "held")
        row.action_release()
        self.run_inbox()
        self.assertEqual(row.state, "done")

    def test_only_an_operator_decides(self):
        row = self._rows("held")
        steward = new_test_user(self.env, "actions-steward", groups="millwright.group_steward")
        for button in ("action_release", "action_ignore"):
            with self.assertRaises(AccessError):
                getattr(row.with_user(steward), button)()
        with self.assertRaises(AccessError):
            row.with_user(steward).action_ask_ignore()

    def test_an_operator_of_another_plant_decides_nothing(self):
        row = self._rows("held", plant_id=self.plant.id, company_id=self.company.id)
        foreign = new_test_user(
            self.env,
            "actions-foreign",
            groups="millwright.group_operator",
            millwright_plant_ids=[Command.set(self.create_plant("P2").ids)],
        )
        for button in ("action_release", "action_ignore"):
            with self.assertRaises(AccessError):
                getattr(row.with_user(foreign), button)()
        self.assertEqual(row.state, "held")

    # -- many -----------------------------------------------------------------------------

    def test_of_many_those_that_fit_are_moved_and_the_rest_is_told(self):
        fitting, other = self._rows("dead", 3), self._rows("done", 2)
        result = (fitting | other).action_redrive()
        self.assertEqual(set(fitting.mapped("state")), {"pending"})
        self.assertEqual(set(other.mapped("state")), {"done"})
        self.assertIn("3 done.", result["params"]["message"])
        self.assertIn("2 left", result["params"]["message"])
        self.assertTrue(self._rows("dead", 2).action_redrive() is True)

    def test_what_is_being_worked_on_is_left_and_told(self):
        rows = self._rows("dead", 3)
        busy = rows[:1]
        locked = type(rows).try_lock_for_update
        with patch.object(type(rows), "try_lock_for_update", lambda found: locked(found - busy.sudo())):
            result = rows.action_redrive()
            with self.assertRaises(UserError):
                busy.action_redrive()
        self.assertEqual(busy.state, "dead")
        self.assertIn("being worked on", result["params"]["message"])

    def test_a_thousand_cost_as_many_queries_as_ten(self):
        counts = []
        for size in (10, A_LOT):
            rows = self._rows("dead", size)
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            rows.action_redrive()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        few, many = counts
        self.assertLess(many, few + 25, "queries grow with the rows")

    def test_messages_with_several_commands_cost_no_query_each(self):
        counts = []
        for size in (5, 200):
            parents = self._rows("held", size, fanned_out=True).sudo()
            for parent in parents:
                self._rows("held", 2, parent_id=parent.id)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            parents.with_user(self.operator).action_release()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(set(parents.mapped("state")), {"pending"})
        self.assertLess(counts[1], counts[0] + 25, "queries grow with the messages")

    # -- from an integration list ----------------------------------------------------------

    def test_the_buttons_of_an_integration_list_act_on_its_messages(self):
        assets = self.env["millwright.fake.asset"]
        rows = assets.create(
            [
                {"backend_id": self.backend.id, "external_id": f"A{number}", "state": "held"}
                for number in range(3)
            ]
        )
        messages = self.inbox
        for row in rows:
            values = {"integration_model": rows._name, "integration_id": row.id}
            messages |= self._rows("held", **values) | self._rows("done", **values)
        mine = rows.with_user(self.operator)
        mine[:2].action_release()
        states = messages.filtered(lambda message: message.integration_id in mine[:2].ids).mapped("state")
        self.assertEqual(sorted(states), ["done", "done", "pending", "pending"])
        self._decide(mine[2].action_ask_ignore(), "gone")
        decided = messages.filtered(lambda message: message.integration_id == rows[2].id)
        self.assertEqual(set(decided.mapped("state")), {"done", "ignored"})
        with self.assertRaises(UserError):
            mine[2].action_redrive()
