from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.millwright.models import retention, retention_queries

from .core import CoreCase

FINISHED = 50_000
TABLES = ("millwright_inbox", "millwright_seen")


@tagged("post_install", "-at_install", "millwright")
class TestGrowth(CoreCase):
    """What runs all the time finds its rows by an index, however many are finished."""

    def setUp(self):
        super().setUp()
        self.order = self.store("ORDER", "o", id="9", name="Oil", status="new")
        self.store("USED", "waits", order="9", part="unknown", quantity=1)
        self.run_inbox(times=2)
        self.store("USED", "new", order="9", part="S1", quantity=1)
        self.env.cr.execute(
            """INSERT INTO millwright_inbox (backend_id, event_id, event, subject, flow, kind, operation, state, lane,
                                             lane_rank, attempts, payload, fetched, command, ordering_key, group_key,
                                             shard, received_at, finished_at)
               SELECT %s, 'old-' || number, 'USED', 'work_order/' || number %% 5000,
                      (ARRAY['asset', 'work_order', 'consumption'])[number %% 3 + 1], 'parts_consumption', 'post',
                      CASE number %% 10 WHEN 0 THEN 'ignored' ELSE 'done' END, 'standard', 1, 1, '{}', '{}', '{}',
                      'o' || number %% 5000, 'g' || number %% 5000, number %% 32768,
                      now() - number * interval '15 minutes', now() - number * interval '15 minutes'
                 FROM generate_series(1, %s) AS number""",
            [self.backend.id, FINISHED],
        )
        self.env.cr.execute(
            "INSERT INTO millwright_seen (backend_id, digest) "
            "SELECT %s, md5(number::text) FROM generate_series(1, %s) AS number",
            [self.backend.id, FINISHED],
        )
        for table in TABLES:
            self.env.cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))
        self.env.invalidate_all()

    def scans(self, work):
        """Plans of the statements of some work that read a whole table of ours."""
        with self.watch_statements() as statements:
            work()
            self.env.flush_all()
        plans = [plan for query, params in statements if (plan := self.plan(query, params))]
        self.assertTrue(plans, "nothing was looked at")
        return [plan[:300] for plan in plans if any(f"Seq Scan on {table}" in plan for table in TABLES)]

    def plan(self, query, params):
        """How PostgreSQL goes about a statement on our tables, or None for another one."""
        text = query.code if isinstance(query, SQL) else query
        first = text.split(None, 1)[0].upper()
        if first not in ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE") or "millwright_" not in text:
            return None
        explain = SQL("EXPLAIN %s", query) if isinstance(query, SQL) else f"EXPLAIN {query}"
        self.env.cr.execute(explain, params)
        return "\n".join(line for (line,) in self.env.cr.fetchall())

    def test_a_scan_is_seen(self):
        everything = SQL("SELECT count(*) FROM millwright_inbox WHERE payload = 'x'")
        self.assertTrue(self.scans(lambda: self.env.cr.execute(everything)))

    def test_intake_looks_each_event_up(self):
        events = [self.cloud_event("USED", f"e{number}", order="9", part="S1") for number in range(500)]
        self.assertEqual(self.scans(lambda: self.inbox._store(self.backend, events)), [])

    def test_claims_find_what_is_due(self):
        for critical in (False, True):
            for query in (
                self.inbox._unplanned_query(False, 200, critical),
                self.inbox._unplanned_query(True, 1, critical),
                self.inbox._due_query(False, 200, critical),
                self.inbox._due_query(False, 200, critical, (1, 2)),
            ):
                self.assertEqual(self.scans(lambda query=query: self.env.cr.execute(query)), [])

    def test_what_came_before_about_a_subject_is_never_looked_for_in_the_whole_backlog(self):
        # Which of two indexes that fit is taken depends on a hair when a backlog is newer than the statistics.
        self.env.cr.execute("DROP INDEX millwright_inbox_unplanned_idx")
        plan = self.plan(self.inbox._unplanned_query(False, 200), None)
        self.assertEqual(plan.count("fresh_idx"), 1, "once for the batch, not once for each of its subjects")

    def test_a_glance_reads_no_table_whatever_was_waiting_when_the_statistics_were_taken(self):
        for waiting in ("'{}'", "NULL"):
            self.env.cr.execute(
                SQL("UPDATE millwright_inbox SET state = 'pending', attempts = 0, command = %s", SQL(waiting))
            )
            self.env.cr.execute("ANALYZE millwright_inbox")
            self.env.cr.execute("UPDATE millwright_inbox SET state = 'done'")
            self.env.cr.precommit.data.clear()  # as the end of a transaction does
            for critical in (False, True):
                scans = self.scans(lambda: self.inbox._worth_claiming(False, critical))  # noqa: B023
                self.assertEqual(scans, [], (waiting, critical))

    def test_what_waits_outside_of_a_batch_is_found_by_an_index_whatever_the_statistics_say(self):
        rows = self.inbox.search([("state", "in", ["pending", "held"])])
        for state in ("done", "pending", "held", "dead"):
            self.env.cr.execute("UPDATE millwright_inbox SET state = %s, blocks = TRUE", [state])
            self.env.cr.execute("ANALYZE millwright_inbox")
            self.env.cr.execute("UPDATE millwright_inbox SET state = 'done'")
            self.assertEqual(self.scans(lambda: self.inbox._relock_and_look(rows.ids, "x")), [], state)

    def test_what_failed_before_is_never_looked_for_in_the_whole_backlog(self):
        self.env.cr.execute("DROP INDEX millwright_inbox_suspect_idx")
        self.assertNotIn("fresh_idx", self.plan(self.inbox._unplanned_query(True, 1), None))
        self.assertNotIn("due_idx", self.plan(self.inbox._due_query(True, 1), None))

    def test_no_claim_is_compiled_however_long_postgresql_takes_the_backlog_to_be(self):
        self.plan_inbox()
        found = []

        def look(model, *_args, **_named):
            model.env.cr.execute("SHOW jit")
            found.append(model.env.cr.fetchone()[0])
            return []

        with patch.object(type(self.inbox), "_get_followers", look):
            self.run_inbox()
        self.assertEqual(set(found), {"off"})

    def test_what_comes_along_with_a_claim_is_found_by_its_key(self):
        for number in range(3):
            self.store("USED", f"again{number}", order="9", part="S1", quantity=1)
        self.plan_inbox()
        first, *behind = self.inbox.search(
            [("state", "=", "pending"), ("flow", "=", "consumption")], order="id"
        )
        found = []
        claimed = [(first.id, first.kind)]
        self.assertEqual(self.scans(lambda: found.extend(self.inbox._get_followers(claimed, 200))), [])
        self.assertEqual([row_id for row_id, _kind in found], [row.id for row in behind])

    def test_what_is_held_is_found_released_and_projected(self):
        self.assertEqual(self.scans(self.inbox._find_released), [])
        self.assertEqual(self.scans(self.inbox._hold_followers), [])
        model = self.order.integration_model
        self.assertEqual(self.scans(lambda: self.order._project_queue_fields(model)), [])

    def test_the_overview_reads_what_is_open_and_a_day_of_the_rest(self):
        overview = self.env["millwright.overview"]
        names = {"flow": {}, "open_count": {}, "done_day": {}, "status": {}}
        rows = []
        self.assertEqual(self.scans(lambda: rows.extend(overview.web_search_read([], names)["records"])), [])
        self.assertTrue(sum(row["done_day"] for row in rows) > 80)

    def test_the_sweep_of_incidents_and_the_counts_of_a_backend(self):
        self.assertEqual(self.scans(self.env["millwright.incident"]._sweep), [])
        self.backend.invalidate_recordset()
        self.assertEqual(self.scans(lambda: self.backend.held_count), [])

    def test_every_step_of_a_purge(self):
        for module in (retention, retention_queries):  # so few of the table that reading it is never cheaper
            self.patch(module, "PURGE_BATCH", 200)
        purge = self.env["millwright.retention"]
        steps = []
        self.assertEqual(self.scans(lambda: steps.extend(purge._purge_steps())), [])
        self.assertIn(("millwright_inbox", "content", self.backend, "consumption"), steps)
        counts = []

        def work(stage, flow):
            counts.append(purge._purge_batch("millwright_inbox", stage, self.backend, flow, None)[2])

        self.assertEqual(self.scans(lambda: work("content", "consumption")), [])
        self.assertEqual(self.scans(lambda: work("content", None)), [])
        self.env.cr.execute(
            "UPDATE millwright_inbox SET payload_purged_at = now() - interval '2 days' WHERE payload IS NULL"
        )
        self.env.cr.execute("ANALYZE millwright_inbox")
        self.assertEqual(self.scans(lambda: work("rows", "consumption")), [])
        self.assertEqual(counts, [200, 0, 200])

    def test_the_list_of_what_is_held(self):
        domain = [("state", "in", ["held", "dead"])]
        names = {"event": {}, "state": {}}
        self.assertEqual(self.scans(lambda: self.inbox.web_search_read(domain, names, limit=80)), [])
