import json
from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, TransactionCase, new_test_user, tagged

from .core import CoreMixin


@tagged("post_install", "-at_install", "millwright")
class TestSetUp(CoreMixin, TransactionCase):
    """The guided set-up, the key that is shown once with its configuration, and the rotation of keys."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_backend()
        cls.manager = new_test_user(cls.env, "set-up-manager", groups="millwright.group_manager")

    def _fill(self, user=None, **values):
        wizard = self.env["millwright.set.up"].with_user(user or self.manager)
        return wizard.create(
            {
                "connector_id": self.contract.connector_id.id,
                "name": "Second",
                "code": "second",
                "environment": "test",
                "plant_ids": [Command.set(self.plant.ids)],
                **values,
            }
        )

    def _issue(self, backend, **values):
        issue = self.env["millwright.issue.key"].with_user(self.manager)
        wizard = issue.create({"backend_id": backend.id, "api_url": "https://cmms.example.com", **values})
        return wizard.action_issue()["context"]

    def _age(self, key, days):
        """Let a key end in so many days."""
        self.env.cr.execute(
            "UPDATE res_users_apikeys SET expiration_date = %s WHERE id = %s",
            (fields.Datetime.now() + timedelta(days=days), key.id),
        )
        self.env.invalidate_all()

    # -- the wizard -----------------------------------------------------------------------

    def test_it_leads_to_a_prepared_backend_and_then_to_its_key(self):
        wizard = self._fill()
        wizard.action_next()
        action = wizard.action_finish()
        backend = self.env["millwright.backend"].search([("code", "=", "second")])
        self.assertEqual((backend.environment, backend.plant_ids), ("test", self.plant))
        self.assertTrue(backend.user_id.has_group("millwright.group_technical"))
        self.assertEqual(set(backend.route_ids.mapped("flow")), set(self.contract._get_document()["flows"]))
        self.assertEqual(action["res_model"], "millwright.issue.key")
        self.assertEqual(action["context"], {"default_backend_id": backend.id})

    def test_it_can_be_left_and_is_taken_up_by_who_left_it(self):
        wizard = self._fill()
        wizard.action_next()
        opened = self.env["millwright.set.up"].with_user(self.manager).action_open()
        self.assertEqual(opened["res_id"], wizard.id)
        self.assertEqual(wizard.step, "plants")
        other = new_test_user(self.env, "set-up-other", groups="millwright.group_manager")
        self.assertFalse(self.env["millwright.set.up"].with_user(other).action_open()["res_id"])
        wizard.action_start_again()
        self.assertFalse(self.env["millwright.set.up"].with_user(self.manager).action_open()["res_id"])

    def test_it_refuses_what_is_missing_before_anything_is_made(self):
        for values, named in (
            ({"name": False}, "Name"),
            ({"code": "Über"}, "Über"),
            ({"code": self.backend.code}, self.backend.code),
            ({"plant_ids": False}, "plant"),
        ):
            with self.assertRaises(UserError) as caught:
                self._fill(**values).action_finish()
            self.assertIn(named, str(caught.exception))
        self.assertFalse(self.env["millwright.backend"].search([("name", "=", "Second")]))

    def test_it_proposes_a_code_and_the_only_plant(self):
        self.env["millwright.plant"].search([("id", "!=", self.plant.id)]).active = False
        form = Form(self.env["millwright.set.up"].with_user(self.manager))
        form.connector_id = self.contract.connector_id
        self.assertEqual(form.code, self.contract.connector_id.code.replace("_", "-"))
        self.assertEqual(form.plant_ids.ids, self.plant.ids)

    def test_an_operator_neither_sets_up_nor_sees_keys(self):
        operator = new_test_user(self.env, "set-up-operator", groups="millwright.group_operator")
        with self.assertRaises(AccessError):
            self._fill(user=operator)
        with self.assertRaises(AccessError):
            self.env["millwright.key"].with_user(operator).search([])

    # -- the configuration ----------------------------------------------------------------

    def test_the_configuration_names_variables_and_holds_no_secret(self):
        shown = self._issue(self.backend, public_url="https://in.example.com/callbacks/fake-1")
        key = shown["default_shown_key"]
        self.assertNotIn(key, shown["default_configuration"])
        (backend,) = json.loads(shown["default_configuration"])["backends"]
        self.assertEqual(backend["code"], "fake-1")
        self.assertEqual(backend["public_url"], "https://in.example.com/callbacks/fake-1")
        variables = dict(line.split("=", 1) for line in shown["default_shown_variables"].splitlines())
        self.assertEqual(variables[backend["odoo"]["api_key"]["env"]], key)
        for secret in backend["callback_secrets"]:
            self.assertEqual(variables[secret["env"]], "")

    def test_what_is_shown_is_not_stored(self):
        key = self._issue(self.backend)["default_shown_key"]
        self.env.flush_all()
        self.env.cr.execute("SELECT to_jsonb(w)::text FROM millwright_issue_key AS w")
        self.assertFalse([text for (text,) in self.env.cr.fetchall() if key in text])

    # -- rotation -------------------------------------------------------------------------

    def test_two_keys_live_and_the_removed_one_opens_nothing(self):
        backends = self.env["millwright.backend"]
        first = self._issue(self.backend, name="old")["default_shown_key"]
        second = self._issue(self.backend, name="new")["default_shown_key"]
        self.assertEqual(backends._authenticate("fake-1", first), self.backend)
        self.assertEqual(backends._authenticate("fake-1", second), self.backend)
        keys = self.backend.with_user(self.manager).key_ids
        self.assertEqual(set(keys.mapped("name")), {"old", "new"})
        keys.filtered(lambda key: key.name == "old").action_remove()
        self.assertFalse(backends._authenticate("fake-1", first))
        self.assertEqual(backends._authenticate("fake-1", second), self.backend)
        self.assertEqual(self.backend.key_ids.mapped("name"), ["new"])

    def test_a_manager_of_another_plant_neither_sees_nor_removes_a_key(self):
        self._issue(self.backend)
        key = self.backend.key_ids
        foreign = new_test_user(
            self.env,
            "set-up-foreign",
            groups="millwright.group_manager",
            millwright_plant_ids=[Command.set(self.create_plant("P2").ids)],
        )
        self.assertFalse(self.env["millwright.key"].with_user(foreign).search([]))
        with self.assertRaises(AccessError):
            key.with_user(foreign).action_remove()
        self.assertTrue(self.backend.key_ids)

    def test_a_key_that_ends_is_told_in_time_once_and_no_longer_when_another_is_there(self):
        self._issue(self.backend, name="old")
        self.assertFalse(self.backend.key_warning)
        old = self.backend.key_ids
        self._age(old, 20)
        self.assertIn("old", self.backend.key_warning)
        for _run in range(2):
            self.env["millwright.backend"]._cron_warn_of_keys()
        self.assertEqual(len(self.backend.activity_ids), 1)
        self.assertIn("old", self.backend.activity_ids.note)
        self._issue(self.backend, name="new")
        old.action_remove()
        self.assertFalse(self.backend.key_warning)
        self.env["millwright.backend"]._cron_warn_of_keys()
        self.assertFalse(self.backend.activity_ids)

    def test_a_backend_whose_last_key_has_ended_says_so(self):
        self._issue(self.backend)
        self._age(self.backend.key_ids, -1)
        self.assertIn("refused", self.backend.key_warning)
