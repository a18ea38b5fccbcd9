import json

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import SQL, file_open, mute_logger

from odoo.addons.millwright.tools.pace import Pace

from .core import CoreCase, CoreMixin

RUNNER = "odoo.addons.millwright.models.inbox_runner"
CONTROLLER = "odoo.addons.millwright.controllers.events"
STAMPS = ("database", "database_oid", "cluster")


def become_copy(env, column="database_oid"):
    """What a copy finds: the stamp of another database."""
    env.cr.execute(SQL("UPDATE millwright_identity SET %s = '1'", SQL.identifier(column)))
    env.invalidate_all()


@tagged("post_install", "-at_install", "millwright")
class TestIdentity(CoreCase):
    def setUp(self):
        super().setUp()
        self.identity = self.env["millwright.identity"]

    def use(self, event_id):
        return self.store("USED", event_id, order="9", part="S1", quantity=1)

    def test_preparing_a_backend_stamps_the_database_once(self):
        stamp = self.identity.search([])
        self.assertEqual(stamp.database, self.env.cr.dbname)
        self.backend.action_prepare()
        self.assertEqual(self.identity.search([]), stamp)
        self.assertTrue(self.identity._is_confirmed())

    def test_preparing_again_does_not_confirm_a_copy(self):
        become_copy(self.env)
        self.backend.action_prepare()
        self.assertFalse(self.identity._is_confirmed())

    def test_another_name_oid_or_cluster_is_a_copy(self):
        for column in STAMPS:
            with self.subTest(column=column):
                become_copy(self.env, column)
                self.assertFalse(self.backend.is_confirmed)
                self.identity.confirm()
                self.assertTrue(self.backend.is_confirmed)

    def test_a_copy_leaves_every_row_as_it_is(self):
        row = self.use("e1")
        claimed = self.use("e2")
        claimed._set_state("processing", attempts=8)
        become_copy(self.env)
        with mute_logger(RUNNER):
            self.run_inbox()
        self.assertEqual((row.state, row.attempts), ("pending", 0))
        self.assertEqual((claimed.state, claimed.attempts), ("processing", 8))

    def test_a_claim_asks_in_its_own_transaction(self):
        row = self.use("e1")
        become_copy(self.env)
        query = self.inbox._unplanned_query(False, 10)
        with self.enter_registry_test_mode():
            self.assertEqual(self.inbox._claim(query, Pace(10)), ([], ""))
            self.assertEqual(self.inbox._claim_all(query), ([], ""))
        self.assertEqual((row.state, row.attempts), ("pending", 0))

    def test_a_confirmed_copy_goes_on_under_its_own_environment(self):
        row = self.use("e1")
        become_copy(self.env)
        with self.assertRaises(UserError):
            self.identity.confirm("production")
        self.identity.confirm("test")
        self.assertEqual(self.backend.environment, "test")
        self.run_inbox()
        self.assertNotEqual(row.state, "pending")

    def test_what_was_moved_keeps_its_environment(self):
        become_copy(self.env)
        wizard = self.env["millwright.confirm.database"].create({"kind": "moved", "environment": "x"})
        self.assertEqual((wizard.database, wizard.stamped_database), (self.env.cr.dbname,) * 2)
        wizard.action_confirm()
        self.assertEqual(self.backend.environment, "production")
        self.assertTrue(self.identity._is_confirmed())

    def test_a_copy_needs_a_name_of_its_own(self):
        become_copy(self.env)
        wizard = self.env["millwright.confirm.database"].create({"kind": "copy", "environment": " "})
        with self.assertRaises(UserError):
            wizard.action_confirm()
        self.assertFalse(self.identity._is_confirmed())

    def test_only_an_integration_manager_confirms_and_only_a_copy(self):
        with self.assertRaises(UserError):
            self.identity.confirm()
        become_copy(self.env)
        operator = new_test_user(self.env, "identity-operator", groups="millwright.group_operator")
        with self.assertRaises(AccessError):
            self.identity.with_user(operator).confirm()
        self.assertFalse(self.identity._is_confirmed())

    def test_neutralize_closes_what_would_go_in_or_out(self):
        self.backend.issue_key("test")
        with file_open("millwright/data/neutralize.sql") as file:
            self.env.cr.execute(file.read())
        self.env.invalidate_all()
        keys_sudo = self.env["res.users.apikeys"].sudo()
        self.assertFalse(keys_sudo.search([("user_id", "=", self.backend.user_id.id)]))
        self.assertFalse(self.backend.enabled)
        self.assertFalse(self.env.ref("millwright.cron_runner").active)
        self.assertFalse(self.identity._is_confirmed())
        self.assertEqual(self.env["millwright.outbox"]._lease(self.backend, 10)["messages"], [])


@tagged("post_install", "-at_install", "millwright")
class TestIdentityEndpoint(CoreMixin, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_backend()
        cls.key = cls.backend.issue_key("test")

    def call(self, path, body=None):
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        return self.url_open(f"/millwright/v1/fake-1/{path}", data=data, headers=headers)

    def test_every_endpoint_of_a_copy_refuses_and_the_status_says_why(self):
        event = self.cloud_event("USED", "e1", order="9", part="S1", quantity=1)
        become_copy(self.env)
        calls = {
            "events": [event],
            "outbox/lease": {"environment": "production", "limit": 1},
            "outbox/settle": {"results": []},
        }
        for path, body in calls.items():
            with mute_logger(CONTROLLER):
                answer = self.call(path, body)
            error = answer.json()["error"]
            self.assertEqual((answer.status_code, error["code"]), (409, "copy_unconfirmed"), path)
            self.assertIn("confirms", error["remedy"])
        self.assertFalse(self.inbox.search([("event_id", "=", "e1")]))
        self.assertFalse(self.call("status").json()["confirmed"])
        self.env["millwright.identity"].confirm("test")
        self.assertTrue(self.call("status").json()["confirmed"])
        self.assertEqual(self.call("events", [event]).json()["error"]["code"], "environment_mismatch")
        event["environment"] = "test"
        self.assertEqual(self.call("events", [event]).json()["results"][0]["status"], "accepted")
