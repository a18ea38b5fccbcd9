from datetime import timedelta

from odoo import models

STAGES = {
    "open": "maintenance.stage_0",
    "in_progress": "maintenance.stage_1",
    "on_hold": "maintenance.stage_1",
    "done": "maintenance.stage_3",
}
PRIORITIES = {"none": "0", "low": "1", "medium": "2", "high": "3"}


class MillwrightHandlerWorkOrder(models.AbstractModel):
    """What a work order of the CMMS is as a `maintenance.request`."""

    _inherit = "millwright.handler.work_order"

    def _get_values(self, work, request, found):
        """Values of the request; `request` is empty when it is to be created."""
        if work.command["operation"] == "delete":
            return {"archive": True, "recurring_maintenance": False}
        given = work.command["fields"]
        vals = {}
        if given.get("name"):
            vals["name"] = given["name"]
        if "description" in given:
            vals["description"] = self._get_html(given["description"])
        if given.get("type"):
            vals["maintenance_type"] = given["type"]
        if "priority" in given:
            vals["priority"] = PRIORITIES.get(given["priority"], False)
        if "requested_at" in given:
            vals["request_date"] = self._get_day(given["requested_at"])
        self._set_equipment(vals, given, found)
        self._set_team(vals, work, request, found)
        self._set_schedule(vals, given, request)
        self._set_status(vals, work, request)
        vals.update(self._get_own_values(work))
        if not request:
            # The technical user is no owner to be notified; `create_uid` tells who made it.
            vals.update(company_id=work.plant.company_id.id, owner_user_id=False)
        return vals

    def _set_equipment(self, vals, given, found):
        if "equipment" not in given:
            return
        reference = given["equipment"]
        if reference is None:
            vals["equipment_id"] = False
        elif equipment := found["equipment"].get(reference["value"]):
            vals["equipment_id"] = equipment.id

    def _set_schedule(self, vals, given, request):
        """The due date is when the work is planned; Odoo derives the duration from the two ends.

        Only without a date is the duration a value of its own.
        """
        if "due_at" not in given and "planned_hours" not in given:
            return
        start = self._get_datetime(given["due_at"]) if "due_at" in given else request.schedule_date
        hours = request.duration
        if "planned_hours" in given:
            hours = float(given["planned_hours"] or 0)
        elif start and not request.schedule_date and not hours:
            hours = 1  # Odoo's own default length
        vals["schedule_date"] = start or False
        vals["schedule_end"] = start + timedelta(hours=hours) if start else False
        if not start:
            vals["duration"] = hours

    def _set_status(self, vals, work, request):
        status = work.command["fields"].get("status")
        if status == "cancelled" or work.command["operation"] == "archive":
            vals.update(archive=True, recurring_maintenance=False)
        elif status:
            vals["archive"] = False
        if status not in STAGES:
            return
        # env.ref would ask the database for each order whether the stage is still there
        stage_id = self.env["ir.model.data"]._xmlid_to_res_id(STAGES[status], raise_if_not_found=True)
        stage = self.env["maintenance.stage"].browse(stage_id)
        vals["stage_id"] = stage.id
        if status == "on_hold":
            vals["kanban_state"] = "blocked"
        elif request.stage_id != stage or request.kanban_state == "blocked":
            vals["kanban_state"] = "normal"
        if stage.done:
            self._set_close_date(vals, work, request, stage)

    def _set_close_date(self, vals, work, request, stage):
        """The day it was completed there; Odoo would take the day on which it heard of it."""
        completed = work.command["fields"].get("completed_at")
        if completed or request.stage_id != stage:
            completed = completed or work.command["occurred_at"]
        if completed:
            vals["close_date"] = self._get_day(completed)

    # -- references -----------------------------------------------------------------------

    def _find_references(self, works):
        """All that the commands name, found for the whole batch at once."""
        equipment = [work.command["fields"].get("equipment") for work in works]
        return {
            "equipment": self._get_references(works, "equipment", equipment),
            "team": self._get_teams(works),
            "default_team": {
                plant: self._get_default_team(plant) for plant in {work.plant for work in works}
            },
        }

    # -- teams ----------------------------------------------------------------------------

    def _get_key(self, name):
        return " ".join(name.split()).casefold()

    def _get_teams(self, works):
        """Teams of the company by name; its own before shared ones."""
        if not any(work.command["fields"].get("team") for work in works):
            return {}
        found = self.env["maintenance.team"].search_fetch(
            [("company_id", "in", [self.env.company.id, False])], ["name", "company_id"]
        )
        ranked = found.sorted(lambda team: (not team.company_id, team.id), reverse=True)
        return {self._get_key(team.name): team for team in ranked}

    def _get_default_team(self, plant):
        """The plant's team, else the first of the company, as Odoo itself chooses."""
        return plant.maintenance_team_id or self.env["maintenance.team"].search(
            [("company_id", "in", [plant.company_id.id, False])], limit=1
        )

    def _may_create_teams(self):
        return self.env["maintenance.team"].has_access("create")

    def _create_teams(self, works, teams):
        missing = {}
        for work in works:
            reference = work.command["fields"].get("team")
            if reference and reference["missing"] == "create":
                missing.setdefault(self._get_key(reference["value"]), reference["value"])
        missing = {key: name for key, name in missing.items() if key not in teams}
        if missing and self._may_create_teams():
            created = self.env["maintenance.team"].create(
                [{"name": name, "company_id": self.env.company.id} for name in missing.values()]
            )
            teams.update(zip(missing, created, strict=True))

    def _set_team(self, vals, work, request, found):
        """The named team; an unknown one gives a new request the default and changes no other."""
        reference = work.command["fields"].get("team")
        team = reference and found["team"].get(self._get_key(reference["value"]))
        if not team and not request:
            team = found["default_team"][work.plant]
        if team:
            vals["maintenance_team_id"] = team.id
