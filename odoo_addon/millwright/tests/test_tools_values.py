import random
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..tools.errors import HoldError
from ..tools.field_reader import FieldReader
from ..tools.jsontext import loads
from ..tools.kinds import FieldType
from ..tools.mapping import plan
from ..tools.paths import ABSENT
from ..tools.values import Outcome, field_value
from .tools_common import EVENT_ID, FIXTURES, contract, message

STATUS = FieldType("enum", values=("open", "done"))
TYPES = {name: FieldType(name) for name in ("text", "decimal", "quantity", "date", "datetime", "unit")}
TYPES |= {"enum": STATUS, "ref": FieldType("ref", ref="part")}


def value(kind, raw, **rules):
    """Value of one field whose raw value is given (ABSENT: left out)."""
    reader = FieldReader()
    document = {"type": kind, "from": ["event.x"]} | rules
    mapping = reader.field("x", document, TYPES[kind], "fields.x", False)
    if reader.problems:
        raise AssertionError(reader.problems)
    return field_value(mapping, {"event": {} if raw is ABSENT else {"x": raw}})


@tagged("post_install", "-at_install", "millwright")
class TestToolsValues(BaseCase):
    def _assert_held(self, code, kind, raw, **rules):
        with self.assertRaises(HoldError) as caught:
            value(kind, raw, **rules)
        error = caught.exception
        self.assertEqual(error.code, code)
        self.assertEqual(error.place, "fields.x (event.x)")
        self.assertTrue(error.found and error.expected and error.remedy)

    def test_policies_of_absent_null_empty_and_zero(self):
        cases = [("absent", ABSENT), ("null", None), ("empty", ""), ("empty", " \t")]
        for key, raw in cases:
            with self.subTest(key=key, raw=raw):
                self.assertIs(value("text", raw, **{key: "keep"}), Outcome.KEEP)
                self.assertIsNone(value("text", raw, **{key: "clear"}))
                self._assert_held("missing_value", "text", raw, **{key: "hold"})
        self.assertEqual(value("text", "", empty="set"), "")
        self.assertEqual(value("decimal", Decimal("-0.0"), zero="set"), "0")
        self.assertIs(value("decimal", 0, zero="keep"), Outcome.KEEP)
        self.assertIsNone(value("decimal", 0, zero="clear"))
        self._assert_held("missing_value", "decimal", 0, zero="hold")

    def test_zero_means_none_where_the_spec_says_so(self):
        for kind in ("text", "date", "datetime"):
            for raw in (0, "0", "000", Decimal("0")):
                with self.subTest(kind=kind, raw=raw):
                    self.assertIsNone(value(kind, raw, zero="clear"))
                    self.assertIs(value(kind, raw, zero="keep"), Outcome.KEEP)
                    self._assert_held("missing_value", kind, raw, zero="hold")
        self.assertEqual(value("text", "0"), "0")
        self.assertEqual(value("text", "10", zero="clear"), "10")
        self.assertEqual(value("text", "A0", zero="clear"), "A0")
        reference = {"by": "external_id", "missing": "hold"}
        self.assertIsNone(value("ref", 0, zero="clear", **reference))
        self.assertEqual(value("ref", 7, zero="clear", **reference)["value"], "7")
        self.assertEqual(value("ref", 0, **reference)["value"], "0")

    def test_required_holds_and_optional_keeps_by_default(self):
        for raw in (ABSENT, None, ""):
            with self.subTest(raw=raw):
                self._assert_held("missing_value", "text", raw, required=True)
                self.assertIs(value("text", raw), Outcome.KEEP)

    def test_blank_is_like_null_where_nothing_else_is_said(self):
        self.assertIsNone(value("datetime", "", null="clear"))

    def test_text(self):
        self.assertEqual(value("text", " a "), " a ")
        self.assertEqual(value("text", Decimal("2.0")), "2")
        for raw in (True, [], {}):
            self._assert_held("wrong_type", "text", raw)
        for raw in ("a\0", "\udfff"):
            self._assert_held("bad_text", "text", raw)

    def test_numbers(self):
        self.assertEqual(value("decimal", Decimal("9100.0")), "9100")
        self.assertEqual(value("decimal", "12.50"), "12.5")
        for raw in (True, "12,5", "1e3", "NaN", " 1", [], "0x10"):
            with self.subTest(raw=raw):
                self._assert_held("wrong_type", "decimal", raw)
        for raw in (Decimal("1e31"), Decimal("Infinity"), Decimal("1e-99"), 10**40):
            with self.subTest(raw=raw):
                self._assert_held("number_out_of_range", "decimal", raw)

    def test_sign_says_what_is_taken(self):
        self.assertEqual(value("quantity", Decimal("-2.0"), sign="negative_is_out"), "2")
        self.assertEqual(value("quantity", 1, sign="negative_is_out"), "-1")
        self.assertEqual(value("quantity", 1, sign="positive_is_out"), "1")
        self.assertIs(value("quantity", Decimal("0.00"), sign="negative_is_out"), Outcome.IGNORE)
        self.assertEqual(value("quantity", 0, sign="negative_is_out", zero="set"), "0")

    def test_enumerations(self):
        table = {"map": {"NEW": "open", "1": "done", "true": "done"}}
        self.assertEqual(value("enum", "NEW", **table), "open")
        self.assertEqual(value("enum", Decimal("1.0"), **table), "done")
        self.assertEqual(value("enum", True, **table), "done")
        self.assertEqual(value("enum", "open", map={}), "open")
        self.assertEqual(value("enum", "ODD", **table, **{"else": "set"}, else_value="open"), "open")
        for raw in ("ODD", "open", "new", "NEW "):
            self._assert_held("unknown_value", "enum", raw, **table)
        self._assert_held("wrong_type", "enum", {}, **table)

    def test_presence_decides_between_two_literals(self):
        rules = {"present": "done", "otherwise": "open"}
        for raw, expected in (
            (ABSENT, "open"),
            (None, "open"),
            (0, "done"),
            ("", "done"),
            ({}, "done"),
        ):
            with self.subTest(raw=raw):
                self.assertEqual(value("enum", raw, **rules), expected)

    def test_dates_and_times(self):
        self.assertEqual(value("datetime", "2026-09-01T07:10:02.120334Z"), "2026-09-01T07:10:02.120334Z")
        self.assertEqual(value("date", "2028-08-20T00:00:00.000+00:00", time_zone="UTC"), "2028-08-20")
        self._assert_held("bad_datetime", "datetime", "2026-09-01T07:10:02")
        self._assert_held("bad_datetime", "datetime", "01.09.2026")
        self._assert_held("wrong_type", "datetime", 1788429900335)
        self._assert_held("bad_date", "date", "2026-02-30")
        self._assert_held("wrong_type", "date", True)

    def test_references(self):
        self.assertEqual(
            value("ref", 88, by="external_id", missing="hold"),
            {"ref": "part", "by": "external_id", "value": "88", "missing": "hold"},
        )
        self.assertEqual(value("ref", "88", name=["event.x"])["name"], "88")
        self.assertIsNone(value("ref", None, null="clear"))
        for raw in (True, [], Decimal("1.5")):
            self._assert_held("wrong_type", "ref", raw)

    def test_constants_and_assumptions(self):
        self.assertEqual(value("text", "other", value="fixed"), "fixed")
        self.assertIsNone(value("unit", "pcs", assume="product"))
        self.assertEqual(value("unit", "pcs"), "pcs")


@tagged("post_install", "-at_install", "millwright")
class TestToolsRandomMessages(BaseCase):
    def test_no_message_breaks_the_interpreter(self):
        """Whatever stands in a message: a plan comes out, held or not, and the same one twice."""
        rng = random.Random(2026)
        odd = (
            None,
            True,
            0,
            -1,
            Decimal("1e99"),
            "",
            "\0",
            "x" * 300,
            "2026-01-01",
            [],
            {},
            [None],
            {"no": []},
        )
        document = contract()
        for _round in range(400):
            event = rng.choice(list(document["events"]))
            body = message(event)
            for _change in range(rng.randrange(1, 5)):
                _spoil(body, rng, odd)
            once, twice = (plan(document, event, body, {}, EVENT_ID) for _time in range(2))
            self.assertEqual(
                [item.text() for item in once.commands], [item.text() for item in twice.commands]
            )
            for command in once.commands:
                self.assertEqual(command.hold is None, command.command is not None)

    def test_quantities_keep_their_value_through_json(self):
        rng = random.Random(5)
        body = message("usage.booked")
        for _round in range(300):
            amount = Decimal(rng.randrange(1, 10**9)).scaleb(-rng.randrange(7)) * rng.choice((1, -1))
            body["rows"] = [loads(f'{{"row_no": 1, "article": {{"no": 5}}, "amount": {amount}}}')]
            (command,) = plan(contract(), "usage.booked", body, {}, EVENT_ID).commands
            self.assertEqual(Decimal(command.command["fields"]["quantity"]), amount)

    def test_samples_are_there_for_every_event(self):
        names = set(loads((FIXTURES / "messages.json").read_text(encoding="utf-8")))
        self.assertEqual(names, set(contract()["events"]))


def _spoil(node, rng, odd):
    """Replace or remove one value somewhere in the message."""
    while True:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not keys:
            return
        key = rng.choice(keys)
        inner = node[key]
        if isinstance(inner, (dict, list)) and inner and rng.random() < 0.7:
            node = inner
            continue
        if rng.random() < 0.3:
            del node[key]
        else:
            node[key] = rng.choice(odd)
        return
