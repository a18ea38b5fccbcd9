import base64
import json
from pathlib import Path

from odoo.tests import BaseCase, tagged

from ..tools.callback import Callback
from ..tools.delivery import early_name, open_delivery
from ..tools.js_json import parse, write
from ..tools.proof import Secret, prove

VECTORS = json.loads(
    (Path(__file__).parent / "fixtures" / "contract" / "deliveries.json").read_text(encoding="utf-8")
)


def callback(said):
    """The request of a vector."""
    uri = said["public_url"] and said["public_url"].rstrip("/") + said["rest"] + said["search"]
    return Callback(said["method"], said["headers"], said["rest"], said["search"], uri, said["address"])


def outcome(case):
    """What the addon makes of a delivery, in the form of the vectors."""
    contract = VECTORS["contracts"][case["contract"]]
    call, raw = callback(case["request"]), base64.b64decode(case["body_base64"])
    secrets = [Secret(**secret) for secret in case["secrets"]]
    name = early_name(contract["source"]["event_name"], call)
    proof = prove(contract["source"]["verify"], secrets, call, raw, name, case["now"])
    if proof is None:
        return {"verified": False, "tokens": [], "events": None}
    events = open_delivery(contract, call, raw)
    may = all(proof.speaks_for(event.name) for event in events)
    return {
        "verified": True,
        "tokens": [{"key": token.key, "expires": token.expires} for token in proof.tokens],
        "events": [described(event) for event in events] if may else None,
    }


def described(event):
    return {
        "event_id": event.event_id,
        "event": event.name,
        "subject": event.subject,
        "lane": event.lane,
        "time": event.time,
        "code": event.code,
        "body_base64": base64.b64encode(event.raw).decode(),
        "context": json.loads(write(event.context)),
    }


@tagged("post_install", "-at_install", "millwright")
class TestToolsDelivery(BaseCase):
    def test_every_delivery_is_judged_and_identified_as_the_sidecar_does(self):
        for case in VECTORS["cases"]:
            with self.subTest(case["name"]):
                self.assertEqual(outcome(case), case["expect"])

    def test_the_vectors_accept_and_refuse(self):
        verdicts = [case["expect"]["verified"] for case in VECTORS["cases"]]
        self.assertGreater(verdicts.count(True), 100)
        self.assertGreater(verdicts.count(False), 100)

    def test_json_that_is_nested_too_deep_is_no_json(self):
        with self.assertRaises(ValueError):
            parse(b"[" * 200_000)

    def test_a_scheme_that_is_not_known_takes_nothing(self):
        with self.assertRaises(KeyError):
            prove([{"profile": "hope"}], [], Callback("POST", {}), b"{}", None, 0)

    def test_a_secret_does_not_print_itself(self):
        self.assertNotIn("hush", f"{Secret('hush')!r} {Secret('hush')}")
