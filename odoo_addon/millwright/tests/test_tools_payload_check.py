from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..tools.callback import Callback
from ..tools.handshake import answer, takes
from ..tools.payload_check import needed_reads, schema_problem

DECIMAL = {"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}]}
READ = {"as": "order", "unless": ["event.order"], "when": [{"path": "event.id", "present": True}]}


def question(**when):
    reply = {"status": 200, "headers": {}, "json": {"said": "{event.challenge}"}, "text": None}
    return {
        "accept": {"methods": ["POST"]},
        "verify": [],
        "handshakes": [{"when": when, "unverified": False, "reply": reply}],
    }


@tagged("post_install", "-at_install", "millwright")
class TestToolsPayloadCheck(BaseCase):
    def test_every_type_takes_its_own_values_and_no_others(self):
        cases = [
            ({"type": "integer"}, [1, Decimal("2.0")], [Decimal("2.5"), "1", True, None]),
            ({"type": "string", "minLength": 1}, ["a"], ["", 1, None]),
            ({"type": "boolean"}, [True, False], [0, "true"]),
            (
                {"type": "string", "format": "date-time"},
                ["2026-09-01T08:00:00Z"],
                ["2026-09-01T08:00:00", "2026-13-01T08:00:00Z", 7],
            ),
            ({"type": "string", "format": "date"}, ["2026-09-01"], ["2026-09-31", "20260901"]),
            (DECIMAL, [1, Decimal("1.5"), "-1.5"], ["1,5", "", None, True]),
        ]
        for schema, good, bad in cases:
            for value in good:
                self.assertIsNone(schema_problem(schema, value), (schema, value))
            for value in bad:
                self.assertTrue(schema_problem(schema, value), (schema, value))

    def test_a_problem_names_its_place_and_no_value(self):
        schema = {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}
        self.assertEqual(schema_problem(schema, {"a": 4711}), "event.a: must be string")
        self.assertEqual(schema_problem(schema, {}), "event: must have a")

    def test_a_keyword_that_is_not_understood_does_not_pass(self):
        self.assertIn("maximum", schema_problem({"type": "integer", "maximum": 9}, 1))

    def test_a_read_is_needed_unless_the_event_carries_it_or_a_condition_fails(self):
        rule = {"fetch": [READ]}
        self.assertEqual(needed_reads(rule, {"id": 1}, {}), ["order"])
        self.assertEqual(needed_reads(rule, {"id": 1, "order": None}, {}), ["order"])
        self.assertEqual(needed_reads(rule, {"id": 1, "order": {}}, {}), [])
        self.assertEqual(needed_reads(rule, {}, {}), [])

    def test_a_question_is_answered_only_when_it_is_asked_in_full(self):
        source = question(path="event.type", equals="ping")
        call = Callback("POST", {})
        body = b'{"type": "ping", "challenge": "c"}'
        self.assertEqual(answer(source, call, body, True).body, b'{"said":"c"}')
        for raw, verified in ((body, False), (None, True), (b'{"type": "ping"}', True), (b"{", True)):
            self.assertIsNone(answer(source, call, raw, verified))
        self.assertIsNone(answer(question(method="PUT"), call, body, True))
        self.assertTrue(takes(question(method="PUT"), "PUT"))
        self.assertFalse(takes(source, "PUT"))
