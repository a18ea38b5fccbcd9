from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields
from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, new_test_user, tagged

from .outbox_common import OutboxMixin


@tagged("post_install", "-at_install", "millwright")
class TestOutboxLease(OutboxMixin, TransactionCase):
    """Who gets a message, in which order, and what a lease without a word means."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_backend()

    def expire(self, row):
        row.leased_until = fields.Datetime.now() - timedelta(seconds=1)

    def test_a_message_has_what_the_sidecar_needs(self):
        equipment = self.create_equipment(cost=3)
        (message,) = self.lease()
        row = self.rows(equipment)
        self.assertEqual(
            {name: message[name] for name in ("flow", "kind", "operation", "external_id", "changed")},
            {
                "flow": "asset",
                "kind": "equipment",
                "operation": "create",
                "external_id": None,
                "changed": None,
            },
        )
        self.assertEqual((message["attempts"], message["doubt"], message["lane"]), (1, False, "standard"))
        self.assertEqual(message["contract_hash"], self.contract.hash)
        self.assertEqual(message["fields"]["cost"], "3")
        self.assertTrue(message["version"].endswith("Z") and message["occurred_at"].endswith("Z"))
        self.assertEqual((row.state, row.lease_token), ("processing", message["token"]))

    def test_what_is_leased_is_leased_once_and_in_order_per_key(self):
        equipment = self.create_equipment()
        (first,) = self.lease()
        equipment.name = "Press 2"
        self.assertFalse(self.lease(), "the second of the key waits for the first")
        self.settle(first, external_id="77")
        (second,) = self.lease()
        self.assertEqual((second["operation"], second["external_id"]), ("update", "77"))
        self.assertEqual(second["changed"], ["name"])

    def test_the_critical_lane_goes_first(self):
        self.create_equipment("Slow")
        self.commit()
        urgent = self.create_equipment("Urgent")
        self.commit()
        self.rows(urgent).write({"lane": "critical", "lane_rank": 0})
        self.assertEqual(self.lease(1)[0]["fields"]["name"], "Urgent")

    def test_more_says_that_something_is_left(self):
        for name in "ab":
            self.create_equipment(name)
        self.commit()
        self.assertTrue(self.outbox._lease(self.backend, 1)["more"])
        self.assertFalse(self.outbox._lease(self.backend, 1)["more"])

    def test_an_expired_lease_is_taken_over_in_doubt_under_the_same_key(self):
        equipment = self.create_equipment()
        (first,) = self.lease()
        self.assertFalse(self.lease())
        self.expire(self.rows(equipment))
        (again,) = self.lease()
        self.assertEqual((again["id"], again["attempts"], again["doubt"]), (first["id"], 2, True))
        self.assertNotEqual(again["token"], first["token"])
        self.assertEqual(self.settle(first, external_id="77"), "stale")
        self.assertFalse(self.binding(equipment))
        self.assertEqual(self.settle(again, external_id="77"), "settled")

    def test_a_clock_that_was_turned_back_keeps_no_lease_and_no_backoff_for_hours(self):
        equipment = self.create_equipment()
        (first,) = self.lease()
        self.rows(equipment).leased_until = fields.Datetime.now() + timedelta(hours=5)
        (again,) = self.lease()
        self.assertEqual((again["id"], again["attempts"], again["doubt"]), (first["id"], 2, True))
        self.assertEqual(self.settle(first, external_id="77"), "stale")
        self.assertEqual(self.settle(again, status="retry"), "settled")
        self.assertFalse(self.lease(), "a backoff of now counts")
        self.rows(equipment).next_attempt_at = "2199-01-01 00:00:00"
        (later,) = self.lease()
        self.assertEqual(later["id"], first["id"])
        self.assertEqual(self.settle(later, status="retry"), "settled")
        self.assertFalse(self.lease())
        self.write_later(self.rows(equipment), minutes=60)
        self.assertEqual([message["id"] for message in self.lease()], [first["id"]])

    def test_the_attempt_limit_makes_a_dead_letter_which_a_redrive_sends_in_doubt(self):
        equipment = self.create_equipment()
        row = self.rows(equipment)
        for _attempt in range(8):
            self.lease()
            row = self.rows(equipment)
            self.expire(row)
        self.assertFalse(self.lease())
        self.assertEqual((row.state, row.code), ("dead", "lease_expired"))
        row.action_redrive()
        (message,) = self.lease()
        self.assertEqual((message["attempts"], message["doubt"]), (1, True))

    def test_a_disabled_backend_holds_what_waits_and_drops_nothing(self):
        equipment = self.create_equipment()
        self.commit()
        self.backend.enabled = False
        self.assertFalse(self.lease())
        row = self.rows(equipment)
        self.assertEqual((row.state, row.code), ("held", "backend_disabled"))
        self.backend.enabled = True
        self.run_inbox()
        self.assertEqual(row.state, "pending")
        self.assertEqual(len(self.lease()), 1)

    def test_another_contract_writes_the_message_anew(self):
        equipment = self.create_equipment()
        self.commit()
        other = self.register_contract(self.outgoing_contract("2.1.0"))
        self.backend.contract_id = other
        (message,) = self.lease()
        self.assertEqual(message["contract_hash"], other.hash)
        self.assertEqual(len(self.rows(equipment)), 1)

    def test_a_route_that_was_closed_meanwhile_holds(self):
        equipment = self.create_equipment()
        self.commit()
        self.backend.route_ids.filtered(lambda r: r.flow == "asset").mode = "off"
        self.assertFalse(self.lease())
        self.assertEqual(self.rows(equipment).code, "route_off")

    def test_the_technical_user_reads_no_outbox_and_a_viewer_changes_none(self):
        equipment = self.create_equipment()
        self.commit()
        row = self.rows(equipment)
        with self.assertRaises(AccessError):
            row.with_user(self.backend.user_id).read(["state"])
        viewer = new_test_user(self.env, "outbox-viewer", "millwright.group_viewer")
        row.with_user(viewer).read(["state"])
        with self.assertRaises(AccessError):
            row.with_user(viewer).write({"state": "done"})
        with self.assertRaises(AccessError):
            row.with_user(viewer).action_ignore()


@tagged("post_install", "-at_install", "millwright")
class TestOutboxRace(TransactionCase):
    """Two sidecars at once, on connections of their own that see what is committed."""

    def setUp(self):
        super().setUp()
        with self.registry.cursor() as cr:
            cr.execute("INSERT INTO millwright_connector (code, name) VALUES ('race', 'Race') RETURNING id")
            self.connector = cr.fetchone()[0]
            cr.execute(
                """INSERT INTO millwright_backend (code, name, system, connector_id, environment, enabled, mode)
                   VALUES ('race', 'Race', 'race', %s, 'production', TRUE, 'sidecar') RETURNING id""",
                [self.connector],
            )
            self.backend = cr.fetchone()[0]
            for name, key in (("1", "a"), ("2", "a"), ("3", "b"), ("4", "c")):
                cr.execute(
                    """INSERT INTO millwright_outbox
                              (backend_id, idempotency_key, flow, kind, operation, ordering_key, record_model,
                               record_id, reference, state, lane, lane_rank, attempts)
                       VALUES (%s, %s, 'asset', 'equipment', 'update', %s, 'maintenance.equipment',
                               %s, %s, 'pending', 'standard', 1, 0)""",
                    [self.backend, f"race-{name}", key, int(name), key],
                )
        self.addCleanup(self.remove)

    def remove(self):
        with self.registry.cursor() as cr:
            cr.execute("DELETE FROM millwright_outbox WHERE backend_id = %s", [self.backend])
            cr.execute("DELETE FROM millwright_backend WHERE id = %s", [self.backend])
            cr.execute("DELETE FROM millwright_connector WHERE id = %s", [self.connector])

    def due(self, cr, limit):
        env = api.Environment(cr, SUPERUSER_ID, {})
        rows = env["millwright.outbox"]._find_due(env["millwright.backend"].browse(self.backend), limit)
        return [row.idempotency_key for row in rows]

    def test_two_leases_at_once_share_the_messages_and_split_no_key(self):
        with self.registry.cursor() as one, self.registry.cursor() as two:
            self.assertEqual(self.due(one, 2), ["race-1", "race-3"])
            self.assertEqual(
                self.due(two, 5), ["race-4"], "the second of key a waits, though its first is locked"
            )
            one.rollback()
            two.rollback()
        with self.registry.cursor() as after:
            self.assertEqual(
                self.due(after, 5), ["race-1", "race-3", "race-4"], "a crash leaves all as it was"
            )
