import json
import random
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..tools.canonical import (
    UTC,
    canonical,
    contract_hash,
    decimal_text,
    instant_text,
    parse_date,
    parse_instant,
    sha256_hex,
    time_zone,
)
from .tools_common import contract


@tagged("post_install", "-at_install", "millwright")
class TestToolsCanonical(BaseCase):
    def test_keys_are_sorted_without_blanks_and_unescaped(self):
        self.assertEqual(
            canonical({"b": [1, None, True], "a": "ü/\u2028"}), '{"a":"ü/\u2028","b":[1,null,true]}'
        )

    def test_typed_values_have_one_spelling(self):
        value = {
            "d": Decimal("2.50"),
            "i": datetime(2026, 1, 2, 3, 4, 5, 6, timezone(timedelta(hours=2))),
            "day": date(2026, 1, 2),
        }
        self.assertEqual(canonical(value), '{"d":"2.5","day":"2026-01-02","i":"2026-01-02T01:04:05.000006Z"}')

    def test_what_has_no_exact_text_is_refused(self):
        for value in (1.5, float("nan"), {1: 2}, {"a": {1, 2}}, b"x"):
            with self.subTest(value=value), self.assertRaises(TypeError):
                canonical(value)

    def test_decimals(self):
        cases = {
            "2.0": "2", "100": "100", "1E+3": "1000", "-0.0": "0", "0E-9": "0", "0.10": "0.1",
            "-2.50": "-2.5", "1e-7": "0.0000001", "0E+99": "0",
        }  # fmt: skip
        for text, expected in cases.items():
            with self.subTest(text=text):
                self.assertEqual(decimal_text(Decimal(text)), expected)

    def test_huge_and_infinite_decimals_are_refused(self):
        for text in ("1e31", "1e999999999", "1e-31", "NaN", "Infinity", "-Infinity"):
            with self.subTest(text=text), self.assertRaises(ValueError):
                decimal_text(Decimal(text))

    def test_random_decimals_keep_their_value_and_have_one_spelling(self):
        rng = random.Random(19)
        for _round in range(500):
            number = Decimal(rng.randrange(-(10**12), 10**12)).scaleb(rng.randrange(-9, 9))
            text = decimal_text(number)
            self.assertEqual(Decimal(text), number)
            self.assertEqual(decimal_text(Decimal(text + (".000" if "." not in text else "000"))), text)
            self.assertNotIn("E", text)

    def test_instants_with_offsets(self):
        cases = {
            "2026-09-03T10:05:00.310+00:00": "2026-09-03T10:05:00.310000Z",
            "2026-09-03T10:05:00Z": "2026-09-03T10:05:00.000000Z",
            "2026-09-03 12:05+0200": "2026-09-03T10:05:00.000000Z",
            "2026-09-03T05:05:00,5-05": "2026-09-03T10:05:00.500000Z",
            "2026-09-03T10:05:00.123456999Z": "2026-09-03T10:05:00.123456Z",
        }
        for text, expected in cases.items():
            with self.subTest(text=text):
                self.assertEqual(instant_text(parse_instant(text)), expected)

    def test_what_is_no_instant_is_refused(self):
        for text in (
            "", "2026-09-03", "2026-09-03T10:05:00", "2026-02-30T00:00:00Z", "2026-09-03T24:00:00Z",
            "2026-09-03T10:05:60Z", "2026-09-03T10:05:00+25:00", "0001-01-01T00:00:00+05:00",
            "2026-09-03T10:05:00.1234567890Z", "1788429900335", "２026-09-03T10:05:00Z",
            "2026-09-03T10:05:00Z\n",
        ):  # fmt: skip
            with self.subTest(text=text), self.assertRaises(ValueError):
                parse_instant(text)

    def test_naive_instant_is_read_in_the_zone(self):
        zone = time_zone("Europe/Berlin")
        self.assertEqual(
            instant_text(parse_instant("2026-07-01T12:00:00", zone)), "2026-07-01T10:00:00.000000Z"
        )
        self.assertEqual(
            instant_text(parse_instant("2026-01-01T12:00:00Z", zone)), "2026-01-01T12:00:00.000000Z"
        )

    def test_naive_datetime_and_unknown_zone_are_refused(self):
        with self.assertRaises(ValueError):
            instant_text(datetime(2026, 1, 1))
        for name in ("Mars/Base", "", "../etc/passwd"):
            with self.subTest(name=name), self.assertRaises(ValueError):
                time_zone(name)

    def test_random_instants_come_back(self):
        rng = random.Random(7)
        start = datetime(1, 1, 2, tzinfo=UTC)
        for _round in range(500):
            instant = start + timedelta(
                seconds=rng.randrange(300_000_000_000 // 5), microseconds=rng.randrange(10**6)
            )
            text = instant_text(instant)
            self.assertEqual(len(text), 27)
            self.assertEqual(parse_instant(text), instant)

    def test_day_of_an_instant_depends_on_the_zone(self):
        text = "2026-05-03T23:30:00Z"
        self.assertEqual(parse_date(text, time_zone("Europe/Berlin")), date(2026, 5, 4))
        self.assertEqual(parse_date(text, UTC), date(2026, 5, 3))
        self.assertEqual(parse_date("2028-08-20"), date(2028, 8, 20))
        for bad in ("2026-13-01", "20260101", text):
            with self.subTest(bad=bad), self.assertRaises(ValueError):
                parse_date(bad)

    def test_hash_covers_everything_but_itself_in_any_order(self):
        document = contract()
        self.assertEqual(contract_hash(document), document["hash"])
        shuffled = json.loads(json.dumps(document, sort_keys=True))
        self.assertEqual(contract_hash(shuffled), document["hash"])
        document["flows"]["usage"]["shortage"] = "hold"
        self.assertNotEqual(contract_hash(document), document["hash"])

    def test_sha256_of_text_is_that_of_its_utf8(self):
        self.assertEqual(sha256_hex("ü"), sha256_hex("ü".encode()))
        self.assertEqual(sha256_hex("")[:8], "e3b0c442")
