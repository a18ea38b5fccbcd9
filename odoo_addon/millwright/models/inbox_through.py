from collections import Counter
from functools import partial
from time import monotonic

from odoo import api, models
from odoo.tools import SQL

from ..const import CRITICAL_RANK
from ..tools.coalesce import COALESCED
from .inbox_routes import SHADOW
from .read_along import columns_of, note_read
from .write_each import cache_each

INTS, TEXTS, FLAGS = SQL("int[]"), SQL("text[]"), SQL("bool[]")
# What is compared with rows outside: columns of the inbox, with their types.
STANDING_COLUMNS = {
    "id": INTS,
    "parent_id": INTS,
    "backend_id": INTS,
    "ordering_key": TEXTS,
    "group_key": TEXTS,
    "barrier": FLAGS,
    "kind": TEXTS,
    "operation": TEXTS,
    "command_key": TEXTS,
    "subject": TEXTS,
}


class MillwrightInboxThrough(models.Model):
    """Messages that are planned and carried out in one transaction, under the claim committed before.

    A command that nobody has to wait for, and that waits for nobody, need not be written, committed, claimed and
    read again between its plan and its effect: it is kept in memory, and written when it is done. When anything of
    it fails, nothing has happened: the messages are planned by themselves then, and carried out under claims of
    their own, where a failure is found by halving and counts as an attempt of its command.
    """

    _inherit = "millwright.inbox"

    @api.model
    def _get_plan_steps(self, pace, critical):
        """What `_run` does with messages claimed to be planned, and what instead when that fails.

        After it failed, some batches are only planned.
        """
        if not pace.goes_through():
            return (self._plan_claimed,)
        through = partial(self._plan_through, pace=pace, critical=critical)
        return through, partial(self._plan_after_failure, pace=pace)

    @api.model
    def _plan_through(self, ids, token, pace, critical):
        """Plan claimed messages and carry out what may go, under the same claim."""
        rows, is_alone = self._relock_and_look(ids, token)
        changes, paths = rows._get_plans()
        self._checkpoint("planned", rows)
        ready = self._find_ready(changes, paths, pace, critical, is_alone)
        self._settle([change for change in changes if change[0].id not in ready])
        cache_each(self.browse(ready), list(ready.values()))
        for group in self._groups(list(ready)):
            start, kind = monotonic(), ready[group[0]]["kind"]
            plans = {row_id: self._without_attempts(ready[row_id]) for row_id in group}
            self.browse(group)._take_effect(plans)
            pace.learn(kind, len(group), monotonic() - start)

    @api.model
    def _plan_after_failure(self, ids, token, pace):
        """Only plan them, and for a while the next ones too."""
        pace.falter()
        self._plan_claimed(ids, token)

    @api.model
    def _without_attempts(self, plan):
        """A plan as it is written with its effect: the claim is that of the effect too, and counts."""
        return {name: value for name, value in plan.items() if name != "attempts"}

    # -- what may go ----------------------------------------------------------------------

    @api.model
    def _find_ready(self, changes, paths, pace, critical, is_alone):
        """Commands just planned that may be carried out now, as many as make a batch: plans by row id, in order.

        Those that a claim would take, and of these only what stands in no queue outside of this batch.

        :param changes: what was planned, as `_settle` takes it
        :param paths: the `Paths` by backend that it was planned under: they hold still, so nothing is outdated
        :param bool is_alone: whether nothing outside of the batch waits
        """
        planned = [row._get_standing(values) for row, _state, values in changes if values.get("ordering_key")]
        planned.sort(key=lambda standing: standing["place"])
        pending = {row.id for row, state, _values in changes if state == "pending"}
        wanted = [standing for standing in planned if standing["id"] in pending]
        wanted = self._filter_mine(wanted, paths, critical)
        wanted_ids = {standing["id"] for standing in wanted}
        if not is_alone:
            wanted_ids -= self._find_queued(wanted)
        ready = self._filter_in_order(planned, wanted_ids)
        ready = ready[: pace.fit([standing["kind"] for standing in ready])]
        if not critical and 2 * len(ready) < len(pending):
            return {}  # few of many: with the others they make one full batch, which costs less than two
        plans = {row.id: values for row, _state, values in changes}
        return {standing["id"]: plans[standing["id"]] for standing in ready}

    def _get_standing(self, plan):
        """Where a row just planned stands, with its plan."""
        parent_id, backend_id = self.parent_id.id, self.backend_id.id
        return {
            **plan,
            "id": self.id,
            "parent_id": parent_id or None,
            "backend_id": backend_id,
            "subject": self.subject or None,
            "lane_rank": self.lane_rank,
            "place": (parent_id or self.id, self.id),
            "key": (backend_id, plan["ordering_key"]),
            "group": (backend_id, plan["group_key"]),
            "snapshot": (backend_id, plan["ordering_key"], plan["flow"], plan["integration_id"]),
        }

    @api.model
    def _filter_mine(self, standings, paths, critical):
        """Those that this runner carries out now, with a handler that is there, of backends that are enabled.

        What a route has in shadow is tried on a cursor of its own, which sees only what is committed.
        """
        open_paths = {
            (backend.id, flow, plant_id)
            for backend, path in paths.items()
            for (flow, plant_id), route in path.routes.items()
            if path.enabled and route.mode != SHADOW
        }
        share = self._get_share(critical)
        first, end = self._share_range(share)
        return [
            standing
            for standing in standings
            if not (critical and standing["lane_rank"] != CRITICAL_RANK)
            and (share == (0, 1) or first <= standing["shard"] < end)
            and standing["operation"] in self._get_operations(standing["kind"])
            and (standing["backend_id"], standing["flow"], standing["plant_id"]) in open_paths
        ]

    @api.model
    def _find_queued(self, standings):
        """Ids of those that stand in a queue with other rows: behind one that they have to let pass, or, as
        snapshots, before one that may stand for them. What was planned with them and stays is another row.
        """
        if not standings:
            return set()
        self.flush_model()
        ids = [standing["id"] for standing in standings]
        arrays = [
            SQL("%s::%s", [standing[name] or None for standing in standings], array_type)
            for name, array_type in STANDING_COLUMNS.items()
        ]
        outside = SQL("earlier.id <> ALL (%s)", ids)
        self.env.cr.execute(
            SQL(
                """
                WITH candidate (%(names)s) AS (SELECT * FROM unnest(%(arrays)s))
                SELECT id FROM candidate
                 WHERE %(ordered)s OR barrier AND %(grouped)s OR %(unplanned)s
                    OR operation = ANY (%(coalesced)s)
                       AND EXISTS (SELECT 1 FROM millwright_inbox AS later
                                    WHERE later.backend_id = candidate.backend_id
                                      AND later.ordering_key = candidate.ordering_key
                                      AND later.state IN ('pending', 'processing', 'held')
                                      AND later.id <> ALL (%(ids)s) OFFSET 0)
                """,
                names=SQL(", ").join(map(SQL.identifier, STANDING_COLUMNS)),
                arrays=SQL(", ").join(arrays),
                ids=ids,
                ordered=self._open_before(
                    SQL("earlier.ordering_key = candidate.ordering_key AND %s", outside)
                ),
                grouped=self._open_before(SQL("earlier.group_key = candidate.group_key AND %s", outside)),
                unplanned=self._earlier(SQL("%s AND %s", self._unplanned_before(), outside)),
                coalesced=sorted(COALESCED),
            )
        )
        return {row_id for (row_id,) in self.env.cr.fetchall()}

    @api.model
    def _relock_and_look(self, ids, token):
        """Lock the rows again as `_relock` does, and read what planning asks of them: (rows, whether no other row waits).

        On an idle system that is the whole answer, so that nobody has to be asked for by his queue.
        """
        self.flush_model()
        names = self._get_planning_columns()
        columns = columns_of(self, self._table, names)
        self.env.cr.execute(self._relock_query(ids, token, self._get_queued_glance(ids), columns))
        found = self.env.cr.fetchall()
        is_alone = len(found) == len(ids) and not found[0][1]
        rows = self.browse(row[0] for row in found)
        note_read(rows, names, [row[2:] for row in found])
        return rows, is_alone

    @api.model
    def _get_queued_glance(self, ids):
        """SQL: whether there is any row but these that somebody may have to let pass.

        Each looks where the query of `_find_queued` would; the order ties it to the index of that.
        """
        is_open = SQL("state IN ('pending', 'processing', 'held') AND ordering_key IS NOT NULL")
        is_unplanned = SQL(
            "state IN ('pending', 'processing') AND command IS NULL AND fanned_out IS NOT TRUE"
        )
        is_blocking = SQL("state = 'dead' AND blocks")
        glances = [
            SQL(
                """(SELECT TRUE FROM millwright_inbox WHERE %s AND id <> ALL (%s)
                  ORDER BY backend_id DESC, %s DESC LIMIT 1)""",
                condition,
                ids,
                SQL.identifier(key),
            )
            for condition, key in (
                (is_open, "ordering_key"),
                (is_unplanned, "subject"),
                (is_blocking, "ordering_key"),
            )
        ]
        return SQL("COALESCE(%s)", SQL(", ").join(glances))

    @api.model
    def _filter_in_order(self, standings, wanted):
        """Of what was just planned, in order, those wanted that need not wait for another of it: the first of each
        ordering key, and movements with those behind the first that go along in one call.

        :param set[int] wanted: ids
        """
        together = set(self._get_together())
        alike = Counter(standing["snapshot"] for standing in standings)
        met, stopped, groups, ready = set(), set(), set(), []
        for standing in standings:
            key, goes_along = standing["key"], (standing["kind"], standing["operation"]) in together
            waits = key in stopped if goes_along else key in met or alike[standing["snapshot"]] > 1
            waits = waits or (standing["barrier"] and standing["group"] in groups)
            is_ready = standing["id"] in wanted and not waits
            if is_ready:
                ready.append(standing)
            if not (is_ready and goes_along):
                stopped.add(key)
            met.add(key)
            groups.add(standing["group"])
        return ready
