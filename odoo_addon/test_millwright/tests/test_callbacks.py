import hashlib
import hmac
import json
import time
from datetime import timedelta
from unittest.mock import patch

import psycopg2

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.millwright.tools.canonical import contract_hash

from .core import CoreMixin
from .fake_contract import fake_contract

ANSWERS = {
    "accepted": 202,
    "duplicate": 200,
    "held": 203,
    "bad_signature": 403,
    "unsupported": 406,
    "too_large": 413,
    "overloaded": 503,
}
READ = {
    "as": "order",
    "method": "GET",
    "path": "/orders/{event.order}",
    "unless": ["event.changed"],
    "when": [],
    "until": [],
    "missing": "retry",
}


def direct_contract():
    """The fake contract with callbacks signed over the body, a question and an event that needs a read."""
    document = fake_contract("1.1.0")
    signature = {
        "header": "x-signature",
        "layout": "bare",
        "prefix": None,
        "name": None,
        "separator": ",",
        "assign": "=",
        "encoding": "hex",
    }
    document["source"] = {
        "accept": {"methods": ["POST"], "format": "json", "max_body_bytes": 2000, "answers": ANSWERS},
        "verify": [
            {
                "profile": "hmac",
                "algorithm": "sha256",
                "key": {"derive": "plain", "cut_prefix": None},
                "message": [{"header": "x-token"}, "body"],
                "signature": signature,
                "timestamp": "none",
                "once": None,
                "secret": None,
                "weak": None,
            }
        ],
        "event_name": [{"header": "x-event", "map": None}],
        "handshakes": [
            {
                "when": {"method": "GET", "query": "challenge"},
                "unverified": True,
                "reply": {"status": 200, "headers": {}, "json": None, "text": "{query.challenge}"},
            }
        ],
        "records": None,
        "drop": [],
        "read": None,
    }
    for rule in document["events"].values():
        rule["schema"] = {"type": "object", "required": ["at"], "properties": {"at": {"type": "string"}}}
    document["events"]["ORDER"]["fetch"] = [READ]
    document["hash"] = contract_hash(document)
    return document


@tagged("post_install", "-at_install", "millwright")
class TestCallbacks(CoreMixin, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_backend()
        cls.contract = cls.use(direct_contract())
        cls.secret = cls.env["millwright.secret"].create({"backend_id": cls.backend.id, "value": "hush"})

    @classmethod
    def use(cls, document):
        contract = cls.register_contract(document)
        cls.backend.write({"contract_id": contract.id, "mode": "direct"})
        return contract

    def call(self, body, event="USED", secret="hush", code="fake-1", rest="", method="POST", **headers):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        token = headers.get("x_token", "t1")
        signature = hmac.digest(secret.encode(), token.encode() + raw, "sha256").hex()
        usual = {"content-type": "application/json", "x-event": event, "x-token": token}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.url_open(
            f"/millwright/v1/{code}/callbacks{rest}",
            data=raw,
            method=method,
            headers={**usual, "x-signature": signature, **named},
        )

    def used(self, key="1", **more):
        return {"id": key, "at": "2026-09-01T08:00:00Z", "order": "9", "part": "S1", "quantity": 1, **more}

    def rows(self):
        return self.inbox.search([("backend_id", "=", self.backend.id)], order="id")

    def assertRefused(self, response, status, code):
        self.assertEqual((response.status_code, response.json()["error"]["code"]), (status, code))
        self.assertFalse(self.rows())

    def test_a_proved_event_is_stored_once_and_answered_as_the_contract_says(self):
        first, again = self.call(self.used()), self.call(self.used())
        self.assertEqual((first.status_code, first.json()["status"]), (202, "accepted"))
        self.assertEqual((again.status_code, again.json()["status"]), (200, "duplicate"))
        row = self.rows()
        self.assertEqual(
            (row.state, row.event, row.subject, json.loads(row.payload)),
            ("pending", "USED", "work_order/9", self.used()),
        )
        self.assertEqual(fields.Datetime.to_string(row.event_time), "2026-09-01 08:00:00")

    def test_the_same_event_by_the_sidecar_is_a_duplicate_in_either_order(self):
        self.call(self.used())
        event = self.cloud_event("USED", self.rows().event_id, **self.used())
        self.assertEqual(self.inbox._store(self.backend, [event])[0]["status"], "duplicate")
        self.assertEqual(len(self.rows()), 1)

    def test_a_copy_that_nobody_confirmed_stores_nothing(self):
        self.env.cr.execute("UPDATE millwright_identity SET database_oid = '1'")
        with mute_logger("odoo.addons.millwright.controllers.callbacks"):
            self.assertRefused(self.call(self.used()), 409, "copy_unconfirmed")
        self.env["millwright.identity"].confirm("test")
        self.assertEqual(self.call(self.used()).status_code, 202)

    def test_refusals_come_in_their_order_and_store_nothing(self):
        body = self.used()
        self.assertRefused(self.call(body, code="other"), 404, "unknown_backend")
        self.assertRefused(self.call(body, method="PUT"), 405, "method_not_allowed")
        self.assertRefused(self.call(body, method="GET"), 405, "method_not_allowed")
        self.assertRefused(self.call(body, content_type="text/plain"), 406, "not_json")
        self.assertRefused(self.call(body, content_encoding="gzip"), 406, "not_json")
        self.assertRefused(self.call(b"[" + b"1," * 1500 + b"1]"), 413, "too_large")
        self.assertRefused(self.call(body, secret="guess"), 403, "bad_signature")
        self.assertRefused(self.call(body, x_signature=""), 403, "bad_signature")

    def test_forms_are_refused_before_anything_reads_them(self):
        for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
            self.assertRefused(self.call(b"--x--", content_type=kind), 406, "not_json")

    def test_the_proof_is_over_the_bytes_as_they_came(self):
        raw = b'{"id": 1,  "at":"2026-09-01T08:00:00Z", "order": "9", "quantity": 1.50}'
        self.assertEqual(self.call(raw).status_code, 202)
        signature = hmac.digest(b"hush", b"t1" + raw, hashlib.sha256).hex()
        changed = raw.replace(b"1.50", b"1.51")
        self.assertEqual(self.call(changed, x_signature=signature).status_code, 403)
        self.assertEqual(len(self.rows()), 1)

    def test_a_backend_in_mode_sidecar_or_without_a_secret_takes_nothing(self):
        self.backend.write({"mode": "sidecar", "direct_until": False})
        self.assertRefused(self.call(self.used()), 404, "unknown_backend")
        self.backend.mode = "direct"
        self.secret.unlink()
        self.assertRefused(self.call(self.used(), secret=""), 403, "bad_signature")

    def test_a_backend_that_moved_to_the_sidecar_takes_callbacks_for_a_while_or_until_a_manager_ends_it(self):
        self.backend.mode = "sidecar"
        self.assertGreater(self.backend.direct_until, fields.Datetime.now() + timedelta(hours=71))
        self.assertTrue(self.backend.is_overlapping)
        self.assertEqual(self.call(self.used()).status_code, 202)
        self.backend.name = "Another"
        self.assertEqual(self.call(self.used("2")).status_code, 202)
        self.rows().unlink()
        self.backend.action_end_overlap()
        self.backend.invalidate_recordset()
        self.assertFalse(self.backend.is_overlapping)
        self.assertRefused(self.call(self.used("3")), 404, "unknown_backend")
        self.backend.mode = "direct"
        self.assertFalse(self.backend.direct_until)
        self.assertEqual(self.call(self.used("3")).status_code, 202)

    def test_a_backend_that_was_never_direct_takes_no_callbacks_by_being_written(self):
        self.backend.write({"mode": "sidecar", "direct_until": False})
        self.backend.write({"mode": "sidecar", "name": "As before"})
        self.assertFalse(self.backend.direct_until)
        self.assertRefused(self.call(self.used()), 404, "unknown_backend")

    def test_two_secrets_count_during_a_rotation_and_the_old_one_ends(self):
        self.env["millwright.secret"].create({"backend_id": self.backend.id, "value": "next"})
        self.secret.action_rotate()
        self.assertEqual(self.call(self.used("1")).status_code, 202)
        self.assertEqual(self.call(self.used("2"), secret="next").status_code, 202)
        self.secret.until = "2020-01-01 00:00:00"
        self.assertEqual(self.call(self.used("3")).status_code, 403)
        self.assertEqual(len(self.rows()), 2)

    def test_a_secret_of_one_event_does_not_speak_for_another(self):
        self.secret.event = "ASSET"
        self.assertRefused(self.call(self.used()), 403, "bad_signature")

    def test_a_question_is_answered_and_stores_nothing(self):
        response = self.url_open("/millwright/v1/fake-1/callbacks/x?challenge=abc%20d")
        self.assertEqual((response.status_code, response.text), (200, "abc d"))
        self.assertFalse(self.rows())

    def test_what_cannot_be_identified_is_held_with_its_reason_and_cannot_be_released(self):
        cases = [
            (b"{not json \xff", "USED", "invalid_json"),
            (json.dumps(self.used()).encode(), "STRANGE", "unknown_event"),
            (json.dumps(self.used("x" * 300, order="y" * 300)).encode(), "USED", "attribute_too_long"),
        ]
        for raw, event, code in cases:
            with self.subTest(code=code):
                response = self.call(raw, event=event)
                self.assertEqual((response.status_code, response.json()["status"]), (203, "held"))
                row = self.rows()[-1]
                self.assertEqual((row.state, row.code), ("held", code))
                self.assertIsInstance(json.loads(row.payload), (str, dict))
                with self.assertRaises(UserError):
                    row.with_user(self.env.ref("base.user_admin")).action_release()
        self.assertEqual(json.loads(self.rows()[0].payload), "{not json �")

    def test_what_does_not_fit_the_schema_is_held(self):
        response = self.call({"id": "1", "at": 7, "order": "9"})
        self.assertEqual((response.status_code, self.rows().code), (203, "schema"))
        self.assertIn("event.at: must be string", self.rows().last_error)

    def test_what_needs_a_read_is_held_until_the_sidecar_brings_it(self):
        body = {"id": "9", "at": "2026-09-01T08:00:00Z", "name": "Pump", "status": "new"}
        self.assertEqual(self.call(body, event="ORDER").status_code, 203)
        row = self.rows()
        self.assertEqual((row.state, row.code), ("held", "needs_fetch"))
        with self.assertRaises(UserError):
            row.with_user(self.env.ref("base.user_admin")).action_release()
        self.assertEqual(self.call(body, event="ORDER").json()["status"], "duplicate")
        self.assertEqual(row.state, "held")
        event = self.cloud_event("ORDER", row.event_id, **body)
        event["data"]["fetched"] = {"order": {"id": "9"}}
        self.assertEqual(self.inbox._store(self.backend, [event])[0]["status"], "accepted")
        row.invalidate_recordset()
        self.assertEqual((row.state, json.loads(row.fetched)), ("pending", {"order": {"id": "9"}}))
        self.assertFalse(row.code)
        self.assertEqual(self.inbox._store(self.backend, [event])[0]["status"], "duplicate")
        self.assertEqual(len(self.rows()), 1)

    def test_what_waits_for_a_read_goes_on_with_a_callback_that_carries_the_record_itself(self):
        thin = {"id": "9", "at": "2026-09-01T08:00:00Z", "changed": None}
        fat = {**thin, "changed": {"id": "9"}}
        self.assertEqual(self.call(thin, event="ORDER").json()["status"], "held")
        self.assertEqual(self.call(fat, event="ORDER").json()["status"], "accepted")
        row = self.rows()
        self.assertEqual((row.state, json.loads(row.payload)), ("pending", fat))

    def test_what_carries_the_record_itself_needs_no_read(self):
        body = {"id": "9", "at": "2026-09-01T08:00:00Z", "changed": {"id": "9"}}
        self.assertEqual(self.call(body, event="ORDER").json()["status"], "accepted")

    def test_a_disabled_backend_holds_and_never_refuses(self):
        self.backend.enabled = False
        self.assertEqual(self.call(self.used()).json()["status"], "held")
        self.assertEqual(self.rows().code, "backend_disabled")

    def test_a_token_counts_once_for_one_body(self):
        document = direct_contract()
        document["source"]["verify"][0]["once"] = {"header": "x-token", "keep_seconds": 60}
        document["hash"] = contract_hash(document)
        self.use(document)
        self.assertEqual(self.call(self.used("1")).status_code, 202)
        self.assertEqual(self.call(self.used("1")).json()["status"], "duplicate")
        other = self.call(self.used("2"))
        self.assertEqual((other.status_code, other.json()["error"]["code"]), (403, "token_used"))
        self.assertEqual(self.call(self.used("2"), x_token="t2").status_code, 202)
        self.assertEqual(len(self.rows()), 2)
        tokens = self.env["millwright.once.token"].search([])
        self.assertGreater(tokens[0].expires.timestamp(), time.time() - 7200)
        tokens.flush_recordset()
        self.env.cr.execute("UPDATE millwright_once_token SET expires = '2020-01-01'")
        tokens.invalidate_recordset()
        tokens._gc_tokens()
        self.assertFalse(tokens.exists())

    def test_what_could_not_be_stored_is_no_success(self):
        for error, status in ((psycopg2.OperationalError("gone"), 503), (KeyError("bug"), 500)):
            with (
                patch.object(type(self.inbox), "_insert", side_effect=error),
                mute_logger("odoo.addons.millwright.controllers.callbacks", "odoo.http"),
            ):
                self.assertEqual(self.call(self.used()).status_code, status)
        self.assertFalse(self.rows())
