from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..tools.errors import HoldError
from ..tools.jsontext import MAX_DEPTH, loads


@tagged("post_install", "-at_install", "millwright")
class TestToolsJsonText(BaseCase):
    def test_fractions_are_exact(self):
        self.assertEqual(loads('{"a": 0.1, "b": 7, "c": 1e2}'), {"a": Decimal("0.1"), "b": 7, "c": 100})
        self.assertIsInstance(loads("0.10"), Decimal)

    def test_bytes_are_read_as_utf8(self):
        self.assertEqual(loads('{"a": "ü"}'.encode()), {"a": "ü"})

    def test_what_is_no_json_is_held(self):
        for text in (
            "",
            "{",
            "[1,]",
            "NaN",
            '{"a": Infinity}',
            "-Infinity",
            b"\xff\xfe\xfd",
            "9" * 5000,
        ):
            with self.subTest(text=text[:20]), self.assertRaises(HoldError) as caught:
                loads(text)
            self.assertEqual(caught.exception.code, "invalid_json")

    def test_depth_is_bounded(self):
        loads("[" * MAX_DEPTH + "]" * MAX_DEPTH)
        for depth in (MAX_DEPTH + 1, 200_000):
            with self.subTest(depth=depth), self.assertRaises(HoldError) as caught:
                loads("[" * depth + "]" * depth)
            self.assertEqual(caught.exception.code, "too_deep")

    def test_last_of_two_equal_keys_wins_with_a_note(self):
        notes = []
        self.assertEqual(loads('{"a": 1, "b": {"a": 2}, "a": 3}', notes), {"a": 3, "b": {"a": 2}})
        self.assertEqual(notes, ["key 'a' stands twice"])
