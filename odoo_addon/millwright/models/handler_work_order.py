from collections import defaultdict

from odoo import api, models

from ..tools.work import Outcome

# The CMMS plans and assigns the work: without the last key every due date would leave a to-do
# with the technical user, and Odoo would open a new one each time an order is closed.
QUIET = {
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
    "mail_activity_automation_skip": True,
}
PRIVATE = ("name", "description")
# What Odoo sets by itself when the stage or the dates change.
LATE = ("close_date", "duration")
# Of few values, and often the same for many orders at once.
ALIKE = ("stage_id", "kanban_state", "archive", "priority", "maintenance_type")


class MillwrightHandlerWorkOrder(models.AbstractModel):
    _name = "millwright.handler.work_order"
    _inherit = "millwright.handler"
    _description = "Handler of work orders"

    @api.model
    def _apply(self, works):
        self = self.with_context(**QUIET)
        self._load(works)
        outcomes = self._hold_foreign(works)
        found = self._find_references(works)
        todo = []
        for work in works:
            outcome = outcomes.get(work.inbox_id) or self._check(work, found)
            if outcome:
                outcomes[work.inbox_id] = outcome
            else:
                todo.append(work)
        outcomes.update(self._write_all(todo, found))
        return [outcomes[work.inbox_id] for work in works]

    # -- checks ---------------------------------------------------------------------------

    def _check(self, work, found):
        """Outcome of a work that cannot or need not be carried out, else None."""
        if self._is_superseded(work):
            return self._get_superseded(work)
        if self._is_deletion(work):
            return None
        return (
            self._check_required(work)
            or self._check_equipment(work, found)
            or self._check_team(work, found)
            or self._check_hours(work)
            or self._check_own_values(work, "maintenance.request")
        )

    def _is_deletion(self, work):
        """Whether the order is gone there: archived here, or cancelled if the spec says so."""
        item = work.flow["inputs"][work.command["input"]]
        return work.command["operation"] == "delete" or item.get("role") == "delete"

    def _check_required(self, work):
        given = work.command["fields"]
        missing = [name for name in ("name", "status") if not given.get(name)]
        if self._get_record(work) or not missing:
            return None
        return Outcome.held(
            f"{missing[0]}_missing",
            self.env._("A work order without %s cannot be created.", missing[0]),
        )

    def _check_equipment(self, work, found):
        reference = work.command["fields"].get("equipment")
        if not reference:
            return None
        equipment = found["equipment"].get(reference["value"])
        if equipment is None and reference["missing"] == "skip":
            return None
        if equipment is None:
            return Outcome.held(
                "equipment_unknown",
                self.env._("Equipment %s is not known yet.", reference["value"]),
                wait_kind="equipment",
                wait_key=reference["value"],
            )
        if not equipment:
            return Outcome.held(
                "equipment_other_company",
                self.env._(
                    "Equipment %(equipment)s belongs to another company than plant %(plant)s.",
                    equipment=reference["value"],
                    plant=work.plant.name,
                ),
            )
        return None

    def _check_team(self, work, found):
        reference = work.command["fields"].get("team")
        if reference and self._get_key(reference["value"]) not in found["team"]:
            may_create = reference["missing"] == "create" and self._may_create_teams()
            if not may_create and reference["missing"] not in ("default", "skip"):
                return Outcome.held(
                    "team_unknown",
                    self.env._("There is no maintenance team “%s”.", reference["value"]),
                )
        elif reference:
            return None
        if self._get_record(work) or found["default_team"][work.plant]:
            return None
        return Outcome.held(
            "team_missing",
            self.env._("Plant %s has no maintenance team, and its company has none.", work.plant.name),
        )

    def _check_hours(self, work):
        hours = work.command["fields"].get("planned_hours")
        if not hours or float(hours) >= 0:
            return None
        return Outcome.held("hours_negative", self.env._("Planned hours are negative: %s.", hours))

    # -- writing --------------------------------------------------------------------------

    def _write_all(self, works, found):
        self._create_teams(works, found["team"])
        outcomes, creations, updates = {}, [], []
        for work in works:
            request = self._get_record(work)
            if self._is_deletion(work) and not request:
                # A tombstone: an older message that comes later must not revive it.
                self._bind(work)
                outcomes[work.inbox_id] = Outcome.done(code="deleted")
            elif request:
                updates.append((work, request, self._get_values(work, request, found)))
            else:
                creations.append(work)
        outcomes.update(self._update_all(updates))
        outcomes.update(self._create_all(creations, found))
        return outcomes

    def _create_all(self, works, found):
        if not works:
            return {}
        empty = self.env["maintenance.request"]
        vals_list = [self._get_values(work, empty, found) for work in works]
        requests = empty.create(vals_list)
        for request, vals in zip(requests, vals_list, strict=True):
            if "duration" in vals:  # Odoo has computed it from the dates that are missing
                request.duration = vals["duration"]
        self._bind_all(list(zip(works, requests, strict=True)))
        return {
            work.inbox_id: Outcome.done(request, "created")
            for work, request in zip(works, requests, strict=True)
        }

    def _update_all(self, updates):
        """Write what differs; last what Odoo itself sets when the stage or the dates change."""
        outcomes, todo, notes = {}, [], {}
        for work, request, vals in updates:
            changes = self._get_changes(request, vals)
            if "equipment_id" in changes and vals.get("maintenance_team_id"):
                changes["maintenance_team_id"] = vals["maintenance_team_id"]
            trace = self._get_trace(request, changes, private=PRIVATE)
            if "stage_id" in changes:
                stage = self.env["maintenance.stage"].browse(changes["stage_id"])
                notes[request.id] = f"{request.stage_id.name} → {stage.name}"
                if stage.done and request.recurring_maintenance:
                    # The CMMS makes the next order; Odoo would make one more.
                    request.write({"recurring_maintenance": False})
            todo.append((request, {name: value for name, value in changes.items() if name not in LATE}))
            outcomes[work.inbox_id] = Outcome.done(
                request, "updated" if trace else "unchanged", changed=trace
            )
        self._write_changes(todo)
        for _work, request, vals in updates:
            late = self._get_changes(request, {name: vals[name] for name in LATE if name in vals})
            if late:
                request.write(late)
        if notes:
            self.env["maintenance.request"].browse(notes)._message_log_batch(bodies=notes)
        self._bind_all([(work, request) for work, request, _vals in updates])
        return outcomes

    def _write_changes(self, todo):
        """Write to each request its changes; what many get alike (a campaign is begun) in one call for all.

        The state comes after the rest: what Odoo does when it changes finds dates and equipment in place. Odoo asks for
        the rights at each write; they are asked here for all, as the technical user has them.
        """
        requests = self.env["maintenance.request"].browse(request.id for request, changes in todo if changes)
        requests.check_access("write")
        for name in {name for _request, changes in todo for name in changes}:
            requests._check_field_access(requests._fields[name], "write")
        alike, requests_sudo = defaultdict(list), requests.sudo()
        for request, changes in todo:
            own = {name: value for name, value in changes.items() if name not in ALIKE}
            if own:
                requests_sudo.browse(request.id).write(own)
            if shared := tuple((name, changes[name]) for name in ALIKE if name in changes):
                alike[shared].append(request.id)
        for shared, ids in alike.items():
            requests_sudo.browse(ids).write(dict(shared))
