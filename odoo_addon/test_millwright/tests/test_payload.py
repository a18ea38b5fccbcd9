from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .core import CoreCase

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
