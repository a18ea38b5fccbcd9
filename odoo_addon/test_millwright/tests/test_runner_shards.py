from datetime import timedelta
from time import monotonic
from unittest.mock import patch

from odoo import SUPERUSER_ID, api, fields
from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.millwright.models import inbox_plan_claim
from odoo.addons.millwright.tools.pace import WAIT_LIMIT
from odoo.addons.millwright.tools.sharding import SHARDS, shard_of, shard_range

from .core import CoreCase

RUNNERS = "millwright.runners"


@tagged("post_install", "-at_install", "millwright")
class TestRunnerShards(CoreCase):
    def setUp(self):
        super().setUp()
        self.crons = [
            self.env.ref("millwright.cron_runner"),
            *(self.env.ref(f"millwright.cron_runner_{number}") for number in (2, 3, 4)),
        ]

    def want(self, count):
        self.env["ir.config_parameter"].set_param(RUNNERS, str(count))

    def run_as(self, number):
        """One run of a runner, as its cron does it."""
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            context = {"cron_id": self.crons[number].id}
            api.Environment(cr, SUPERUSER_ID, context)["millwright.inbox"]._cron_run()
        self.env.invalidate_all()

    def triggered(self, number):
        triggers = self.env["ir.cron.trigger"]
        return triggers.search_count([("cron_id", "=", self.crons[number].id)])

    def forget_triggers(self):
        self.env["ir.cron.trigger"].search([]).unlink()

    # -- who does what --------------------------------------------------------------------

    def test_which_crons_run_is_known_without_asking(self):
        self.want(3)
        self.assertEqual(list(self.inbox._runners()), self.crons[:3])
        with self.assertQueryCount(0):
            self.assertEqual(self.inbox._runners().ids, [cron.id for cron in self.crons[:3]])

    def test_the_shards_of_all_runners_together_are_each_there_once(self):
        for count in (1, 2, 3, 4):
            ranges = [shard_range(index, count) for index in range(count)]
            self.assertEqual((ranges[0][0], ranges[-1][1]), (0, SHARDS))
            self.assertTrue(all(one[1] == two[0] for one, two in zip(ranges, ranges[1:], strict=False)))
        self.assertEqual(shard_of("company/1/product/7"), 1493, "the same in every version")

    def test_two_external_parts_of_one_product_meet_in_one_shard(self):
        self.env["millwright.part"].create(
            {"backend_id": self.backend.id, "external_id": "S2", "product_id": self.product.id}
        )
        self.store("ORDER", "o", id="9", name="Oil", status="new")
        rows = [self.store("USED", f"u{part}", order="9", part=part, quantity=1) for part in ("S1", "S2")]
        self.run_inbox()
        key = f"company/{self.company.id}/product/{self.product.id}"
        self.assertEqual([row.shard_key for row in rows], [key, key])
        self.assertEqual([row.shard for row in rows], [shard_of(key)] * 2)

    def test_a_part_that_is_bound_later_gets_the_shard_of_its_product(self):
        self.store("ORDER", "o", id="9", name="Oil", status="new")
        row = self.store("USED", "u", order="9", part="new", quantity=1)
        self.run_inbox()
        self.assertEqual((row.state, row.shard_key), ("held", "product/new"))
        part = self.env["millwright.part"].search([("external_id", "=", "new")])
        part.product_id = self.product
        self.run_inbox()
        key = f"company/{self.company.id}/product/{self.product.id}"
        self.assertEqual((row.state, row.shard_key), ("done", key))

    def test_under_real_time_valuation_the_journal_is_the_shard(self):
        other = self.env["product.product"].create({"name": "Belt", "is_storable": True})
        category = self.env["product.category"].create(
            {"name": "Perpetual", "property_valuation": "real_time"}
        )
        (self.product + other).categ_id = category
        keys = {self.inbox._stock_shard(product, self.company) for product in self.product + other}
        self.assertEqual(len(keys), 1)
        self.assertIn("/journal/", keys.pop())

    def test_the_shard_is_that_of_the_valuation_of_now(self):
        category = self.env["product.category"].create({"name": "Parts"})
        self.product.categ_id = category

        def shard():
            return self.inbox._stock_shard(self.product, self.company).removeprefix(
                f"company/{self.company.id}/"
            )

        by_product = f"product/{self.product.id}"
        journals = self.env["account.journal"].create(
            [{"name": code, "code": code, "type": "general"} for code in ("ONE", "TWO", "THREE")]
        )
        by_journal = [f"journal/{journal.id}" for journal in journals]
        self.assertEqual(shard(), by_product)
        category.property_valuation = "real_time"
        for journal, key in zip(journals[:2], by_journal, strict=False):
            self.company.account_stock_journal_id = journal
            self.assertEqual(shard(), key)
        category.property_stock_journal = journals[2]
        self.assertEqual(shard(), by_journal[2])
        category.property_valuation = False
        self.assertEqual(shard(), by_product)
        self.company.inventory_valuation = "real_time"
        self.assertEqual(shard(), by_journal[2])

    def test_each_runner_takes_its_share_and_all_of_them_take_everything(self):
        self.want(2)
        rows = [self.store("ASSET", f"a{number}", id=str(number), name="Press") for number in range(12)]
        self.run_as(0)
        middle = shard_range(0, 2)[1]
        for row in rows:
            self.assertEqual(row.state, "done" if row.shard < middle else "pending", row.shard)
        self.assertEqual({row.state for row in rows}, {"done", "pending"})
        self.run_as(1)
        self.assertEqual({row.state for row in rows}, {"done"})

    def test_with_fewer_runners_the_rest_does_the_work_of_those_that_stopped(self):
        self.want(4)
        rows = [self.store("ASSET", f"a{number}", id=str(number), name="Press") for number in range(12)]
        self.run_as(0)
        self.want(1)
        urgent = {**self.cloud_event("ASSET", "urgent", id="urgent", name="Press"), "lane": "critical"}
        self.inbox._store(self.backend, [urgent])
        self.run_as(3)
        self.assertIn("pending", [row.state for row in rows], "a runner too many does nothing")
        self.assertEqual(self.inbox.search([("event_id", "=", "urgent")]).state, "pending")
        self.run_as(0)
        self.assertEqual({row.state for row in rows}, {"done"})

    def test_a_runner_wakes_the_one_whose_share_it_has_let_go(self):
        self.want(2)
        rows = [self.store("ASSET", f"a{number}", id=str(number), name="Press") for number in range(12)]
        self.forget_triggers()
        self.run_as(0)
        self.assertIn("pending", [row.state for row in rows])
        self.assertTrue(self.triggered(1), "what is planned waits for nobody's clock")

    def test_messages_wake_as_many_runners_as_are_wanted(self):
        self.want(2)
        self.forget_triggers()
        self.store("ASSET", "a", id="7", name="Press")
        woken = [bool(self.triggered(number)) for number in range(4)]
        self.assertEqual(woken, [True, True, False, False])

    def test_of_several_runners_one_at_a_time_claims_what_is_to_be_planned(self):
        for count in (1, 2):
            self.want(count)
            row = self.store("ASSET", f"a{count}", id=str(count), name="Press")
            with self.watch_statements() as statements:
                self.run_as(0)
            texts = [text for text, _params in statements]
            self.assertEqual(row.state, "done")
            claims = [place for place, text in enumerate(texts) if "WITH wanted" in text]
            self.assertEqual(len(claims), 2, "of what is critical, and of the rest")
            for claimed in claims:
                self.assertEqual(texts[claimed - 1].startswith("LOCK TABLE"), count == 2)
                if count == 2:
                    message = "The snapshot is taken behind the lock that comes first."
                    self.assertEqual(texts[claimed - 2], "COMMIT", message)

    def test_a_claim_of_several_runners_that_finds_nothing_lets_the_next_one_in(self):
        self.want(2)
        waits = self.store("ASSET", "a1", id="1", name="Press")
        waits.next_attempt_at = fields.Datetime.now() + timedelta(hours=1)
        self.env.flush_all()
        with self.watch_statements() as statements:
            self.run_as(0)
        texts = [text for text, _params in statements]
        self.assertEqual(waits.state, "pending")
        locked = [place for place, step in enumerate(texts) if step.startswith("LOCK TABLE")]
        self.assertTrue(locked)
        for place in locked:
            self.assertIn("COMMIT", texts[place + 1 : place + 4], texts[place : place + 4])

    # -- how long a run goes on -----------------------------------------------------------

    def call_as(self, number, seconds_left):
        """One call of a runner's body in a run that has so many seconds left: (done, remaining) as Odoo is told."""
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            context = {"cron_id": self.crons[number].id, "cron_end_time": monotonic() + seconds_left}
            cron, progress = (
                api.Environment(cr, SUPERUSER_ID, context)["ir.cron"]
                .browse(context["cron_id"])
                ._add_progress()
            )
            cron.env["millwright.inbox"]._cron_run()
            told = progress.done, progress.remaining
        self.env.invalidate_all()
        return told

    def test_a_call_that_begins_when_the_time_is_up_leaves_all_to_the_next_run(self):
        row = self.store("ASSET", "a", id="7", name="Press")
        self.assertEqual(
            self.call_as(0, 0), (0, 1), "by which Odoo ends the run, and has it begin again soon"
        )
        self.assertEqual((row.state, row.attempts), ("pending", 0))
        done, remaining = self.call_as(0, 10)
        self.assertTrue(done)
        self.assertEqual((row.state, remaining), ("done", 0))

    def plan_elsewhere(self, at_each_wait):
        """One run of the first runner while the second one plans all there is; `at_each_wait` is called with its seconds."""
        self.env.flush_all()
        claim = "UPDATE millwright_inbox SET state = 'processing', attempts = 1, claim_token = 'theirs', runner = %s"
        self.env.cr.execute(SQL(claim, self.crons[1].id))
        nobody_died = patch.object(type(self.inbox), "_take_back", lambda *_args: 0)
        with nobody_died, patch.object(inbox_plan_claim, "sleep", side_effect=at_each_wait) as slept:
            self.run_as(0)
        return slept.call_count

    def test_a_runner_that_finds_nothing_waits_for_the_one_that_plans_and_goes_on_in_the_same_run(self):
        self.want(2)
        rows = [self.store("ASSET", f"a{number}", id=str(number), name="Press") for number in range(12)]

        def let_go(_seconds):
            self.env.cr.execute("UPDATE millwright_inbox SET state = 'pending', attempts = 0, runner = 0")

        self.assertEqual(self.plan_elsewhere(let_go), 1)
        self.assertIn("done", [row.state for row in rows])

    def test_a_runner_waits_for_the_one_that_plans_a_moment_and_no_longer(self):
        self.want(2)
        row = self.store("ASSET", "a", id="7", name="Press")
        self.assertEqual(self.plan_elsewhere(None), WAIT_LIMIT)
        self.assertEqual((row.state, row.runner), ("processing", self.crons[1].id))

    def test_a_runner_that_is_alone_waits_for_nobody(self):
        self.want(1)
        self.store("ASSET", "a", id="7", name="Press")
        self.assertEqual(self.plan_elsewhere(None), 0)

    # -- critical first -------------------------------------------------------------------

    def test_what_is_critical_is_served_whosever_share_it_is(self):
        self.want(2)
        numbers = range(12)
        rows = [self.store("ASSET", f"a{number}", id=str(number), name="Press") for number in numbers]
        self.env.cr.execute(
            SQL(
                "UPDATE millwright_inbox SET lane = 'critical', lane_rank = 0 WHERE id IN %s",
                tuple(row.id for row in rows),
            )
        )
        self.run_as(1)
        self.assertEqual({row.state for row in rows}, {"done"})

    def test_under_a_full_backlog_a_critical_event_waits_for_one_batch_at_the_most(self):
        size = 5
        self.env["ir.config_parameter"].set_param("millwright.batch_size", str(size))
        for number in range(40):
            self.store("ASSET", f"a{number}", id=str(number), name="Press")
        event = self.cloud_event("ASSET", "urgent", id="urgent", name="Pump")
        event["lane"] = "critical"
        handler = type(self.env["millwright.handler.equipment"])
        original, order, accepted = handler._apply, [], []

        def apply(model, works):
            order.extend(work.command["key"] for work in works)
            if len(order) > 2 * size and not accepted:
                accepted.append(len(order))
                model.env["millwright.inbox"].sudo()._store(self.backend.with_env(model.env).sudo(), [event])
            return original(model, works)

        with patch.object(handler, "_apply", apply):
            self.run_inbox()
        self.assertEqual(len(order), 41)
        self.assertLessEqual(order.index("urgent") - accepted[0], size)

    # -- taking back ----------------------------------------------------------------------

    def test_what_a_runner_that_runs_no_longer_left_is_taken_back_by_another(self):
        row = self.store("ASSET", "a", id="7", name="Press")
        row.write({"state": "processing", "attempts": 1, "claim_token": "gone", "runner": self.crons[3].id})
        with self.assertLogs("odoo.addons.millwright.models.inbox_runner", "WARNING"):
            self.run_as(0)
        self.assertEqual(row.state, "done")

    # -- the clock ------------------------------------------------------------------------

    def test_a_clock_that_was_turned_back_traps_nothing(self):
        row = self.store("ASSET", "a", id="7", name="Press")
        row.next_attempt_at = "2199-01-01 00:00:00"
        self.run_inbox()
        self.assertEqual(row.state, "done")

    def test_an_attempt_does_not_wait_for_the_hour_by_which_the_clock_was_turned_back(self):
        row = self.store("ASSET", "a", id="7", name="Press")
        row.next_attempt_at = fields.Datetime.now() + timedelta(minutes=61)
        self.run_inbox()
        self.assertEqual(row.state, "pending", "a time that a backoff can give")
        self.write_later(row, minutes=60)
        self.run_inbox()
        self.assertEqual(row.state, "done")
