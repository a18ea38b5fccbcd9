import json
from unittest.mock import patch
from xmlrpc.client import Fault

from odoo import Command, http
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tests.common import JsonRpcException
from odoo.tools import mute_logger

from .core import CoreCase, CoreMixin

NOISE = (
    "odoo.addons.base.models.res_users",
    "odoo.addons.rpc.controllers.jsonrpc",
    "odoo.addons.rpc.controllers.xmlrpc",
    "odoo.addons.millwright.controllers.events",
    "odoo.http",
)


@tagged("post_install", "-at_install", "millwright")
class TestTechnicalUser(CoreMixin, HttpCase):
    """No password opens anything to it, and its key opens our endpoints only. Every door is tried with a
    person's password and key too: they open it.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_backend()
        cls.key = cls.backend.issue_key("test")
        cls.user = cls.backend.user_id
        cls.person = new_test_user(cls.env, "person", password="of the person", groups="base.group_user")
        apikeys = cls.env["res.users.apikeys"].with_user(cls.person).sudo()
        cls.persons_key = apikeys._generate("rpc", "script", None)
        cls.env["ir.config_parameter"].set_param("base.login_cooldown_after", "0")
        cls.env.flush_all()

    # -- the doors: each says whether it opened -------------------------------------------

    def by_xmlrpc(self, login, password):
        return self.xmlrpc_common.authenticate(self.env.cr.dbname, login, password, {})

    def by_form(self, login, password):
        self.authenticate(None, None)
        values = {"login": login, "password": password, "csrf_token": http.Request.csrf_token(self)}
        response = self.url_open("/web/login", data=values, allow_redirects=False)
        return response.status_code == 303

    def by_session(self, login, password):
        self.authenticate(None, None)
        params = {"db": self.env.cr.dbname, "login": login, "password": password}
        try:
            return self.make_jsonrpc_request("/web/session/authenticate", params)["uid"]
        except JsonRpcException:
            return False

    def by_object(self, user, password):
        """A call over XML-RPC, with the id of the user."""
        try:
            args = (self.env.cr.dbname, user.id, password, "res.users", "search", [[("id", "=", user.id)]])
            return self.xmlrpc_object.execute_kw(*args)
        except Fault:
            return False

    def by_jsonrpc(self, user, password):
        args = [self.env.cr.dbname, user.id, password, "res.users", "search", [[("id", "=", user.id)]]]
        params = {"service": "object", "method": "execute_kw", "args": args}
        try:
            return self.make_jsonrpc_request("/jsonrpc", params)
        except JsonRpcException:
            return False

    def by_json_2(self, key):
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        response = self.url_open("/json/2/res.users/search", data=b'{"domain": []}', headers=headers)
        return response.status_code == 200

    def by_web_call(self, key):
        """What the web client calls, with a key instead of a session."""
        self.authenticate(None, None)
        params = {"model": "res.users", "method": "search", "args": [[]], "kwargs": {}}
        headers = {"Authorization": f"Bearer {key}"}
        try:
            return self.make_jsonrpc_request("/web/dataset/call_kw", params, headers=headers)
        except JsonRpcException:
            return False

    def ours(self, path, body, **headers):
        usual = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        return self.url_open(f"/millwright/v1/{path}", data=data, headers={**usual, **headers}).status_code

    # -- tests ----------------------------------------------------------------------------

    @mute_logger(*NOISE)
    def test_no_password_lets_it_in(self):
        self.env.cr.execute("SELECT password FROM res_users WHERE id = %s", [self.user.id])
        self.assertEqual(self.env.cr.fetchone(), (None,))
        doors = {"XML-RPC": self.by_xmlrpc, "form": self.by_form, "session": self.by_session}
        for name, door in doors.items():
            with self.subTest(door=name):
                self.assertTrue(door("person", "of the person"), "the door is there")
                for password in ("", " ", "False", "None", self.user.login, "admin", "x"):
                    self.assertFalse(door(self.user.login, password), password)

    @mute_logger(*NOISE)
    def test_its_key_is_no_password(self):
        for door in (self.by_xmlrpc, self.by_form, self.by_session):
            with self.subTest(door=door.__name__):
                self.assertFalse(door(self.user.login, self.key))

    @mute_logger(*NOISE)
    def test_its_key_opens_no_other_endpoint(self):
        self.assertTrue(self.by_xmlrpc("person", self.persons_key), "the key of a person is one for XML-RPC")
        for door in (self.by_object, self.by_jsonrpc):
            with self.subTest(door=door.__name__):
                self.assertTrue(door(self.person, self.persons_key), "the door is there")
                self.assertFalse(door(self.user, self.key))
        self.assertTrue(self.by_json_2(self.persons_key))
        self.assertFalse(self.by_json_2(self.key))
        self.assertFalse(self.by_web_call(self.key))

    @mute_logger(*NOISE)
    def test_its_key_opens_ours_and_only_its_own_backend_s(self):
        other = self.backend.copy({"code": "fake-2", "name": "Other"})
        other.action_prepare()
        lease = {"environment": "production", "limit": 1}
        for code, expected in (("fake-1", 200), ("fake-2", 401)):
            with self.subTest(code=code):
                self.assertEqual(self.ours(f"{code}/events", []), expected)
                self.assertEqual(self.ours(f"{code}/status", None), expected)
                self.assertEqual(self.ours(f"{code}/outbox/lease", lease), expected)
                self.assertEqual(self.ours(f"{code}/outbox/settle", {"results": []}), expected)
        self.backend.key_ids.action_remove()
        self.assertEqual(self.ours("fake-1/status", None), 401)


@tagged("post_install", "-at_install", "millwright")
class TestTechnicalPurchase(CoreCase):
    def order_by_the_runner(self, amount):
        """A purchase that a handler makes and confirms while it carries out a message."""
        self.company.write({"po_double_validation": "two_step", "po_double_validation_amount": 100})
        supplier = self.env["res.partner"].create({"name": "Supplier"})
        handler = type(self.env["millwright.handler.equipment"])
        original, made = handler._apply, []

        def apply(model, works):
            line = {"product_id": self.product.id, "product_qty": 1, "price_unit": amount}
            order = model.env["purchase.order"].create(
                {
                    "partner_id": supplier.id,
                    "company_id": self.company.id,
                    "order_line": [Command.create(line)],
                }
            )
            order.button_confirm()
            made.append(order.id)
            return original(model, works)

        message = self.store("ASSET", f"a{amount}", id=str(amount), name="Press")
        with patch.object(handler, "_apply", apply):
            self.run_inbox()
        self.assertEqual(message.state, "done", message.last_error)
        return self.env["purchase.order"].browse(made[-1])

    def test_what_the_integration_orders_above_the_limit_stays_to_approve(self):
        small, large = self.order_by_the_runner(50), self.order_by_the_runner(500)
        self.assertEqual((small.state, large.state), ("purchase", "to approve"))
        self.assertEqual(large.create_uid, self.backend.user_id)
        large.with_user(self.backend.user_id).button_approve()
        self.assertEqual(large.state, "to approve", "it cannot approve it either")
        large.with_user(self.env.ref("base.user_admin")).button_approve()
        self.assertEqual(large.state, "purchase")
