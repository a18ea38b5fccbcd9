from contextlib import suppress
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.millwright.tools.pace import FIRST_REST

from .core import CoreCase

RUNNER_LOG = "odoo.addons.millwright.models.inbox_claim"


class Killed(BaseException):
    """What ends a process, as far as a test can: nothing in the runner catches it."""


@tagged("post_install", "-at_install", "millwright")
class TestRunnerThrough(CoreCase):
    """Messages are planned and carried out in one transaction."""

    def setUp(self):
        super().setUp()
        self.calls, self.claims = [], []
        self.inbox_class = type(self.inbox)
        take = self.inbox_class._take

        def watched(model, *args):
            ids, token = take(model, *args)
            self.claims += [len(ids)] if ids else []
            return ids, token

        self.patch(self.inbox_class, "_take", watched)

    def assets(self, *names):
        rows = [self.store("ASSET", f"a{name}", id=name, name=f"Press {name}") for name in names]
        return self.inbox.concat(*rows)

    def handle(self, before):
        """The equipment handler, which notes the keys of its calls and calls `before(keys, env)` first."""
        handler = type(self.env["millwright.handler.equipment"])
        original = handler._apply

        def apply(model, works):
            keys = [work.command["key"] for work in works]
            self.calls.append(keys)
            before(keys, model.env)
            return original(model, works)

        return patch.object(handler, "_apply", apply)

    def test_messages_take_one_claim_and_are_written_as_one(self):
        rows = self.assets(*"123")
        self.run_inbox()
        self.assertEqual(set(rows.mapped("state")), {"done"})
        self.assertEqual(set(rows.mapped("attempts")), {1})
        self.assertEqual(rows.mapped("command_key"), ["1", "2", "3"], "their plans are written too")
        self.assertTrue(all(rows.mapped("integration_id")))
        self.assertEqual(self.claims, [3])

    def test_few_of_many_that_may_go_at_once_go_with_the_others_in_one_batch(self):
        for number in range(3):
            self.store("ASSET", f"a7-{number}", id="7", name=f"Press {number}")
        row = self.assets("8")
        self.run_inbox()
        self.assertEqual(row.state, "done")
        self.assertEqual(self.claims[:2], [4, 2], "with the first of those that wait for each other")

    def test_a_claim_is_committed_before_anything_is_made_of_it(self):
        self.assets("1")
        with self.watch_statements() as statements:
            self.run_inbox()
        texts = [text for text, _params in statements]
        *_critical, taken = (place for place, text in enumerate(texts) if "SET state = 'processing'" in text)
        (made,) = (place for place, text in enumerate(texts) if 'INSERT INTO "maintenance_equipment"' in text)
        self.assertIn("COMMIT", texts[taken:made])

    def test_what_is_read_of_messages_is_read_when_they_are_locked(self):
        self.assets(*"123")
        with self.watch_statements() as statements:
            self.run_inbox()
        read = [text for text, _params in statements if '"millwright_inbox"."payload"' in text]
        self.assertEqual(len(read), 1, read)
        self.assertIn("FOR NO KEY UPDATE", read[0])

    def test_what_a_plan_has_found_is_not_looked_for_again_by_its_effect(self):
        self.store("ORDER", "o", id="9", name="Oil change", status="new")
        self.run_inbox()
        row = self.store("USED", "u", order="9", part="S1", quantity=1)
        with self.watch_statements() as statements:
            self.run_inbox()
        self.assertEqual(row.state, "done")
        tables = [f'FROM "millwright_{name}"' for name in ("fake_work_order", "fake_consumption", "part")]
        found = [[table in text for table in tables] for text, _params in statements]
        self.assertEqual([tell for tell in found if any(tell)], [[True] * 3], "all three in one statement")
        lookups = (
            "pg_advisory_xact_lock_shared",  # with the routes
            '"millwright_route"."backend_id" IN',
        )
        asked = [len([text for text, _params in statements if lookup in text]) for lookup in lookups]
        self.assertEqual(asked, [1, 0])

    def test_what_is_deleted_is_not_found_any_more_and_what_comes_is(self):
        backend_sudo = self.backend.sudo()
        self.assertEqual(backend_sudo._get_references("part", ["S1", "S2"]), {"S1": self.product})
        self.part.unlink()
        self.assertFalse(backend_sudo._get_references("part", ["S1", "S2"]))
        part = self.part.create({"backend_id": self.backend.id, "external_id": "S2"})
        self.assertFalse(backend_sudo._get_references("part", ["S2"]))
        part.product_id = self.product
        self.assertEqual(backend_sudo._get_references("part", ["S2"]), {"S2": self.product})
        self.store("ORDER", "o", id="9", name="Oil change", status="new")
        self.run_inbox()
        self.assertTrue(backend_sudo._get_references("work_order", ["9"])["9"])
        self.env["millwright.fake.work_order"].search([]).unlink()
        self.assertFalse(backend_sudo._get_references("work_order", ["9"]))

    def test_the_audit_has_the_login_of_the_technical_user_of_now(self):
        for login in ("before", "after"):
            self.backend.user_id.login = login
            self.store("ASSET", login, id=login, name="Press")
            self.run_inbox()
            made = self.env["millwright.audit"].search([("event_id", "=", login)])
            self.assertEqual(made.user_login, login)

    def test_of_a_disabled_backend_a_plan_is_all(self):
        self.store("ORDER", "o", id="9", name="Oil change", status="new")
        self.run_inbox()
        row = self.store("USED", "u", order="9", part="S1", quantity=1)
        self.backend.enabled = False
        self.run_inbox()
        self.assertEqual((row.state, row.code), ("held", "backend_disabled"))
        self.assertFalse(self.moves())

    def test_what_is_planned_for_the_sake_of_something_urgent_is_not_carried_out_with_it(self):
        self.store("ORDER", "o", id="9", name="Oil change", status="new")
        self.run_inbox()
        before = self.store("USED", "before", order="9", part="S1", quantity=1)
        event = {**self.cloud_event("USED", "urgent", order="9", part="S2", quantity=1), "lane": "critical"}
        self.inbox._store(self.backend, [event])
        urgent = self.inbox.search([("event_id", "=", "urgent")])
        with patch.object(self.inbox_class, "_round", lambda model, pace: model._serve_critical(pace)):
            self.run_inbox()
        self.assertEqual((before.state, bool(before.command)), ("pending", True))
        self.assertNotIn(urgent.state, ("pending", "processing"))

    def test_of_two_snapshots_only_the_newer_is_carried_out(self):
        first = self.assets("7")
        second = self.store("ASSET", "later", id="7", name="Press 7 b", at="2026-09-02T08:00:00Z")
        self.run_inbox()
        self.assertEqual((first.code, second.state), ("coalesced", "done"))

    def test_a_snapshot_with_an_older_one_outside_of_its_claim_stands_for_it(self):
        first = self.assets("7")
        self.plan_inbox()
        first.write({"shard": 5})  # as if it had been planned by another runner
        second = self.store("ASSET", "later", id="7", name="Press 7 b", at="2026-09-02T08:00:00Z")
        self.run_inbox()
        self.assertEqual((first.code, second.state), ("coalesced", "done"))

    def ready(self, *operations, barrier=(), wanted=None):
        """Which commands of one order and part are carried out at once, by their place in the batch."""
        standings = [
            {
                "id": place,
                "key": (1, "work_order/9/S1"),
                "group": (1, "work_order/9"),
                "snapshot": (1, "work_order/9/S1", operation, place),
                "kind": "parts_consumption",
                "operation": operation,
                "barrier": place in barrier,
            }
            for place, operation in enumerate(operations)
        ]
        wanted = set(range(len(operations))) if wanted is None else wanted
        return [standing["id"] for standing in self.inbox._filter_in_order(standings, wanted)]

    def test_in_a_batch_movements_of_one_key_go_together_and_nothing_else_does(self):
        self.assertEqual(self.ready("post", "post", "post"), [0, 1, 2])
        self.assertEqual(self.ready("post", "post", "post", wanted={0, 2}), [0], "none passes one that stays")
        self.assertEqual(self.ready("converge", "post"), [0])
        self.assertEqual(self.ready("post", "converge", "post"), [0])
        self.assertEqual(self.ready("post", "post", barrier=(1,)), [0], "a barrier lets its group pass first")

    @mute_logger(RUNNER_LOG)
    def test_a_handler_that_forgets_all_caches_loses_no_plan(self):
        rows = self.assets(*"12")
        with self.handle(lambda _keys, env: env.invalidate_all()):
            self.run_inbox()
        self.assertEqual(set(rows.mapped("state")), {"done"})
        self.assertEqual(rows.mapped("command_key"), ["1", "2"])
        self.assertEqual(set(rows.mapped("flow")), {"asset"})
        audits = self.env["millwright.audit"].search([("event_id", "in", ["a1", "a2"])])
        self.assertEqual(set(audits.mapped("flow")), {"asset"})

    @mute_logger(RUNNER_LOG)
    def test_after_a_failure_a_run_comes_back_to_one_step(self):
        def before(keys, _env):
            if "1" in keys:
                raise ValueError("broken")

        rows = self.assets(*(str(number) for number in range(1, FIRST_REST + 4)))
        self.env["ir.config_parameter"].set_param("millwright.batch_size", "1")
        with self.handle(before):
            self.run_inbox()
        self.assertEqual(set(rows[1:].mapped("state")), {"done"})
        # One claim each in one step, two in two steps.
        self.assertEqual(len(self.claims), 2 + 2 * FIRST_REST + 2)

    @mute_logger(RUNNER_LOG)
    def test_when_one_fails_nothing_has_happened_and_each_is_carried_out_under_its_own_claim(self):
        def before(keys, _env):
            if "2" in keys:
                raise ValueError("broken")

        rows = self.assets(*"123")
        with self.handle(before):
            self.run_inbox()
        self.assertEqual(rows.mapped("state"), ["done", "pending", "done"])
        self.assertEqual((rows[1].attempts, rows[1].code), (1, "ValueError"))
        self.assertTrue(rows[1].command, "it stays planned")
        self.assertEqual(self.claims, [3, 3])
        self.assertEqual(self.env["maintenance.equipment"].search_count([("name", "like", "Press _")]), 2)
        self.assertEqual(
            len(self.env["millwright.audit"].search([("event_id", "in", ["a1", "a2", "a3"])])), 2
        )

    @mute_logger("odoo.addons.millwright.models.inbox_runner")
    def test_what_kills_the_process_runs_alone_afterwards_and_is_dead_in_the_end(self):
        self.env["ir.config_parameter"].set_param("millwright.attempt_limit", "3")

        def before(keys, _env):
            if "2" in keys:
                raise Killed

        rows = self.assets(*"123")
        with self.handle(before):
            for _run in range(5):
                with suppress(Killed):
                    self.run_inbox()
                rows.filtered("next_attempt_at").write({"next_attempt_at": False})
        self.assertEqual(rows.mapped("state"), ["done", "dead", "done"])
        self.assertEqual(rows[1].code, "runner_died")
        self.assertEqual(
            [keys for keys in self.calls[1:] if len(keys) > 1], [], "it takes nobody along twice"
        )

    def test_what_is_in_shadow_is_tried_when_its_plan_is_committed(self):
        self.backend.route_ids.filtered(lambda route: route.flow == "asset").mode = "shadow"
        row = self.assets("7")
        self.run_inbox()
        self.assertEqual((row.state, row.code), ("ignored", "shadow"))
        self.assertEqual(self.claims, [1, 1], "it is tried on a cursor of its own")

    def test_what_stands_behind_one_that_waits_for_its_time_stays(self):
        first = self.assets("7")
        self.plan_inbox()
        first.write({"attempts": 1, "next_attempt_at": fields.Datetime.add(fields.Datetime.now(), minutes=5)})
        behind = self.store("ASSET", "later", id="7", name="Press 7 b", at="2026-09-02T08:00:00Z")
        other = self.assets("8")
        self.run_inbox()
        self.assertEqual((first + behind + other).mapped("state"), ["pending", "pending", "done"])

    def test_a_glance_tells_of_every_row_that_may_have_to_be_let_pass(self):
        row, mine = self.assets("1"), self.assets("2")
        mine.write({"state": "processing", "claim_token": "token"})
        planned = {"command": "{}", "ordering_key": "equipment/1"}
        waits = [{"state": state, **plan} for state in ("pending", "processing") for plan in ({}, planned)]
        waits += [{"state": "held", **planned}, {"state": "dead", "blocks": True, **planned}]
        passes = [{"state": "dead", **planned}, {"state": "done", **planned}, {"state": "held"}]
        passes.append({"state": "pending", "fanned_out": True})
        for values in waits + passes:
            empty = dict.fromkeys(("command", "ordering_key", "blocks", "fanned_out"), False)
            row.write({**empty, **values})
            locked, is_alone = self.inbox._relock_and_look(mine.ids, "token")
            self.assertEqual((locked, is_alone), (mine, values not in waits), values)
        locked, is_alone = self.inbox._relock_and_look((row + mine).ids, "token")
        self.assertEqual((locked, is_alone), (mine, False), "one of them was taken away")

    def test_of_the_commands_of_a_message_those_go_with_it_that_let_none_pass(self):
        lines = [{"part": "S1", "quantity": 1}]
        message = self.store("ORDER", "o", id="9", name="Oil change", status="closed", lines=lines)
        self.run_inbox()
        self.assertEqual(message.state, "done")
        self.assertEqual(message.child_ids.sorted("id").mapped("flow"), ["work_order", "consumption"])
        self.assertEqual(set(message.child_ids.mapped("state")), {"done"})
        self.assertEqual(self.claims, [1, 1], "totals are compared when their order is done")
