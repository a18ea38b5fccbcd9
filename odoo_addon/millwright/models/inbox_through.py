from collections import Counter
from functools import partial
from time import monotonic

from odoo import api, models
from odoo.tools import SQL

from ..const import CRITICAL_RANK
from ..tools.coalesce import COALESCED
from .write_each import cache_each


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

        A run in which it failed keeps to planning alone: what fails is often not alone.
        """
        if not pace.goes_through:
            return (self._plan_claimed,)
        through = partial(self._plan_through, pace=pace, critical=critical)
        return through, partial(self._plan_after_failure, pace=pace)

    @api.model
    def _plan_through(self, ids, token, pace, critical):
        """Plan claimed messages and carry out what may go, under the same claim."""
        rows = self._relock(ids, token)
        changes = rows._get_plans()
        self._checkpoint("planned", rows)
        plans = {row.id: values for row, state, values in changes if state == "pending"}
        cache_each(self.browse(plans), list(plans.values()))
        ready = self._filter_ready(changes, pace, critical)
        self._settle([change for change in changes if change[0] not in ready])
        for group in self._groups(ready.ids):
            start, kind = monotonic(), self.browse(group[:1]).kind
            current = self.browse(group)._drop_outdated()
            current._take_effect({row_id: self._without_attempts(plans[row_id]) for row_id in group})
            pace.learn(kind, len(group), monotonic() - start)

    @api.model
    def _plan_after_failure(self, ids, token, pace):
        """Only plan them, and keep to that."""
        pace.goes_through = False
        self._plan_claimed(ids, token)

    @api.model
    def _without_attempts(self, plan):
        """A plan as it is written with its effect: the claim is that of the effect too, and counts."""
        return {name: value for name, value in plan.items() if name != "attempts"}

    # -- what may go ----------------------------------------------------------------------

    @api.model
    def _filter_ready(self, changes, pace, critical):
        """Commands just planned that may be carried out now, as many as make a batch.

        Those that a claim would take, and of these only what stands in no queue outside of this batch.
        What a route has in shadow is tried on a cursor of its own, which sees only what is committed.

        :param changes: what was planned, as `_settle` takes it; what is to be pending reads as if it were written
        """
        wanted = self.browse(row.id for row, state, _values in changes if state == "pending")
        wanted = wanted.filtered(lambda row: row._is_mine_to_do(critical))
        wanted -= wanted._filter_in_shadow()
        wanted -= wanted._find_queued()
        ready = self._filter_in_order(changes, set(wanted.ids))
        return ready[: pace.fit(ready.mapped("kind"))]

    def _is_mine_to_do(self, critical):
        """Whether this runner carries the planned command out now, and with a handler that is there."""
        if critical and self.lane_rank != CRITICAL_RANK:
            return False
        share = self._get_share(critical)
        if share != (0, 1):
            first, end = self._share_range(share)
            if not first <= self.shard < end:
                return False
        return self.operation in self._get_operations(self.kind)

    def _find_queued(self):
        """Planned rows that stand in a queue with rows outside: behind one that they have to let pass, or, as
        snapshots, before one that may stand for them.
        """
        if not self:
            return self
        names = ["parent_id", "backend_id", "ordering_key", "group_key", "barrier", "kind", "operation"]
        names += ["command_key", "subject"]
        types = ["int", "int", "text", "text", "bool", "text", "text", "text", "text"]
        columns = [[self._fields[name].get_column_update(row) for row in self] for name in names]
        arrays = [
            SQL("%s::%s[]", column, SQL(type_name)) for column, type_name in zip(columns, types, strict=True)
        ]
        self.flush_model()
        outside = SQL("%s.id <> ALL (%s)", SQL.identifier("earlier"), self.ids)
        self.env.cr.execute(
            SQL(
                """
                WITH candidate (id, %(names)s) AS (SELECT * FROM unnest(%(ids)s, %(arrays)s))
                SELECT id FROM candidate
                 WHERE %(ordered)s OR barrier AND %(grouped)s OR %(unplanned)s
                    OR operation = ANY (%(coalesced)s)
                       AND EXISTS (SELECT 1 FROM millwright_inbox AS later
                                    WHERE later.backend_id = candidate.backend_id
                                      AND later.ordering_key = candidate.ordering_key
                                      AND later.state IN ('pending', 'processing', 'held')
                                      AND later.id <> ALL (%(ids)s) OFFSET 0)
                """,
                names=SQL(", ").join(map(SQL.identifier, names)),
                ids=self.ids,
                arrays=SQL(", ").join(arrays),
                ordered=self._open_before(
                    SQL("earlier.ordering_key = candidate.ordering_key AND %s", outside)
                ),
                grouped=self._open_before(SQL("earlier.group_key = candidate.group_key AND %s", outside)),
                unplanned=self._earlier(SQL("%s AND %s", self._unplanned_before(), outside)),
                coalesced=sorted(COALESCED),
            )
        )
        return self.browse(row_id for (row_id,) in self.env.cr.fetchall())

    @api.model
    def _filter_in_order(self, changes, wanted):
        """Of rows just planned those wanted that need not wait for another of them: the first of each ordering key,
        and movements with those behind the first that go along in one call.

        :param set[int] wanted: ids
        """
        rows = self.browse(row.id for row, _state, values in changes if values.get("ordering_key"))
        together = set(self._get_together())
        alike = Counter(row._get_snapshot() for row in rows)
        met, stopped, groups, ready = set(), set(), set(), []
        for row in rows.sorted(lambda row: row._get_place()):
            key, group = (row.backend_id, row.ordering_key), (row.backend_id, row.group_key)
            if (row.kind, row.operation) in together:
                waits = key in stopped
            else:
                waits = key in met or alike[row._get_snapshot()] > 1
            if row.id in wanted and not waits and not (row.barrier and group in groups):
                ready.append(row.id)
            else:
                stopped.add(key)
            met.add(key)
            groups.add(group)
        return self.browse(ready)

    def _get_snapshot(self):
        """What snapshots have in common of which one may stand for the other."""
        return self.backend_id, self.ordering_key, self.flow, self.integration_id
