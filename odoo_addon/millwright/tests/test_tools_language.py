import copy
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from odoo.tests import BaseCase, tagged

from ..tools.contract_reader import compile_contract
from ..tools.errors import ContractError
from ..tools.jsontext import loads
from ..tools.mapping import plan
from .tools_common import EVENT_ID, FIXTURES

FOLDER = FIXTURES / "contract"


def document_of(flow: dict[str, Any]) -> dict[str, Any]:
    """A contract around one flow."""
    return {"contract": 1, "events": {"E": {"flows": ["usage"]}}, "flows": {"usage": flow}}


ODD = (None, "", " ", True, 0, -1, Decimal("1e400"), Decimal("0.5"), "x" * 300, "\0", "9" * 40, "-5", [], {}, [[]], [{}],
       "/Date(99999999999999999)/", "PT99999999H", "99:99", "{event.id}", "9999-12-31T23:59:59-23:59")  # fmt: skip


def _variants(value: Any) -> Iterator[Any]:
    """The value with one part after the other replaced by something odd, or taken out."""
    yield from ODD
    if isinstance(value, dict):
        for name, item in value.items():
            yield {key: other for key, other in value.items() if key != name}
            yield from ({**value, name: variant} for variant in _variants(item))
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from ([*value[:index], variant, *value[index + 1 :]] for variant in _variants(item))


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

    def test_odd_values_are_held_or_taken_and_never_break_the_interpreter(self):
        contracts = json.loads((FOLDER / "language_contracts.json").read_text(encoding="utf-8"))
        for case in loads((FOLDER / "language.json").read_text(encoding="utf-8")):
            compiled = compile_contract(document_of(contracts[case["name"]]))
            for delivery in case["deliveries"]:
                for event in _variants(delivery["event"]):
                    fetched = delivery.get("fetched", {})
                    with self.subTest(case=case["name"], event=event):
                        for command in plan(compiled, "E", event, fetched, EVENT_ID).commands:
                            self.assertNotEqual(command.command is None, command.hold is None)
                            command.text()

    def test_what_a_contract_says_wrongly_is_named(self):
        cases = [
            ("epoch", "a moment is written as epoch_s", ("due_at", "format"), "unknown"),
            (
                "time",
                "a date and a time stand in two fields",
                ("due_at", "time", "format"),
                "expected one of clock",
            ),
            ("factor", "numbers as text with decimal commas", ("cost", "number", "factor"), "factor"),
            ("kilo", "a duration in minutes", ("planned_hours", "unit"), "expected one of hours"),
            (["shout"], "a priority in any case", ("priority", "clean"), "unknown filter"),
            (["Urgent"], "a status line of codes, the most final first", ("status", "tokens"), "keys of map"),
            (
                {"by": [], "out": ["A"], "in": ["A"]},
                "a word says the direction",
                ("quantity", "sign"),
                "both",
            ),
            (["{event.part"], "a word says the direction", ("part", "from"), "lone brace"),
            (["{event.part|rot13}"], "a word says the direction", ("part", "from"), "unknown filter"),
            (
                "ignore",
                "a snapshot converges, zero included",
                ("quantity", "zero"),
                "statement of a snapshot",
            ),
            ("maybe", "each field says who wins", ("model", "on_conflict"), "expected one of cmms"),
        ]
        contracts = json.loads((FOLDER / "language_contracts.json").read_text(encoding="utf-8"))
        for value, name, steps, message in cases:
            flow = copy.deepcopy(contracts[name])
            place = flow["inputs"]["said"]["fields"]
            for step in steps[:-1]:
                place = place[step]
            place[steps[-1]] = value
            with self.subTest(steps=steps, value=value):
                with self.assertRaises(ContractError) as caught:
                    compile_contract(document_of(flow))
                self.assertIn(message, str(caught.exception))

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
