from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from ..const import PATH_LOCK, POSTING_MODES
from .read_along import columns_of, note_read, read_together

SHADOW = "shadow"
HELD = ("enabled", "contract_hash", "siblings", "has_open")  # what holds for a backend, as it is read
READ_NEXT = ("code", "contract_id", "user_id")  # of a backend whose messages are planned or carried out


class Route(NamedTuple):
    """A route as it stands, read from the database under a lock."""

    id: int
    mode: str
    epoch: int


class Paths(NamedTuple):
    """What holds for a backend: `routes` by (flow, plant id)."""

    enabled: bool
    contract_hash: str | None
    routes: dict[tuple[str, int], Route]


class MillwrightInboxRoutes(models.Model):
    """What routes mean for commands: under which epoch and contract one may be carried out, what a
    person releases, what ends in shadow, and what goes from one backend to the other that replaces it.
    """

    _inherit = "millwright.inbox"

    # -- under what holds now -------------------------------------------------------------

    @api.model
    def _read_paths(self, backend):
        """What holds for a backend now: `Paths`. What would be asked for next is read along: its siblings,
        whether discrepancies are open, who and what it is, and its plants.

        Until this transaction has ended, nobody changes any of it: changes take the backend's lock alone,
        plans and effects share it. Who read before a change and asks after it, meets a serialisation
        failure by the locks of the rows, and starts anew.
        """
        self.env.flush_all()
        self.env.cr.execute(self._paths_query(backend))
        rows = self.env.cr.fetchall()
        if not rows:  # it runs no contract
            return Paths(False, None, {})
        enabled, contract_hash, siblings, has_open = rows[0][: len(HELD)]
        route_at = len(HELD) + len(READ_NEXT)
        backend._note_siblings(siblings)
        self.env["millwright.discrepancy"]._note_open(backend, has_open)
        note_read(backend, READ_NEXT, [rows[0][len(HELD) : route_at]])
        routes, plants = {}, {}
        for route_id, mode, epoch, flow, plant_id, *plant in (
            row[route_at:] for row in rows if row[route_at]
        ):
            routes[flow, plant_id] = Route(route_id, mode, epoch)
            plants[plant_id] = plant
        plant_rows = self.env["millwright.plant"].browse(plants)
        note_read(plant_rows, read_together(plant_rows), list(plants.values()))
        return Paths(bool(enabled), contract_hash, routes)

    @api.model
    def _paths_query(self, backend):
        """SQL of a row for each route, or one without: `HELD`, `READ_NEXT`, the route, and its plant as Odoo reads it."""
        plants = self.env["millwright.plant"]
        return SQL(
            """SELECT pg_advisory_xact_lock_shared(%(lock)s, %(backend)s);
               WITH held AS (
                   SELECT backend.enabled, contract.hash, %(siblings)s AS siblings, %(has_open)s AS has_open, %(next)s
                     FROM millwright_backend AS backend
                     JOIN millwright_contract AS contract ON contract.id = backend.contract_id
                    WHERE backend.id = %(backend)s FOR SHARE OF backend
               ), route AS (
                   SELECT id, mode, epoch, flow, plant_id FROM millwright_route
                    WHERE backend_id = %(backend)s ORDER BY id FOR SHARE
               )
               SELECT held.*, route.*, %(plant)s
                 FROM held LEFT JOIN route ON TRUE LEFT JOIN millwright_plant AS plant ON plant.id = route.plant_id""",
            lock=PATH_LOCK,
            backend=backend.id,
            siblings=backend._get_siblings_sql(),
            has_open=self.env["millwright.discrepancy"]._has_open_sql(SQL("backend.id")),
            next=columns_of(backend, "backend", READ_NEXT),
            plant=columns_of(plants, "plant", read_together(plants)),
        )

    def _drop_outdated(self):
        """Rows that were planned under what holds now; the others are planned again. Rows are of one backend."""
        if not self:
            return self
        enabled, contract_hash, routes = self._read_paths(self.backend_id)
        current = self.filtered(
            lambda row: enabled and row.contract_hash == contract_hash and row._is_open_on(routes)
        )
        hold = {"code": "backend_disabled", "wait_kind": "backend"}
        hold["last_error"] = self.env._("The backend is disabled. Enable it to go on.")
        outdated = self - current
        if enabled:
            self._settle([(outdated, "pending", {"command": False, "attempts": 0})])
        else:
            self._settle([(outdated, "held", hold)])
        return current

    def _is_open_on(self, routes):
        """Whether the row may run, be it in shadow, under the epoch that it was planned under."""
        route = routes.get((self.flow, self.plant_id.id))
        if not route or route.mode == "manual" and self.released_epoch != route.epoch:
            return False
        return route.mode in (*POSTING_MODES, SHADOW) and self.route_epoch == route.epoch

    # -- manual ---------------------------------------------------------------------------

    @api.model
    def _get_manual_hold(self, flow, plant, route):
        """Why a planned command waits for a person. Its command stays, so that the person sees it."""
        return {
            "code": "route_manual",
            "last_error": self.env._(
                "The flow %(flow)s runs by hand at plant %(plant)s: it is planned, and carried out when "
                "somebody releases it.",
                flow=flow,
                plant=plant.name,
            ),
            "wait_kind": "release",
            "wait_key": str(route.id),
        }

    def action_release(self):
        """A release on a manual route counts for its present epoch; what was planned under another is
        planned again."""
        rows = self._get_actionable().filtered(lambda row: row.state == "held" and row.wait_kind == "release")
        if rows and self.env.user.has_group("millwright.group_operator"):
            rows.sudo().try_lock_for_update()._note_release()
        return super().action_release()

    def _note_release(self):
        for (backend, flow, plant), rows in self.grouped(
            lambda row: (row.backend_id, row.flow, row.plant_id)
        ).items():
            route = backend.route_ids.filtered(
                lambda route, flow=flow, plant=plant: route.flow == flow and route.plant_id == plant
            )
            rows.write({"released_epoch": route.epoch})
            planned = rows.filtered(
                lambda row, route=route: (
                    row.route_epoch == route.epoch and row.contract_hash == row.backend_id.contract_id.hash
                )
            )
            (rows - planned).write({"command": False})

    # -- shadow ---------------------------------------------------------------------------

    @api.model
    def _get_modes(self, backends):
        """Modes of routes by (backend id, flow, plant id)."""
        return {
            (route.backend_id.id, route.flow, route.plant_id.id): route.mode for route in backends.route_ids
        }

    def _end_in_shadow(self):
        """Run what is on a shadow route to its posting plan and end it; gives the other rows."""
        modes = self._get_modes(self.backend_id)
        rows = self.filtered(lambda row: modes.get((row.backend_id.id, row.flow, row.plant_id.id)) == SHADOW)
        if not rows:
            return self
        text = self.env._("The route is in shadow: its posting plan is kept, nothing was created or changed.")
        changes = []
        for row in rows:
            plan, digest = self.env["millwright.simulation"]._plan_of(row)
            values = {"code": SHADOW, "last_error": text, "posting_plan": plan, "posting_plan_hash": digest}
            changes.append((row, "ignored", values))
        self._settle(changes)
        return self - rows

    @api.model
    def _take_up_shadowed(self):
        """After a route was opened: let go on what ended in shadow here and is still open at the backend
        that it replaces. Otherwise nobody would post it: that backend is no longer let to.

        Here and not in the transaction that opened the route, which would miss a row that is ending
        in shadow at the same moment.
        """
        routes = self.env["millwright.route"].search([("hand_over_at", "!=", False)]).try_lock_for_update()
        for route in routes:
            siblings = route.backend_id._get_siblings()
            if route.mode in POSTING_MODES and siblings:
                self._settle([(self._find_shadowed(route, siblings), "pending", self._get_revived())])
        routes.write({"hand_over_at": False})

    @api.model
    def _get_revived(self):
        values = {"command": False, "attempts": 0, "finished_at": False, "next_attempt_at": False}
        return {
            **values,
            "code": False,
            "last_error": False,
            "posting_plan": False,
            "posting_plan_hash": False,
        }

    @api.model
    def _find_shadowed(self, route, siblings):
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """SELECT mine.id FROM millwright_inbox AS mine
                    WHERE mine.backend_id = %s AND mine.flow = %s AND mine.plant_id = %s
                      AND mine.state = 'ignored' AND mine.code = 'shadow'
                      AND mine.payload_purged_at IS NULL
                      AND EXISTS (SELECT FROM millwright_inbox AS twin
                                   WHERE twin.backend_id IN %s AND twin.event_id = mine.event_id
                                     AND (twin.state IN ('pending', 'processing', 'held')
                                          OR twin.state = 'ignored' AND twin.code = 'shadow'
                                             AND twin.finished_at >= %s))
                 ORDER BY mine.id FOR NO KEY UPDATE OF mine""",
                route.backend_id.id,
                route.flow,
                route.plant_id.id,
                tuple(siblings.ids),
                route.hand_over_at,
            )
        )
        return self.browse(row_id for (row_id,) in self.env.cr.fetchall())

    def _check_transition(self, state):
        """What ended in shadow had no effect: it is the one end from which a message may come back."""
        shadowed = self.filtered(lambda row: row.state == "ignored" and row.code == SHADOW)
        return super(
            MillwrightInboxRoutes, self - shadowed if state == "pending" else self
        )._check_transition(state)

    # -- what the other backend knows -----------------------------------------------------

    @api.model
    def _adopt_bindings(self, integrations):
        """Give rows without a record the record that the backend they replace has bound, with its version.

        :param integrations: integration rows by inbox id, in the technical user's environment
        """
        by_model = {}
        for integration in integrations.values():
            record_field = integration._millwright_record
            if record_field and not integration[record_field] and not integration.synchronised_version:
                by_model.setdefault(integration._name, {})[integration.external_id] = integration
        for model, wanted in by_model.items():
            backend = next(iter(wanted.values())).backend_id
            for known_sudo in backend._get_sibling_rows(model, wanted):
                record_field = known_sudo._millwright_record
                wanted[known_sudo.external_id].write(
                    {
                        record_field: known_sudo[record_field].id,
                        "synchronised_version": known_sudo.synchronised_version,
                    }
                )
