import logging

from odoo.tests import BaseCase, tagged

from ..tools.calm_log import calm_log, soften
from ..tools.pace import FIRST_BATCH, FIRST_REST, STUMBLE_LIMIT, WAIT_LIMIT, Pace

CONFLICT = "bad query: UPDATE x\nERROR: could not serialize access due to concurrent update"


@tagged("post_install", "-at_install", "millwright")
class TestToolsPace(BaseCase):
    def test_a_batch_of_an_unknown_kind_starts_small(self):
        self.assertEqual(Pace(200).fit(["slow"] * 500), FIRST_BATCH)

    def test_a_batch_grows_or_shrinks_to_what_a_second_can_take(self):
        pace = Pace(200)
        for _batch in range(12):
            size = pace.fit(["slow"] * 500)
            pace.learn("slow", size, size * 0.2)
        self.assertEqual(pace.fit(["slow"] * 500), 5)
        for _batch in range(12):
            size = pace.fit(["slow"] * 500)
            pace.learn("slow", size, size * 0.0001)
        self.assertEqual(pace.fit(["slow"] * 500), 200)

    def test_kinds_are_measured_apart(self):
        pace = Pace(200)
        pace.learn("slow", 1, 3.0)
        pace.learn("quick", 100, 1.0)
        self.assertEqual(pace.fit(["slow", "quick"]), 1, "one is always taken, however slow")
        self.assertEqual(pace.fit(["quick"] * 50 + ["slow"]), 50)
        self.assertEqual(pace.fit([]), 0)

    def test_conflicts_in_a_row_end_the_run_and_success_forgets_them(self):
        pace = Pace(200)
        self.assertEqual([pace.stumble() for _time in range(STUMBLE_LIMIT)][-2:], [True, False])
        pace.stride()
        self.assertTrue(pace.stumble())

    def test_waits_in_a_row_end_the_run_and_success_forgets_them(self):
        pace = Pace(200)
        self.assertEqual([pace.waits() for _time in range(WAIT_LIMIT + 1)][-2:], [True, False])
        pace.stride()
        self.assertTrue(pace.waits())

    def test_after_a_failure_some_batches_go_in_two_steps_and_after_the_next_twice_as_many(self):
        pace = Pace(200)
        for rest in (FIRST_REST, 2 * FIRST_REST, 4 * FIRST_REST):
            self.assertTrue(pace.goes_through())
            self.assertTrue(pace.goes_through())
            pace.falter()
            self.assertEqual([pace.goes_through() for _batch in range(rest)], [False] * rest)

    def test_a_conflict_is_information_in_a_runner_and_an_error_elsewhere(self):
        def level(text):
            record = logging.LogRecord("odoo.sql_db", logging.ERROR, "", 1, text, (), None)
            self.assertTrue(soften(record))
            return record.levelname

        with calm_log():
            self.assertEqual(level(CONFLICT), "INFO")
            self.assertEqual(level("bad query: x\nERROR: column does not exist"), "ERROR")
        self.assertEqual(level(CONFLICT), "ERROR")
