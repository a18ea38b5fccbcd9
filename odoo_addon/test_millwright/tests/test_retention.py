import json
from datetime import timedelta
from unittest.mock import patch

from odoo import SUPERUSER_ID, api, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from odoo.addons.millwright.tools.canonical import contract_hash
from odoo.addons.millwright.tools.contract_reader import compile_contract
from odoo.addons.millwright.tools.errors import ContractError

from .core import CoreCase
from .fake_contract import fake_contract

PERSON = "Grace Hopper"


@tagged("post_install", "-at_install", "millwright")
class TestRetention(CoreCase):
    def setUp(self):
        super().setUp()
        self.order = self.store("ORDER", "o", id="9", name="Oil", status="new", requester=PERSON)
        self.used = self.store("USED", "u", order="9", part="S1", quantity=1, who=PERSON)
        self.run_inbox(times=2)
        self.assertEqual(set((self.order | self.used).mapped("state")), {"done"})

    def purge(self, times=1):
        with self.enter_registry_test_mode():
            for _time in range(times):
                with self.registry.cursor() as cr:
                    api.Environment(cr, SUPERUSER_ID, {})["millwright.retention"]._cron_purge()
        self.env.invalidate_all()

    def grow_old(self, rows, days):
        """As if all that has happened to the messages had happened so many days ago."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """UPDATE millwright_inbox
                      SET finished_at = finished_at - %(age)s, payload_purged_at = payload_purged_at - %(age)s
                    WHERE id IN %(ids)s OR parent_id IN %(ids)s""",
                age=timedelta(days=days),
                ids=tuple(rows.ids),
            )
        )
        self.env.invalidate_all()

    def set_retention(self, **flows):
        document = fake_contract("2.0.0")
        for flow, (payload, rows) in flows.items():
            document["flows"][flow]["retention"] = {"payload_seconds": payload, "rows_seconds": rows}
        document["hash"] = contract_hash({k: v for k, v in document.items() if k != "hash"})
        self.backend.contract_id = self.register_contract(document)

    def send_again(self):
        event = self.cloud_event("USED", "u", order="9", part="S1", quantity=1, who=PERSON)
        return self.inbox._store(self.backend, [event])[0]["status"]

    def keep(self, **values):
        return self.env["millwright.retention.hold"].create(
            {"backend_id": self.backend.id, "reason": "Accident of 3 May", **values}
        )

    def test_content_goes_before_its_row_and_a_replay_after_either_posts_nothing(self):
        moves = self.moves()
        self.assertEqual(len(moves), 1)
        self.grow_old(self.used, 89)
        self.purge()
        self.assertTrue(self.used.payload, "a day before the time of the defaults")
        self.grow_old(self.used, 2)
        self.purge()
        self.assertEqual((self.used.payload, self.used.fetched, self.used.command), (False,) * 3)
        self.assertEqual(self.used.state, "done")
        self.assertEqual(self.send_again(), "duplicate")
        self.grow_old(self.used, 275)
        self.purge()
        self.assertFalse(self.used.exists())
        self.assertEqual(self.send_again(), "duplicate")
        self.run_inbox(times=2)
        self.assertFalse(self.inbox.search([("event_id", "=", "u")]))
        self.assertEqual(self.moves(), moves)

    def test_another_backend_may_still_use_the_id_of_a_purged_event(self):
        self.grow_old(self.used, 400)
        self.purge()
        other = self.backend.copy({"code": "fake-2", "user_id": False})
        event = {**self.cloud_event("USED", "u", order="9"), "source": "/millwright/fake-2"}
        self.assertEqual(self.inbox._store(other, [event])[0]["status"], "accepted")

    def test_a_row_outlives_its_content_by_a_day_however_old_it_is(self):
        self.grow_old(self.used, 400)
        self.purge(times=2)
        self.assertTrue(self.used.exists(), "who does not see the digest yet has to see the row")
        self.assertTrue(self.used.payload_purged_at)

    def test_each_flow_has_its_own_time(self):
        self.set_retention(consumption=(86400, 2 * 86400))
        self.grow_old(self.order | self.used, 3)
        self.purge()
        self.assertTrue(self.order.payload)
        self.assertFalse(self.used.payload)

    def test_what_is_not_over_is_never_purged(self):
        waiting = self.store("USED", "w", order="9", part="unknown", quantity=1)
        dead = self.store("USED", "d", order="9", part="S1", quantity=1)
        self.run_inbox(times=2)
        dead.sudo()._settle([])
        self.env.cr.execute("UPDATE millwright_inbox SET state = 'dead' WHERE id = %s", [dead.id])
        self.env.cr.execute(
            "UPDATE millwright_inbox SET finished_at = %s WHERE id IN %s",
            [fields.Datetime.now() - timedelta(days=800), (waiting | dead)._ids],
        )
        self.purge()
        self.env.invalidate_all()
        self.assertEqual(waiting.state, "held")
        self.assertTrue(waiting.payload and dead.payload)

    def test_a_message_goes_with_its_commands_and_not_before_the_last_of_them(self):
        lines = [{"part": "S1", "quantity": 1}, {"part": "late", "quantity": 1}]
        message = self.store("ORDER", "m", id="10", name="Fan", status="closed", lines=lines)
        self.run_inbox(times=3)
        stuck = message.child_ids.filtered(lambda row: row.state == "held")
        self.assertEqual(len(stuck), 1)
        self.env.cr.execute("UPDATE millwright_inbox SET state = 'done' WHERE id = %s", [message.id])
        self.grow_old(message, 400)
        self.purge()
        self.assertTrue(message.payload, "one of its commands is held")
        stuck.action_ignore()
        self.grow_old(message, 400)
        self.env.cr.execute(
            "UPDATE millwright_inbox SET finished_at = now() - interval '1 day' WHERE id = %s", [stuck.id]
        )
        self.purge()
        self.assertTrue(message.payload, "one of its commands ended yesterday")
        self.grow_old(message, 400)
        self.purge()
        self.assertFalse(message.payload)
        self.assertFalse(any(message.child_ids.mapped("command")))
        children = message.child_ids
        self.grow_old(message, 2)
        self.purge()
        self.assertFalse((message | children).exists())

    def test_a_message_waits_for_the_longest_of_its_flows(self):
        self.set_retention(work_order=(86400, 2 * 86400))
        lines = [{"part": "S1", "quantity": 1}]
        message = self.store("ORDER", "m", id="10", name="Fan", status="closed", lines=lines)
        self.run_inbox(times=3)
        self.assertEqual(set(message.child_ids.mapped("flow")), {"work_order", "consumption"})
        self.grow_old(message, 5)
        self.purge()
        self.assertTrue(message.payload)
        self.grow_old(message, 90)
        self.purge()
        self.assertFalse(message.payload)

    def test_what_a_person_keeps_stays_until_it_is_lifted(self):
        command = self.used
        for scope in (
            {"scope": "message", "inbox_id": command.id},
            {"scope": "flow", "flow": "consumption"},
            {"scope": "backend"},
        ):
            hold = self.keep(**scope)
            self.grow_old(self.order | self.used, 400)
            self.purge()
            self.assertTrue(self.used.payload, scope)
            self.assertEqual(bool(self.order.payload), scope["scope"] == "backend", scope)
            hold.action_lift()
            self.env.cr.execute(
                "UPDATE millwright_inbox SET payload = '{}', payload_purged_at = NULL WHERE id = %s",
                [self.order.id],
            )
        self.purge()
        self.assertFalse(self.used.payload)

    def test_keeping_a_command_keeps_its_message(self):
        lines = [{"part": "S1", "quantity": 1}]
        message = self.store("ORDER", "m", id="10", name="Fan", status="closed", lines=lines)
        self.run_inbox(times=3)
        self.keep(scope="message", inbox_id=message.child_ids[0].id)
        self.grow_old(message, 400)
        self.purge()
        self.assertTrue(message.payload)

    def test_who_may_keep_and_what_a_hold_has_to_say(self):
        operator = new_test_user(self.env, "op", groups="millwright.group_operator")
        viewer = new_test_user(self.env, "vi", groups="millwright.group_viewer")
        values = {"backend_id": self.backend.id, "reason": "Audit"}
        hold = self.env["millwright.retention.hold"].with_user(operator).create(values)
        with self.assertRaises(AccessError):
            self.env["millwright.retention.hold"].with_user(viewer).create(values)
        with self.assertRaises(AccessError):
            hold.with_user(viewer).action_lift()
        with self.assertRaises(UserError):
            hold.lifted_at = fields.Datetime.now()
        with self.assertRaises(ValidationError):
            self.keep(scope="flow", flow="nonsense")
        hold.action_lift()
        self.assertEqual(hold.lifted_by_id, operator)

    def test_no_text_of_a_purged_message_has_personal_data(self):
        self.assertIn(PERSON, self.used.payload)
        self.env.cr.execute(
            "UPDATE millwright_inbox SET last_error = %s, attempt_log = %s WHERE id = %s",
            [f"said by {PERSON}", json.dumps([{"text": PERSON}]), self.used.id],
        )
        self.grow_old(self.order | self.used, 91)
        self.purge()
        self.env.cr.execute("SELECT to_jsonb(row) FROM millwright_inbox AS row")
        self.assertNotIn(PERSON, json.dumps(self.env.cr.fetchall()))

    def test_the_integration_row_and_the_audit_outlive_the_messages(self):
        row = self.env["millwright.fake.work_order"].search([("external_id", "=", "9")])
        audits = self.env["millwright.audit"].search([("event_id", "in", ["o", "u"])])
        self.assertEqual(len(audits), 2)
        self.grow_old(self.order | self.used, 400)
        self.purge()
        self.grow_old(self.order | self.used, 2)
        self.purge()
        self.assertFalse(row.last_message_id)
        self.assertEqual(row.state, "done")
        self.assertEqual(audits.exists(), audits)
        later = self.store("ORDER", "o2", id="9", name="More oil", status="doing", at="2026-09-02T08:00:00Z")
        self.run_inbox(times=2)
        self.assertEqual(later.state, "done")
        self.assertEqual(row.last_message_id, later)

    def test_a_purge_goes_on_behind_what_it_has_to_leave(self):
        self.keep(scope="message", inbox_id=self.used.id)
        other = self.store("USED", "u2", order="9", part="S1", quantity=1)
        self.run_inbox(times=2)
        self.grow_old(self.used, 400)
        self.grow_old(other, 300)
        with (
            patch("odoo.addons.millwright.models.retention_queries.PURGE_BATCH", 1),
            patch("odoo.addons.millwright.models.retention.PURGE_BATCH", 1),
        ):
            self.purge()
        self.assertTrue(self.used.payload)
        self.assertFalse(other.payload)

    def test_a_contract_that_keeps_content_longer_than_rows_is_refused(self):
        document = fake_contract()
        for bad in ({"payload_seconds": 2, "rows_seconds": 1}, {"payload_seconds": 1}, {"days": 1}):
            document["flows"]["asset"]["retention"] = bad
            with self.assertRaises(ContractError):
                compile_contract(document)
        document["flows"]["asset"]["retention"] = {"payload_seconds": 1, "rows_seconds": 1}
        compile_contract(document)
