from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from .outbox_common import OutboxMixin


@tagged("post_install", "-at_install", "millwright")
class TestOutboxSettle(OutboxMixin, TransactionCase):
    """What the sidecar says, and what it binds."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_backend()

    def test_done_binds_the_record_and_the_row_in_one_go(self):
        equipment = self.create_equipment()
        (message,) = self.lease()
        status = self.settle(message, external_id="77", remote_version="2026-09-01T08:00:00Z")
        row, binding = self.rows(equipment), self.binding(equipment)
        self.assertEqual((status, row.state, row.external_id), ("settled", "done", "77"))
        self.assertEqual((binding.external_id, binding.plant_id), ("77", self.plant))
        self.assertEqual(row.remote_version, "2026-09-01T08:00:00.000000Z")

    def test_a_result_that_is_sent_again_settles_once(self):
        equipment = self.create_equipment()
        (message,) = self.lease()
        self.assertEqual(self.settle(message, external_id="77"), "settled")
        self.assertEqual(self.settle(message, external_id="77"), "settled")
        self.assertEqual(self.settle({**message, "token": "x"}, external_id="78"), "stale")
        self.assertEqual(self.settle({**message, "id": "unknown"}, external_id="78"), "stale")
        self.assertEqual(len(self.binding(equipment)), 1)

    def test_done_without_an_external_id_is_held_and_binds_nothing(self):
        equipment = self.create_equipment()
        (message,) = self.lease()
        self.settle(message)
        self.assertEqual(
            (self.rows(equipment).state, self.rows(equipment).code), ("held", "external_id_missing")
        )

    def test_a_retry_waits_keeps_its_key_and_binds_what_exists_already(self):
        equipment = self.create_equipment()
        (message,) = self.lease()
        self.settle(
            message, "retry", code="http_503", message="Busy", retry_after_seconds=30, external_id="77"
        )
        row = self.rows(equipment)
        self.assertEqual((row.state, row.code), ("pending", "http_503"))
        self.assertEqual(self.binding(equipment).external_id, "77")
        self.assertFalse(self.lease(), "not before its time")
        row.next_attempt_at = False
        (again,) = self.lease()
        self.assertEqual((again["id"], again["external_id"], again["attempts"]), (message["id"], "77", 2))

    def test_what_wrote_nothing_is_no_attempt_however_often(self):
        equipment = self.create_equipment()
        codes = (
            "rate_limited",
            "lease_over",
            "earlier_in_key",
            "stopping",
            "write_refused",
            "contract_mismatch",
        )
        for code in codes * 2:
            self.rows(equipment).write({"next_attempt_at": False})
            (message,) = self.lease()
            self.settle(message, "retry", code=code, retry_after_seconds=30)
            row = self.rows(equipment)
            self.assertEqual((row.state, row.code, row.attempts), ("pending", code, 0))
            self.assertFalse(self.lease(), "not before its time")

    @mute_logger("odoo.addons.millwright.models.outbox_settle")
    def test_the_last_retry_is_a_dead_letter(self):
        equipment = self.create_equipment()
        for _attempt in range(8):
            self.rows(equipment).write({"next_attempt_at": False})
            (message,) = self.lease()
            self.settle(message, "retry", code="http_500")
        self.assertEqual((self.rows(equipment).state, self.rows(equipment).code), ("dead", "http_500"))

    def test_held_and_dead_keep_their_reason_and_a_dead_letter_frees_its_key(self):
        equipment = self.create_equipment()
        (message,) = self.lease()
        equipment.name = "Press 2"
        self.commit()
        self.settle(message, "held", code="look_up_ambiguous", message="Two records have our key.")
        self.assertFalse(self.lease(), "what is held keeps its key")
        row = self.rows(equipment)[0]
        self.assertEqual((row.state, row.code), ("held", "look_up_ambiguous"))
        row.action_release()
        (message,) = self.lease()
        self.assertTrue(message["doubt"], "it may be there")
        self.settle(message, "dead", code="refused")
        self.assertEqual(len(self.lease()), 1)

    def test_an_external_id_that_is_taken_is_held_not_bound_twice(self):
        one, two = self.create_equipment("One"), self.create_equipment("Two")
        first, second = self.lease()
        self.settle(first, external_id="77")
        self.settle(second, external_id="77")
        row = self.rows(two)
        self.assertEqual((row.state, row.code), ("held", "external_id_taken"))
        self.assertEqual(self.binding(one).external_id, "77")
        self.assertFalse(self.binding(two))

    def test_a_second_create_of_a_record_that_is_bound_meanwhile_is_an_update_or_nothing(self):
        equipment = self.create_equipment()
        (message,) = self.lease()
        equipment.serial_no = "S-9"
        self.commit()
        later = self.rows(equipment)[1]
        self.assertEqual(later.operation, "create")
        self.settle(message, external_id="77")
        (update,) = self.lease()
        self.assertEqual((update["operation"], update["external_id"]), ("update", "77"))
        self.assertEqual(update["changed"], ["serial_no"])

    def test_a_second_create_that_says_nothing_new_ends(self):
        equipment = self.create_equipment()
        (message,) = self.lease()
        equipment.name = "Other"
        self.commit()
        equipment.name = "Press"
        self.commit()
        self.settle(message, external_id="77")
        self.assertFalse(self.lease())
        self.assertEqual(
            (self.rows(equipment)[1].state, self.rows(equipment)[1].code), ("ignored", "unchanged")
        )
