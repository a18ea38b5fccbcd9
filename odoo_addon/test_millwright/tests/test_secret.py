import json
import logging
from pathlib import Path

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import file_path, mute_logger

from odoo.addons.millwright.tools.canonical import contract_hash

from .core import CoreCase
from .test_callbacks import direct_contract

TEXT = "hush-4711"


@tagged("post_install", "-at_install", "millwright")
class TestSecret(CoreCase):
    """Every door by which a field is read, tried on the secret."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = new_test_user(
            cls.env, "mw_secret_admin", groups="base.group_system,millwright.group_manager"
        )
        cls.secrets = cls.env["millwright.secret"].with_user(cls.admin)
        cls.secret = cls.secrets.create({"backend_id": cls.backend.id, "value": TEXT})

    def texts(self):
        return [secret.text for secret in self.env["millwright.secret"]._read_for(self.backend)]

    def test_it_is_kept_and_no_way_of_reading_shows_it(self):
        self.assertEqual(self.texts(), [TEXT])
        names = list(self.secret.fields_get())
        shown = [
            self.secret.read(names),
            self.secret.web_read({name: {} for name in names}),
            self.secret.export_data(["id", "value", "display_name"])["datas"],
            self.secrets.search_read([], names),
            self.secret.value,
            self.secret._cache.get("value"),
            self.backend.with_user(self.admin).read(),
        ]
        self.assertNotIn(TEXT, json.dumps(shown, default=str))

    def test_neither_a_search_nor_a_group_nor_an_order_can_guess_it(self):
        for domain in ([("value", "=", TEXT)], [("secret_text", "=", TEXT)], [("value", "=like", "h%")]):
            with self.assertRaises(ValueError):
                self.secrets.search(domain)
        for name in ("value", "secret_text"):
            with self.assertRaises(ValueError):
                self.secrets._read_group([], [name], ["__count"])
            with self.assertRaises(ValueError):
                self.secrets.search([], order=name).mapped("id")

    def test_it_is_not_copied(self):
        with self.assertRaises(UserError):
            self.secret.copy()
        other = self.backend.copy({"code": "fake-2", "user_id": False})
        self.assertFalse(self.env["millwright.secret"]._read_for(other))

    def test_it_is_in_no_message_and_in_no_log(self):
        with self.assertLogs("odoo", "INFO") as logs:
            logging.getLogger("odoo").warning("begins")  # an empty log would be an error
            self.secret.write({"value": "hush-next"})
            self.backend.with_user(self.admin).message_post(body="rotated")
            self.env.flush_all()
        self.assertEqual(self.texts(), ["hush-next"])
        bodies = self.env["mail.message"].search(
            [("model", "in", ("millwright.backend", "millwright.secret"))]
        )
        tracked = self.env["mail.tracking.value"].search([("mail_message_id", "in", bodies.ids)])
        said = [*logs.output, *bodies.mapped("body"), *tracked.mapped("new_value_char")]
        self.assertNotIn("hush", " ".join(map(str, said)))
        self.assertFalse(hasattr(self.secret, "message_post"))

    def test_nobody_below_an_administrator_comes_near_it(self):
        manager = new_test_user(self.env, "mw_secret_manager", groups="millwright.group_manager")
        for user in (manager, self.backend.user_id):
            secret = self.secret.with_user(user)
            for door in (
                lambda secret=secret: secret.read(["name"]),
                lambda secret=secret: secret.write({"value": "mine"}),
                lambda secret=secret: secret.action_rotate(),
                lambda secret=secret: secret.create({"backend_id": self.backend.id, "value": "mine"}),
                lambda secret=secret: secret.unlink(),
            ):
                with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_model"):
                    door()
        self.assertEqual(self.texts(), [TEXT])

    def test_an_empty_one_is_refused_and_leaves_the_old(self):
        for value in (False, "", "a\x00b", 7):
            with self.assertRaises(UserError):
                self.secret.write({"value": value})
            with self.assertRaises(UserError):
                self.secrets.create({"backend_id": self.backend.id, "value": value})
        self.assertEqual(self.texts(), [TEXT])

    def test_of_tokens_it_has_to_name_their_issuer(self):
        document = direct_contract()
        document["source"]["verify"] = [
            {
                "profile": "jwt",
                "algorithms": ["RS256"],
                "tolerance_seconds": 60,
                "secret": "sender",
                "weak": None,
            }
        ]
        document["hash"] = contract_hash(document)
        self.backend.contract_id = self.register_contract(document)
        with self.assertRaisesRegex(UserError, "names no issuer of tokens. Expected: JSON"):
            self.secrets.create({"backend_id": self.backend.id, "name": "sender", "value": "hush"})
        other = self.secrets.create({"backend_id": self.backend.id, "name": "other", "value": "hush"})
        self.assertTrue(other)

    def test_a_rotation_ends_the_old_one_later_and_never_lengthens_it(self):
        self.secret.action_rotate()
        end = self.secret.until
        self.assertTrue(end)
        self.secret.until = "2020-01-01 00:00:00"
        self.secret.action_rotate()
        self.assertEqual(self.secret.until.year, 2020)
        old, *_rest = self.env["millwright.secret"]._read_for(self.backend)
        self.assertEqual(old.until, 1577836800000)

    def test_a_form_writes_it_and_gets_nothing_back(self):
        form = Form(self.secrets.with_context(default_backend_id=self.backend.id))
        form.value = "hush-form"
        self.assertFalse(form.save().value)
        self.assertIn("hush-form", self.texts())

    def test_a_neutralised_copy_has_none(self):
        sql = Path(file_path("millwright/data/neutralize.sql")).read_text(encoding="utf-8")
        self.env.cr.execute(sql)
        self.assertEqual(self.texts(), [])
