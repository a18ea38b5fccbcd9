from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..tools.paths import (
    ABSENT,
    first,
    holds,
    parse_condition,
    parse_path,
    parse_template,
    render,
    resolve,
)

SCOPES = {
    "event": {
        "zero": 0,
        "empty": "",
        "nothing": None,
        "no": Decimal("2.0"),
        "yes": True,
        "rows": [{"n": 1}, {"n": 2}],
        "map": {"0": "key"},
        "odd": "a/b ü",
    },
    "record": None,
}


def at(text):
    return resolve(parse_path(text), SCOPES)


def test(**condition):
    return holds([parse_condition(condition)], SCOPES)


@tagged("post_install", "-at_install", "millwright")
class TestToolsPaths(BaseCase):
    def test_absent_null_empty_and_zero_are_four_things(self):
        self.assertIs(at("event.missing"), ABSENT)
        self.assertIsNone(at("event.nothing"))
        self.assertEqual(at("event.empty"), "")
        self.assertEqual(at("event.zero"), 0)

    def test_null_on_the_way_answers_null(self):
        self.assertIsNone(at("event.nothing.name"))
        self.assertIsNone(at("record.name"))

    def test_step_into_scalar_or_missing_scope_is_absent(self):
        self.assertIs(at("event.empty.name"), ABSENT)
        self.assertIs(at("line.name"), ABSENT)
        self.assertIs(at("event.missing.deeper"), ABSENT)

    def test_number_is_index_of_list_and_key_of_object(self):
        self.assertEqual(at("event.rows.1.n"), 2)
        self.assertEqual(at("event.map.0"), "key")
        self.assertIs(at("event.rows.2.n"), ABSENT)
        self.assertIs(at("event.rows.-1"), ABSENT)

    def test_scope_alone_is_a_path(self):
        self.assertIs(at("event"), SCOPES["event"])

    def test_first_prefers_a_value_then_null_then_absent(self):
        paths = [parse_path(f"event.{name}") for name in ("missing", "nothing", "zero", "no")]
        self.assertEqual(first(paths, SCOPES), 0)
        self.assertIsNone(first(paths[:2], SCOPES))
        self.assertIs(first(paths[:1], SCOPES), ABSENT)
        self.assertIs(first([], SCOPES), ABSENT)

    def test_bad_paths_are_refused(self):
        for text in (
            "",
            "event.",
            ".event",
            "env.user",
            "event..a",
            "event.{a}",
            "event a",
            None,
            5,
        ):
            with self.subTest(text=text), self.assertRaises(ValueError):
                parse_path(text)

    def test_template_renders_scalars_and_encodes_for_urls(self):
        self.assertEqual(render(parse_template("job/{event.no}/x"), SCOPES), "job/2/x")
        self.assertEqual(render(parse_template("/p/{event.odd}"), SCOPES, url=True), "/p/a%2Fb%20%C3%BC")
        self.assertEqual(render(parse_template("fixed"), SCOPES), "fixed")

    def test_template_with_a_missing_path_does_not_resolve(self):
        for name in ("missing", "nothing", "rows"):
            with self.subTest(name=name):
                self.assertIsNone(render(parse_template(f"x/{{event.{name}}}"), SCOPES))

    def test_bad_templates_are_refused(self):
        for text in ("{", "a}b", "{}", "{env.x}", "{{event.a}}", None):
            with self.subTest(text=text), self.assertRaises(ValueError):
                parse_template(text)

    def test_conditions(self):
        self.assertTrue(test(path="event.no", equals=2))
        self.assertFalse(test(path="event.yes", equals=1))
        self.assertTrue(test(path="event.yes", equals=True))
        self.assertFalse(test(path="event.missing", equals=None))
        self.assertTrue(test(path="event.nothing", equals=None))
        self.assertTrue(test(path="event.no", **{"in": [1, 2]}))
        self.assertFalse(test(path="event.zero", **{"in": [False, ""]}))
        self.assertTrue(test(path="event.nothing", present=False))
        self.assertTrue(test(path="event.empty", present=True))
        self.assertTrue(test(path="event.no", equals_path="event.rows.1.n"))
        self.assertFalse(test(path="event.gone", equals_path="event.missing"))

    def test_conditions_hold_together(self):
        both = [{"path": "event.yes", "equals": True}, {"path": "event.zero", "equals": 1}]
        self.assertFalse(holds([parse_condition(item) for item in both], SCOPES))
        self.assertTrue(holds([], SCOPES))

    def test_bad_conditions_are_refused(self):
        path = {"path": "event.a"}
        for extra in (
            {},
            {"equals": 1, "in": [1]},
            {"matches": ".*"},
            {"in": "a"},
            {"present": "yes"},
            {"equals_path": "nowhere.a"},
        ):
            with self.subTest(extra=extra), self.assertRaises(ValueError):
                parse_condition(path | extra)
        with self.assertRaises(ValueError):
            parse_condition({"equals": 1})
