from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, new_test_user, tagged

from .core import CoreCase
from .outbox_common import OutboxMixin

RAW = ("payload", "fetched", "command", "payload_pretty", "fetched_pretty", "command_pretty")


@tagged("post_install", "-at_install", "millwright")
class TestPayload(CoreCase):
    def setUp(self):
        super().setUp()
        self.row = self.store("USED", "e1", order="9", part="S1", quantity=1)
        self.reader = new_test_user(
            self.env, "payload-reader", groups="millwright.group_viewer,millwright.group_payload"
        )
        self.other = new_test_user(self.env, "payload-operator", groups="millwright.group_operator")
        self.env.invalidate_all()

    def as_user(self, user):
        self.env.invalidate_all()
        return self.inbox.with_user(user)

    def reads(self):
        domain = [("operation", "=", "payload_read"), ("inbox_ref", "=", self.row.id)]
        return self.env["millwright.audit"].search(domain)

    def test_without_the_group_nothing_raw_can_be_read_and_work_goes_on(self):
        for name in RAW:
            with self.subTest(field=name), self.assertRaises(AccessError):
                self.as_user(self.other).browse(self.row.id).read([name])
        self.row._set_state("held")
        row = self.as_user(self.other).browse(self.row.id)
        row.action_ignore()
        self.assertEqual(row.state, "ignored")
        arch = row.get_view(view_type="form")["arch"]
        self.assertNotIn("payload_pretty", arch)
        self.assertIn("payload_note", arch)
        self.assertFalse(self.reads())

    def test_every_way_to_a_payload_leaves_a_row_that_says_who_read_what(self):
        ways = {
            "read": lambda row: row.read(["payload"]),
            "web_read": lambda row: row.web_read({"payload_pretty": {}}),
            "search_read": lambda row: row.search_read([("id", "=", row.id)], ["command"]),
            "export": lambda row: row.export_data(["payload"]),
            "fetched": lambda row: row.read(["fetched_pretty"]),
        }
        for number, (way, read) in enumerate(ways.items()):
            reader = new_test_user(
                self.env,
                f"payload-{number}",
                groups="millwright.group_viewer,millwright.group_payload,base.group_allow_export",
            )
            known = self.reads()
            read(self.as_user(reader).browse(self.row.id))
            made = self.reads() - known
            self.assertEqual((made.user_login, made.event_id), (f"payload-{number}", "e1"), way)

    def test_a_second_look_on_the_same_day_adds_nothing(self):
        for _time in range(2):
            self.as_user(self.reader).browse(self.row.id).read(["payload"])
        self.assertEqual(len(self.reads()), 1)

    def test_a_list_that_shows_no_payload_is_no_reading(self):
        self.as_user(self.reader).search_read([], ["event_id", "state"])
        self.as_user(self.reader).browse(self.row.id).event_id  # noqa: B018
        self.assertFalse(self.reads())

    def test_filters_groups_and_orders_on_payloads_are_refused(self):
        inbox = self.as_user(self.reader).with_context(millwright_fetching=True)
        for use in (
            lambda: inbox.search([("payload", "ilike", "S1")]),
            lambda: inbox.search([("child_ids.command", "ilike", "S1")]),
            lambda: inbox.search([], order="payload"),
            lambda: inbox._read_group([], ["payload"]),
            lambda: inbox._read_group([], [], ["payload:array_agg"]),
        ):
            with self.assertRaises(AccessError):
                use()

    def test_the_runner_and_the_technical_user_are_not_audited(self):
        self.run_inbox()
        self.as_user(self.backend.user_id).browse(self.row.id).read(["payload"])
        self.assertFalse(self.reads())


@tagged("post_install", "-at_install", "millwright")
class TestOutboxPayload(OutboxMixin, TransactionCase):
    """What goes out is read like what came in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_backend()
        cls.create_equipment(cls, name="Press", cost=3)
        cls.env.cr.flush()
        cls.row = cls.outbox.search([("backend_id", "=", cls.backend.id)])
        groups = "millwright.group_viewer,millwright.group_payload,base.group_allow_export"
        cls.readers = [new_test_user(cls.env, f"outgoing-{number}", groups=groups) for number in range(4)]

    def as_user(self, user):
        self.env.invalidate_all()
        return self.outbox.with_user(user)

    def reads(self):
        domain = [
            ("operation", "=", "payload_read"),
            ("record_model", "=", "millwright.outbox"),
            ("record_ref", "=", self.row.id),
        ]
        return self.env["millwright.audit"].search(domain)

    def test_every_way_to_what_goes_out_leaves_a_row_that_leads_to_the_message(self):
        ways = {
            "read": lambda row: row.read(["fields_text"]),
            "web_read": lambda row: row.web_read({"fields_pretty": {}}),
            "search_read": lambda row: row.search_read([("id", "=", row.id)], ["fields_text"]),
            "export": lambda row: row.export_data(["fields_text"]),
        }
        for (way, read), reader in zip(ways.items(), self.readers, strict=True):
            known = self.reads()
            read(self.as_user(reader).browse(self.row.id))
            made = self.reads() - known
            self.assertEqual((made.user_login, made.flow), (reader.login, "asset"), way)
            self.assertEqual(made.backend_code, self.backend.code)
            self.assertEqual(made.action_open_record()["res_id"], self.row.id)
        self.as_user(self.readers[0]).browse(self.row.id).read(["fields_text"])
        self.assertEqual(len(self.reads()), len(ways), "once per user, message and day")

    def test_a_list_of_what_goes_out_is_no_reading_and_neither_are_lease_and_settlement(self):
        self.as_user(self.readers[0]).search_read([], ["flow", "state", "operation", "changed"])
        self.as_user(self.readers[0]).browse(self.row.id).state  # noqa: B018
        (message,) = self.lease()
        self.settle(message, external_id="77")
        self.assertFalse(self.reads())

    def test_filters_and_groups_on_what_goes_out_are_refused(self):
        outbox = self.as_user(self.readers[0])
        for use in (
            lambda: outbox.search([("fields_text", "ilike", "Press")]),
            lambda: outbox.search([], order="fields_text"),
            lambda: outbox._read_group([], ["fields_text"]),
        ):
            with self.assertRaises(AccessError):
                use()
