import json
from typing import Any

from odoo.tests import BaseCase, tagged

from ..tools.jsontext import loads
from ..tools.mapping import plan
from .tools_common import EVENT_ID, FIXTURES

FOLDER = FIXTURES / "contract"


def document_of(flow: dict[str, Any]) -> dict[str, Any]:
    """A contract around one flow."""
    return {"contract": 1, "events": {"E": {"flows": ["usage"]}}, "flows": {"usage": flow}}


@tagged("post_install", "-at_install", "millwright")
class TestToolsLanguage(BaseCase):
    """What every part of the language makes of a delivery; the generator keeps the contracts."""

    maxDiff = None

    def test_deliveries_become_the_expected_commands(self):
        contracts = json.loads((FOLDER / "language_contracts.json").read_text(encoding="utf-8"))
        for case in loads((FOLDER / "language.json").read_text(encoding="utf-8")):
            for number, delivery in enumerate(case["deliveries"]):
                with self.subTest(case=case["name"], points=case["points"], delivery=number):
                    self._check(document_of(contracts[case["name"]]), delivery)

    def _check(self, document: dict[str, Any], delivery: dict[str, Any]) -> None:
        result = plan(document, "E", delivery["event"], delivery.get("fetched", {}), EVENT_ID)
        self.assertEqual([flow for flow, _reason in result.ignored], delivery.get("ignored", []))
        self.assertEqual(len(result.commands), len(delivery["commands"]), result)
        for command, expected in zip(result.commands, delivery["commands"], strict=True):
            if "hold" in expected:
                self.assertIsNotNone(command.hold, command)
                self.assertEqual(command.hold.code, expected["hold"], command.hold)
                continue
            self.assertIsNone(command.hold, command.hold)
            said = json.loads(command.text())
            for key, value in json.loads(json.dumps(expected, default=str)).items():
                self._check_part(said, key, value)

    def _check_part(self, said: dict[str, Any], key: str, value: Any) -> None:
        if key == "key":
            self.assertEqual(said["key"], value.replace("EVENT", EVENT_ID))
        elif key == "all_fields":
            self.assertEqual(said["fields"], value)
        elif key == "fields":
            self.assertEqual({name: said["fields"].get(name, "ABSENT") for name in value}, value)
        else:
            self.assertEqual(said[key], value)
