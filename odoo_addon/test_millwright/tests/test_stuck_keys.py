import json

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from .core import CoreCase

PAGES_PER_ROW = 40
SHOWN = 80


@tagged("post_install", "-at_install", "millwright")
class TestStuckKeys(CoreCase):
    def setUp(self):
        super().setUp()
        self.keys = self.env["millwright.stuck.key"]

    def order(self, day, key="9", **payload):
        at = f"2026-09-{day:02}T08:00:00Z"
        payload = {"name": "Oil change", "status": "new", **payload}
        return self.store("ORDER", f"o{key}-{day}", id=key, at=at, **payload)

    def prepare(self):
        """An order that waits for its equipment, and two snapshots behind it."""
        rows = [self.order(1, asset="7")]
        self.run_inbox()
        rows += [self.order(2), self.order(3)]
        self.run_inbox()
        return rows

    def test_a_key_says_what_is_in_front_and_how_many_wait_behind_it(self):
        first, *behind = self.prepare()
        key = self.keys.search([])
        self.assertEqual((key.message_id, key.ordering_key), (first, "work_order/9"))
        self.assertEqual((key.state, key.code), ("held", "equipment_unknown"))
        self.assertEqual((key.backend_id, key.plant_id, key.waiting_count), (self.backend, self.plant, 2))
        self.assertEqual(key.since, first.stopped_at)
        self.assertEqual(key.action_open_blocker()["res_id"], first.id)
        self.assertEqual(
            set(self.inbox.search(key.action_open_behind()["domain"]).ids), {r.id for r in behind}
        )

    def test_a_message_says_what_it_waits_behind_and_what_waits_behind_it(self):
        first, second, third = self.prepare()
        self.assertEqual((first.blocker_id.id, first.behind_count), (False, 2))
        self.assertEqual((second.blocker_id, second.behind_count), (first, 1))
        self.assertEqual((third.blocker_id, third.behind_count), (first, 0))
        self.assertEqual(third.action_open_blocker()["res_id"], first.id)

    def test_it_stays_stuck_since_the_first_time(self):
        first = self.prepare()[0]
        first.stopped_at = "2026-09-01 08:00:00"
        first.action_release()
        self.run_inbox()
        self.assertEqual(str(first.stopped_at), "2026-09-01 08:00:00")

    def test_nothing_is_stuck_when_all_is_done(self):
        self.prepare()
        self.store("ASSET", "a", id="7", name="Press")
        self.run_inbox(times=2)
        self.assertFalse(self.keys.search([]))

    def test_a_held_movement_blocks_the_closing_and_not_its_siblings(self):
        self.order(1)
        held = self.store("USED", "u1", order="9", part="new", quantity=1)
        self.run_inbox()
        sibling = self.store("USED", "u2", order="9", part="S1", quantity=1)
        closing = self.order(2, status="closed", lines=[])
        self.run_inbox()
        self.assertEqual(sibling.state, "done")
        key = self.keys.search([("message_id", "=", held.id)])
        self.assertEqual(key.waiting_count, 2)
        self.assertEqual(held.behind_count, 2)
        self.assertEqual(closing.child_ids.blocker_id, held)

    def test_what_is_tried_again_and_a_dead_letter_that_blocks_are_in_front_too(self):
        first, second, third = self.prepare()
        (second + third).write({"state": "pending", "wait_kind": False})
        first.write({"state": "pending", "next_attempt_at": "2099-01-01", "wait_kind": False})
        key = self.keys.search([])
        self.assertEqual((key.message_id, key.state, key.waiting_count), (first, "pending", 2))
        first.write({"state": "dead", "next_attempt_at": False})
        self.assertFalse(self.keys.search([]))
        first.blocks = True
        self.env.invalidate_all()
        key = self.keys.search([])
        self.assertEqual((key.message_id, key.state, key.waiting_count), (first, "dead", 2))

    def test_keys_of_other_plants_and_backends_are_not_shown(self):
        self.prepare()
        viewer = new_test_user(self.env, "stuck-viewer", groups="millwright.group_viewer")
        self.assertEqual(len(self.keys.with_user(viewer).search([])), 1)
        viewer.sudo().millwright_plant_ids = self.create_plant("P9")
        self.assertFalse(self.keys.with_user(viewer).search([]))
        stranger = new_test_user(self.env, "stuck-stranger", groups="base.group_user")
        with self.assertRaises(AccessError):
            self.keys.with_user(stranger).search([])

    # -- cost -----------------------------------------------------------------------------

    def add_rows(self, state, first, count):
        """Planned snapshots, a hundred of each key."""
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO millwright_inbox
                       (backend_id, company_id, plant_id, event_id, event, subject, state, lane, lane_rank,
                        attempts, command, kind, operation, ordering_key, group_key, received_at)
                SELECT %s, %s, %s, 'e' || n, 'ORDER', 'work_order/' || n / 100, %s, 'standard', 1, 0, '{}',
                       'work_order', 'upsert', 'work_order/' || n / 100, 'work_order/' || n / 100, now()
                  FROM generate_series(%s, %s) AS n
                """,
                self.backend.id,
                self.company.id,
                self.plant.id,
                state,
                first,
                first + count - 1,
            )
        )

    def test_a_page_costs_the_same_however_long_the_backlog_is(self):
        self.add_rows("done", 1, 19999)
        self.add_rows("pending", 20000, 5000)
        self.env.cr.execute(
            """UPDATE millwright_inbox SET state = 'held'
                WHERE event_id LIKE 'e%' AND state = 'pending' AND substr(event_id, 2)::int % 100 = 0"""
        )
        self.env.cr.execute("ANALYZE millwright_inbox")
        self.assertEqual(len(self.keys.search([])), 50)
        query = self.keys._search([], order="id", limit=SHOWN).select()
        self.assertLess(self.pages(query), 50 * PAGES_PER_ROW)
        page = self.keys.search([], limit=SHOWN)
        self.assertEqual(set(page.mapped("waiting_count")), {99})

    def pages(self, query):
        """Pages that PostgreSQL touches for a query, and that it does not read the table as a whole."""
        self.env.cr.execute(SQL("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) %s", query))
        (answer,) = self.env.cr.fetchone()
        plan = answer if isinstance(answer, list) else json.loads(answer)
        self.assertNotIn("Seq Scan", json.dumps(plan))
        return plan[0]["Plan"]["Shared Hit Blocks"]
