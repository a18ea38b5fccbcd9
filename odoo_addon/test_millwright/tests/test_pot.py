from odoo.tests import TransactionCase, tagged
from odoo.tools import file_open

from ..pot import template


@tagged("post_install", "-at_install", "millwright")
class TestPot(TransactionCase):
    def test_the_template_for_translators_has_every_text_and_no_other(self):
        with file_open("millwright/i18n/millwright.pot") as file:
            committed = file.read()
        current = template(self.env, "millwright")
        entries, found = set(committed.split("\n\n")), set(current.split("\n\n"))
        for name, left in (("missing", found - entries), ("left over", entries - found)):
            self.assertFalse(sorted(left)[:5], f"{name}; remake it: node scripts/odoo.ts pot DATABASE")
        self.assertEqual(committed, current, "in the order of Odoo")
