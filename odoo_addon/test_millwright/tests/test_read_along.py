from odoo.tests import tagged

from .core import CoreCase


@tagged("post_install", "-at_install", "millwright")
class TestReadAlong(CoreCase):
    """What is read along with a statement that is needed anyway, and is known until the transaction ends."""

    def setUp(self):
        super().setUp()
        self.store("ORDER", "o", id="9", name="Oil change", status="new")
        self.run_inbox()
        self.backend_sudo = self.backend.sudo()

    def known(self, ask):
        """What `ask` answers without a question to the database."""
        with self.watch_statements() as statements:
            answer = ask()
        self.assertEqual(statements, [])
        return answer

    def test_what_a_movement_needs_is_not_read_table_by_table(self):
        row = self.store("USED", "u", order="9", part="S1", quantity=1)
        with self.watch_statements() as statements:
            self.run_inbox()
        self.assertEqual(row.state, "done")
        texts = [text for text, _params in statements]
        done = next(place for place, text in enumerate(texts) if "INSERT INTO millwright_audit" in text)
        tables = ("millwright_backend", "millwright_plant", "millwright_discrepancy", "product_template")
        starts = [f'SELECT "{table}"."id", ' for table in tables]
        self.assertEqual([text for text in texts[:done] for start in starts if text.startswith(start)], [])

    def test_a_plan_knows_which_operations_are_posted(self):
        self.store("USED", "u", order="9", part="S1", quantity=1)
        self.run_inbox()
        move = self.moves()
        operation, ids = move.millwright_operation_id, self.backend.ids
        asked = [operation, "new"]
        self.backend_sudo._note_rows({}, asked)
        posted = self.known(lambda: self.backend_sudo._find_posted(asked, ids))
        self.assertEqual(posted, {operation: move})
        self.backend_sudo._note_rows({}, asked)
        self.assertFalse(self.backend_sudo._find_posted(asked, []), "it is none of this family")
        self.backend_sudo._note_rows({}, ["new"])
        self.assertFalse(self.backend_sudo._find_posted(["new"], ids))
        move.copy({"millwright_backend_id": self.backend.id, "millwright_operation_id": "new"})
        self.assertTrue(
            self.backend_sudo._find_posted(["new"], ids),
            "what a plan has found is used once: it is posted then",
        )

    def test_a_plan_knows_what_its_siblings_have_posted(self):
        sibling = self.backend.copy({"code": "fake-2", "name": "Fake 2", "plant_ids": self.plant.ids})
        sibling.system = self.backend.system
        move = self.env["stock.move"].create(
            {
                "product_id": self.product.id,
                "location_id": self.plant.stock_location_id.id,
                "location_dest_id": self.plant.consumption_location_id.id,
                "millwright_backend_id": sibling.id,
                "millwright_operation_id": "there",
            }
        )
        stranger_sudo = sibling.copy({"code": "fake-3", "name": "Fake 3", "plant_ids": self.plant.ids}).sudo()
        stranger_sudo.system = "another"
        self.backend_sudo._note_rows({}, ["there"])
        stranger_sudo._note_rows({}, ["there"])
        family = self.backend_sudo._get_family_ids(self.plant)
        posted = self.known(lambda: self.backend_sudo._find_posted(["there"], family))
        self.assertEqual(posted, {"there": move})

    def test_whether_discrepancies_are_open_is_known_until_one_changes(self):
        discrepancies = self.env["millwright.discrepancy"]
        self.inbox._read_paths(self.backend)
        self.assertFalse(self.known(lambda: discrepancies._has_open(self.backend)))
        row = discrepancies.create(
            {
                "backend_id": self.backend.id,
                "flow": "consumption",
                "work_order_external_id": "9",
                "part_external_id": "S1",
            }
        )
        self.assertTrue(discrepancies._has_open(self.backend))
        self.inbox._read_paths(self.backend)
        row.state = "settled"
        self.assertFalse(discrepancies._has_open(self.backend))
        self.inbox._read_paths(self.backend)
        row.state = "open"
        self.assertTrue(discrepancies._has_open(self.backend))
