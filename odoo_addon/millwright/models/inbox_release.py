import json
from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL


class MillwrightInboxRelease(models.Model):
    """Lets go of what waits no longer, and holds what waits behind something held."""

    _inherit = "millwright.inbox"

    @api.model
    def _release(self, pace):
        """Let go of what waits no longer, and hold what waits behind something held.

        :return: number of rows released
        """
        self._take_up_shadowed()
        released = self._find_released().try_lock_for_update()
        released = released.filtered(lambda row: pace.lets_go(row.id, row.wait_kind, row.wait_key))
        released.filtered(lambda row: row.wait_kind == "part")._reshard()
        self._settle([(released, "pending", {"next_attempt_at": False})])
        self._hold_followers()
        if released:
            self._checkpoint("released", released)
        self._commit()
        return len(released)

    @api.model
    def _find_released(self):
        groups = self._read_group(
            [("state", "=", "held"), ("wait_kind", "!=", False)], ["backend_id", "wait_kind", "wait_key"]
        )
        waiting = defaultdict(list)
        for backend, kind, key in groups:
            waiting[backend, kind].append(key)
        released = self.browse()
        for (backend, kind), keys in waiting.items():
            present = list(self._present(backend, kind, keys))
            if present:
                released |= self.search(
                    [
                        ("state", "=", "held"),
                        ("backend_id", "=", backend.id),
                        ("wait_kind", "=", kind),
                        ("wait_key", "in", present),
                    ]
                )
        return released

    @api.model
    def _present(self, backend, kind, keys):
        """Of the keys that rows wait for, those that are there now."""
        if kind == "backend":
            return keys if backend.enabled else []
        if kind == "contract":
            approved = backend.connector_id.contract_ids.filtered(lambda c: c.state == "approved")
            return [key for key in keys if key in approved.mapped("hash")]
        if kind == "plant":
            plants = backend._locate([json.loads(key) for key in keys])
            return [key for key, plant in zip(keys, plants, strict=True) if plant]
        if kind == "route":
            return self._open_routes(backend, keys, ("active", "shadow", "manual"))
        if kind == "release":
            return self._open_routes(backend, keys, ("active", "shadow"))
        if kind == "handler":
            return [key for key in keys if self._is_handled(*key.rsplit("/", 1))]
        if kind == "row":
            blocked = self._held_blockers(SQL("follower.id IN %s", tuple(int(key) for key in keys)))
            return [key for key in keys if int(key) not in blocked]
        return list(backend._get_references(kind, keys))

    @api.model
    def _is_handled(self, kind, operation):
        return operation in self._get_operations(kind)

    @api.model
    def _open_routes(self, backend, keys, modes):
        """Of the names of routes that rows wait for, those whose route is in one of the modes."""
        routes = backend.route_ids.filtered(lambda route: route.mode in modes)
        names = {str(route.id) for route in routes}
        names |= {f"{route.flow}/{route.plant_id.id}" for route in routes}
        return [key for key in keys if key in names]

    @api.model
    def _hold_followers(self):
        """Commands whose turn cannot come because something before them is held, are held too."""
        blockers = self._held_blockers(SQL("follower.state = 'pending' AND follower.command IS NOT NULL"))
        followers = self.browse(blockers).try_lock_for_update()
        changes = []
        for row in followers:
            blocker = self.browse(blockers[row.id])
            explanation = self.env._(
                "Waits for message %(id)s (%(name)s), which is held.",
                id=blocker.id,
                name=blocker.display_name,
            )
            if blocker.state == "dead":
                explanation = self.env._(
                    "Waits for message %(id)s (%(name)s), a dead letter: its flow says that it blocks "
                    "what comes behind it until a person redrives or ignores it.",
                    id=blocker.id,
                    name=blocker.display_name,
                )
            values = {"code": "waits_behind", "last_error": explanation}
            changes.append((row, "held", {**values, "wait_kind": "row", "wait_key": str(row.id)}))
        self._settle(changes)

    @api.model
    def _held_blockers(self, followers):
        """Of the rows of a condition, those behind something stopped: dict of id to the first of these.

        A join per key and kind of stop, so that each finds its index however long the backlog is. Planning
        that takes PostgreSQL a hundred times as long as to see that nothing is stopped.
        """
        self.flush_model()
        self.env.cr.execute(
            """SELECT EXISTS (SELECT 1 FROM millwright_inbox WHERE state = 'held')
                   OR EXISTS (SELECT 1 FROM millwright_inbox WHERE state = 'dead' AND blocks)"""
        )
        if not self.env.cr.fetchone()[0]:
            return {}
        stops = (SQL("earlier.state = 'held'"), SQL("earlier.state = 'dead' AND earlier.blocks"))
        keys = (
            SQL("follower.ordering_key = earlier.ordering_key"),
            SQL("follower.group_key = earlier.group_key AND follower.barrier"),
        )
        joins = SQL(" UNION ALL ").join(
            SQL(
                """SELECT follower.id AS id, earlier.id AS blocker, %(place)s AS place
                     FROM millwright_inbox earlier
                     JOIN millwright_inbox follower
                       ON follower.backend_id = earlier.backend_id AND %(behind)s
                      AND %(key)s AND follower.state IN ('pending', 'processing', 'held')
                    WHERE %(stop)s AND earlier.fanned_out IS NOT TRUE
                      AND %(waits)s AND %(followers)s""",
                key=key,
                stop=stop,
                waits=self._waits_behind("follower", "earlier"),
                place=self._place("earlier"),
                behind=SQL("%s > %s", self._place("follower"), self._place("earlier")),
                followers=followers,
            )
            for key in keys
            for stop in stops
        )
        self.env.cr.execute(
            SQL("SELECT DISTINCT ON (id) id, blocker FROM (%s) AS blocked ORDER BY id, place", joins)
        )
        return dict(self.env.cr.fetchall())

    @api.model
    def _waits_behind(self, row, earlier):
        """SQL: whether a row has to let an earlier open one pass.

        The same ordering key: yes, but movements commute, so that one that is held does not stop
        the next. The same group: a barrier waits, but not for what is held for want of the very
        record that the barrier brings, nor for what nothing here carries out yet.
        """
        return SQL(
            """((%(row)s.ordering_key = %(earlier)s.ordering_key
                 AND (%(earlier)s.state <> 'held' OR %(row)s.operation <> 'post'))
                OR (%(row)s.barrier AND %(row)s.group_key = %(earlier)s.group_key
                    AND NOT (%(earlier)s.state = 'held'
                             AND (COALESCE(%(earlier)s.wait_kind, '') = 'handler'
                                  OR COALESCE(%(earlier)s.wait_kind, '') = %(row)s.kind
                                     AND COALESCE(%(earlier)s.wait_key, '') = %(row)s.command_key))))""",
            row=SQL.identifier(row),
            earlier=SQL.identifier(earlier),
        )
