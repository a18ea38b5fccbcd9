from unittest.mock import patch

import psycopg2

from odoo import SUPERUSER_ID, api, fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.millwright.const import CONFLICT_FREE_TRIES

from .core import CoreCase

RUNNER_LOG = "odoo.addons.millwright.models.inbox_claim"


@tagged("post_install", "-at_install", "millwright")
class TestRunnerFaults(CoreCase):
    def setUp(self):
        super().setUp()
        self.handler = type(self.env["millwright.handler.equipment"])
        self.original = self.handler._apply
        self.calls = []

    def handle(self, before):
        """The equipment handler, which calls `before(model, works)` first and counts its calls."""

        def apply(model, works):
            self.calls.append([work.command["key"] for work in works])
            before(model, works)
            return self.original(model, works)

        return patch.object(self.handler, "_apply", apply)

    def assets(self, count):
        return [self.store("ASSET", f"a{n}", id=str(n), name=f"Press {n}") for n in range(count)]

    # -- batches that fail ----------------------------------------------------------------

    @mute_logger(RUNNER_LOG)
    def test_what_a_rolled_back_batch_had_registered_does_not_happen(self):
        called = []

        def before(model, works):
            keys = [work.command["key"] for work in works]
            for key in keys:
                model.env["mail.mail"].sudo().create({"subject": f"about {key}", "auto_delete": False})
                model.env.cr.postcommit.add(lambda key=key: called.append(key))
                model.env.cr.precommit.data.setdefault("millwright.test", []).append(key)
            model.env.cr.precommit.add(
                lambda data=model.env.cr.precommit.data: called.append(tuple(data["millwright.test"]))
            )
            if "5" in keys:
                raise ValueError("broken")

        rows = self.assets(16)
        with self.handle(before):
            self.run_inbox()
        states = [row.state for row in rows]
        self.assertEqual(states.count("done"), 15)
        mails = self.env["mail.mail"].search([("subject", "like", "about ")])
        survivors = sorted(str(number) for number in range(16) if number != 5)
        self.assertEqual(sorted(mail.subject.split()[-1] for mail in mails), survivors)
        said = [key for keys in called if isinstance(keys, tuple) for key in keys]
        self.assertEqual(sorted(said), survivors, "precommit data of a transaction that is gone")
        self.assertLessEqual(len(self.calls), 2 + 2 * 4)

    @mute_logger(RUNNER_LOG)
    def test_two_poisoned_commands_of_many_cost_a_few_calls_each(self):
        def before(_model, works):
            if {"3", "20"} & {work.command["key"] for work in works}:
                raise ValueError("broken")

        rows = self.assets(24)
        with self.handle(before):
            self.run_inbox()
        self.assertEqual([row.state for row in rows].count("done"), 22)
        self.assertLessEqual(len(self.calls), 1 + 2 * 2 * 5)

    # -- conflicts ------------------------------------------------------------------------

    @mute_logger(RUNNER_LOG)
    def test_a_command_that_always_conflicts_does_not_spin_and_takes_nobody_along(self):
        def before(_model, works):
            if "5" in {work.command["key"] for work in works}:
                raise psycopg2.errors.SerializationFailure("conflict")

        rows = self.assets(16)
        with self.handle(before):
            self.run_inbox()
        row = rows.pop(5)
        self.assertEqual({other.state for other in rows}, {"done"})
        self.assertEqual((row.state, row.attempts), ("pending", 0))
        self.assertEqual(row.conflicts, CONFLICT_FREE_TRIES + 1)
        self.assertGreater(row.next_attempt_at, fields.Datetime.now())
        cron = self.env.ref("millwright.cron_runner")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        self.assertIn(
            row.next_attempt_at.replace(microsecond=0),
            [trigger.call_at.replace(microsecond=0) for trigger in triggers],
        )
        row.next_attempt_at = False
        self.run_inbox()
        self.assertEqual((row.state, row.attempts, row.conflicts), ("done", 1, 0))

    def test_claims_that_always_conflict_end_the_run_and_bring_it_back(self):
        self.store("ASSET", "a", id="7", name="Press")
        self.env["ir.cron.trigger"].search([]).unlink()
        asked = []

        def conflict(*_arguments, **_named):
            asked.append(True)
            raise psycopg2.errors.SerializationFailure("conflict")

        with patch.object(type(self.inbox), "_take", conflict):
            self.run_inbox()
        self.assertLess(len(asked), 12)
        triggers = self.env["ir.cron.trigger"].search([])
        self.assertGreater(triggers.call_at, fields.Datetime.now())

    # -- the cron -------------------------------------------------------------------------

    @mute_logger(RUNNER_LOG)
    def test_ten_runs_over_broken_commands_raise_nothing_and_leave_nothing_remaining(self):
        def before(_model, _works):
            raise ValueError("broken")

        self.env["ir.config_parameter"].set_param("millwright.attempt_limit", "20")
        rows = self.assets(3)
        cron = self.env.ref("millwright.cron_runner")
        progress = self.env["ir.cron.progress"].create({"cron_id": cron.id})
        context = {"ir_cron_progress_id": progress.id, "cron_id": cron.id}
        for _time in range(10):
            for row in rows:
                row.next_attempt_at = False
            self.env.flush_all()
            with self.handle(before), self.enter_registry_test_mode(), self.registry.cursor() as cr:
                api.Environment(cr, SUPERUSER_ID, context)["millwright.inbox"]._cron_run()
            self.env.invalidate_all()
            self.assertEqual(progress.remaining, 0)
        self.assertTrue(cron.active)
        self.assertEqual([row.attempts for row in rows], [10] * 3)

    def test_a_cron_that_was_off_goes_on_where_it_was(self):
        cron = self.env.ref("millwright.cron_runner")
        cron.active = False
        rows = self.assets(3)
        cron.active = True
        self.assertTrue(
            self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)]),
            "messages that came meanwhile have woken it",
        )
        self.run_inbox()
        self.assertEqual({row.state for row in rows}, {"done"})

    def test_a_run_ends_although_what_it_lets_go_of_is_held_again(self):
        asked = []

        def present(_model, _backend, _kind, keys):
            asked.append(keys)
            self.assertLess(len(asked), 20, "it goes on for ever")
            return keys

        row = self.store("ORDER", "o", id="9", name="Oil change", status="new", asset="7")
        with patch.object(type(self.inbox), "_present", present):
            self.run_inbox()
            self.assertEqual((row.state, row.code), ("held", "equipment_unknown"))
            self.run_inbox()
        self.assertTrue(asked)
        self.store("ASSET", "a", id="7", name="Press")
        self.run_inbox()
        self.assertEqual(row.state, "done")
