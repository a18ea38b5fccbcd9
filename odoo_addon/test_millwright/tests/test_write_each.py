from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.millwright.models.write_each import write_each

from .core import CoreCase


@tagged("post_install", "-at_install", "millwright")
class TestWriteEach(CoreCase):
    """Many rows with values of their own are written at once, and all that `write` keeps right stays right."""

    def setUp(self):
        super().setUp()
        self.rows = self.inbox.concat(
            *(self.store("USED", f"u{number}", order="9", part="S1") for number in range(5))
        )
        self.run_inbox()
        self.env.flush_all()

    def test_each_gets_its_own_in_one_statement(self):
        vals_list = [{"code": f"c{number}", "company_id": False} for number in range(4)] + [{"attempts": 7}]
        with self.assertQueryCount(2):  # one for each set of columns
            write_each(self.rows, vals_list)
        self.assertEqual(self.rows.mapped("code")[:4], ["c0", "c1", "c2", "c3"])
        self.env.invalidate_all()
        self.assertEqual(self.rows.mapped("code")[:4], ["c0", "c1", "c2", "c3"])
        self.assertEqual((self.rows[4].attempts, self.rows[0].company_id.id), (7, False))

    def test_what_is_computed_of_it_is_computed_again(self):
        self.assertIn("USED", self.rows[0].display_name)
        self.assertFalse(self.rows[0].blocker_id)
        write_each(self.rows[:2], [{"event": "TAKEN"}, {"event": "GIVEN"}])
        self.assertIn("TAKEN", self.rows[0].display_name)

    def test_what_was_changed_before_is_not_lost(self):
        self.rows[0].write({"last_error": "before", "code": "old"})
        write_each(self.rows[:1], [{"code": "new"}])
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual((self.rows[0].last_error, self.rows[0].code), ("before", "new"))

    def test_who_may_not_write_does_not(self):
        user = new_test_user(self.env, "onlooker", groups="base.group_user,millwright.group_viewer")
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
            write_each(self.rows[:1].with_user(user), [{"code": "x"}])

    def test_a_row_moves_once_at_a_time(self):
        row = self.store("USED", "again", order="9", part="S1")
        with self.assertRaisesRegex(ValueError, "twice"):
            self.inbox._settle([(row, "held", {}), (row, "held", {"code": "x"})])
