from datetime import timedelta
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .core import CoreCase


@tagged("post_install", "-at_install", "millwright")
class TestIncident(CoreCase):
    def setUp(self):
        super().setUp()
        self.responsible = new_test_user(self.env, "responsible", groups="millwright.group_operator")
        self.backend.responsible_id = self.responsible
        self.backend.runbook = "https://wiki.example.com/millwright?a=1&b=2"
        self.incidents = self.env["millwright.incident"]

    def storm(self, count, code="boom", flow="consumption"):
        """Dead letters as a run leaves them."""
        self.env.cr.execute(
            """INSERT INTO millwright_inbox (backend_id, event_id, event, flow, state, lane, code, last_error,
                                             received_at, finished_at, attempts)
               SELECT %s, %s || number, 'USED', %s, 'dead', 'standard', %s, 'It broke.', now(), now(), 8
                 FROM generate_series(1, %s) AS number""",
            [self.backend.id, f"{code}-{flow}-", flow, code, count],
        )
        self.env.invalidate_all()

    def opened(self):
        return self.incidents.search([("closed_at", "=", False)])

    def count_queries(self, work):
        before = self.env.cr.sql_log_count
        work()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_ten_thousand_dead_letters_are_one_activity(self):
        self.storm(1, code="first")
        self.incidents._sweep()
        few = self.count_queries(lambda: (self.storm(1, code="one"), self.incidents._sweep()))
        many = self.count_queries(lambda: (self.storm(10_000), self.incidents._sweep()))
        self.assertLessEqual(many, few + 2, "no query by message")
        incident = self.opened().filtered(lambda row: row.code == "boom")
        self.assertEqual(incident.count, 10_000)
        activity = incident.activity_ids
        self.assertEqual(len(activity), 1)
        self.assertEqual(activity.user_id, self.responsible)
        self.assertIn("10000 dead letters", activity.summary)
        self.assertIn("It broke.", activity.note)
        self.assertIn("https://wiki.example.com/millwright?a=1&amp;b=2", activity.note)

    def test_what_joins_an_open_incident_is_counted_without_a_word(self):
        self.storm(2)
        self.incidents._sweep()
        self.storm(3, flow="asset")
        self.incidents._sweep()
        self.assertEqual(len(self.opened()), 2)
        self.env.cr.execute("UPDATE millwright_inbox SET flow = 'consumption' WHERE state = 'dead'")
        self.incidents._sweep()
        incident = self.opened()
        self.assertEqual(incident.count, 5)
        self.assertEqual(len(incident.activity_ids), 1)

    def test_it_closes_when_nothing_is_left_and_comes_back_as_another(self):
        self.storm(2)
        self.incidents._sweep()
        first = self.opened()
        rows = self.inbox.search([("state", "=", "dead")])
        rows[0].action_ignore()
        self.incidents._sweep()
        self.assertEqual((self.opened(), first.count), (first, 1))
        rows[1].action_ignore()
        self.incidents._sweep()
        self.assertTrue(first.closed_at)
        self.assertFalse(first.activity_ids, "nothing is left to do")
        self.storm(1, flow="consumption", code="boom2")
        self.env.cr.execute("UPDATE millwright_inbox SET code = 'boom' WHERE code = 'boom2'")
        self.incidents._sweep()
        second = self.opened()
        self.assertNotEqual(second, first)
        self.assertEqual(len(second.activity_ids), 1)

    def test_a_run_tells_of_its_dead_letter(self):
        self.store("ORDER", "o", id="9", name="Oil", status="new")
        self.env["ir.config_parameter"].set_param("millwright.attempt_limit", "1")
        with patch.object(type(self.inbox), "_carry_out", side_effect=ValueError("broken")):
            self.run_inbox(times=2)
        incident = self.opened()
        self.assertEqual((incident.kind, incident.flow, incident.code), ("dead", "work_order", "ValueError"))
        self.assertEqual(len(incident.activity_ids), 1)

    def test_the_database_keeps_one_open(self):
        self.storm(1)
        self.incidents._sweep()
        values = self.opened().copy_data()[0]
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self.incidents.create({**values, "closed_at": False}).flush_recordset()

    def test_dead_letters_of_the_outbox_are_told_of_too(self):
        self.env.cr.execute(
            """INSERT INTO millwright_outbox (backend_id, idempotency_key, flow, kind, operation, ordering_key,
                                              record_model, record_id, reference, state, lane, code, create_date)
               VALUES (%s, 'k', 'asset', 'equipment', 'update', 'o', 'maintenance.equipment', 1, 'r', 'dead',
                       'standard', 'refused', now())""",
            [self.backend.id],
        )
        self.incidents._sweep()
        self.assertEqual((self.opened().queue, self.opened().code), ("outbox", "refused"))

    def test_viewers_read_incidents_and_nobody_writes_them(self):
        self.storm(1)
        self.incidents._sweep()
        viewer = new_test_user(self.env, "vi", groups="millwright.group_viewer")
        incident = self.opened().with_user(viewer)
        self.assertEqual(incident.count, 1)
        with self.assertRaises(AccessError):
            incident.count = 2
        with self.assertRaises(AccessError):
            self.opened().with_user(self.responsible).closed_at = fields.Datetime.now() - timedelta(days=1)
