from odoo.tests import HttpCase, tagged
from odoo.tools import file_open

from .core import CoreMixin


@tagged("post_install", "-at_install", "millwright")
class TestTours(CoreMixin, HttpCase):
    """The screens as Odoo itself walks through them, in a real browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["millwright.plant"].search([]).active = False  # so that there is one to choose
        cls.set_up_backend()

    def walk(self, url, name):
        """Walk a tour of the folder beside; no bundle of tests has to be made for it."""
        with file_open(f"test_millwright/tests/tours/{name}.js") as file:
            script = file.read()
        self.start_tour(
            url,
            f"millwright_{name}",
            code=f"{script}\nodoo.startTour('millwright_{name}', {{ mode: 'auto' }})",
            ready="odoo.startTour !== undefined",
            login="admin",
        )

    def test_dead_letters_are_redriven_together(self):
        rows = self.inbox.browse()
        for number in range(3):
            rows |= self.store("ASSET", f"tour-{number}", id=str(number), name="Press")
        rows._set_state("dead", code="broken")
        self.walk("/odoo/action-millwright.inbox_action", "redrive_many")
        self.assertEqual(set(rows.mapped("state")), {"pending"})

    def test_a_message_is_explained_and_stays_as_it_is(self):
        row = self.store("ASSET", "tour", id="7", name="Press of the tour")
        self.walk(f"/odoo/action-millwright.inbox_action/{row.id}", "explain")
        self.assertEqual(row.state, "pending")
        self.assertFalse(self.env["maintenance.equipment"].search([("name", "=", "Press of the tour")]))

    def test_a_backend_is_set_up_and_its_key_shown(self):
        self.walk("/odoo/action-millwright.set_up_action", "set_up")
        backend = self.env["millwright.backend"].search([("code", "=", "of-the-tour")])
        self.assertTrue(backend.user_id)
        self.assertEqual(backend.plant_ids, self.plant)
        self.assertEqual(len(backend.key_ids), 1)
