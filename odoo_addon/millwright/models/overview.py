from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..const import LANES
from .incident_sweep import DEFAULT_BUDGET_SECONDS

QUEUES = [("inbox", "Inbox"), ("outbox", "Outbox")]
STATUSES = [("fine", "Fine"), ("late", "Late"), ("held", "Held"), ("dead", "Dead letters")]
WAITING = ("pending", "processing", "held")
# What is looked at, each part as a partial index says it. Whatever is finished counts for a day.
PARTS = {
    "inbox": (
        "state = 'pending' AND command IS NOT NULL AND fanned_out IS NOT TRUE",
        "state IN ('pending', 'processing') AND command IS NULL AND fanned_out IS NOT TRUE",
        "state = 'processing' AND command IS NOT NULL AND fanned_out IS NOT TRUE",
        "state IN ('held', 'dead') AND fanned_out IS NOT TRUE",
        "state IN ('done', 'ignored') AND fanned_out IS NOT TRUE AND finished_at > %(day)s",
    ),
    "outbox": (
        "state = 'pending'",
        "state = 'processing'",
        "state IN ('held', 'dead')",
        "state IN ('done', 'ignored') AND finished_at > %(day)s",
    ),
}
SINCE = {"inbox": "received_at", "outbox": "create_date"}


class MillwrightOverview(models.Model):
    """Is anything wrong, where, and since when: a row per queue, backend, flow, plant and lane.

    A query over open messages and those that ended within a day, never over the rest.
    """

    _name = "millwright.overview"
    _description = "Overview"
    _auto = False
    _order = "dead_count desc, held_count desc, oldest_at, id"
    _rec_name = "flow"
    _depends = {
        "millwright.inbox": ["state", "backend_id", "flow", "plant_id", "company_id", "lane", "finished_at"],
        "millwright.outbox": ["state", "backend_id", "flow", "plant_id", "company_id", "lane", "finished_at"],
    }

    queue = fields.Selection(QUEUES, readonly=True)
    backend_id = fields.Many2one("millwright.backend", readonly=True)
    flow = fields.Char(readonly=True)
    plant_id = fields.Many2one("millwright.plant", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    lane = fields.Selection(LANES, readonly=True)
    open_count = fields.Integer(string="Open", readonly=True, help="Pending, processing or held.")
    held_count = fields.Integer(string="Held", readonly=True)
    dead_count = fields.Integer(string="Dead letters", readonly=True)
    done_hour = fields.Integer(string="Done in an hour", readonly=True)
    done_day = fields.Integer(string="Done in a day", readonly=True)
    ignored_day = fields.Integer(string="Ignored in a day", readonly=True)
    oldest_at = fields.Datetime(string="Oldest waits since", readonly=True)
    age = fields.Char(string="Oldest waits for", compute="_compute_status")
    budget = fields.Char(string="May take", compute="_compute_status", help="Delay budget of the flow.")
    status = fields.Selection(STATUSES, compute="_compute_status")

    @property
    def _table_query(self):
        now = fields.Datetime.now()
        hour, day = now - timedelta(hours=1), now - timedelta(days=1)
        parts = [self._get_part(queue, where, day) for queue, parts in PARTS.items() for where in parts]
        return SQL(
            """SELECT ('x' || left(md5(concat_ws('/', queue, backend_id, flow, COALESCE(plant_id, 0), company_id, lane)), 7))
                          ::bit(28)::int AS id,
                      queue, backend_id, flow, plant_id, company_id, lane,
                      count(*) FILTER (WHERE state IN %(waiting)s) AS open_count,
                      count(*) FILTER (WHERE state = 'held') AS held_count,
                      count(*) FILTER (WHERE state = 'dead') AS dead_count,
                      count(*) FILTER (WHERE state = 'done' AND finished_at > %(hour)s) AS done_hour,
                      count(*) FILTER (WHERE state = 'done') AS done_day,
                      count(*) FILTER (WHERE state = 'ignored') AS ignored_day,
                      min(since) FILTER (WHERE state IN %(waiting)s) AS oldest_at
                 FROM (%(parts)s) AS message
             GROUP BY queue, backend_id, flow, plant_id, company_id, lane""",
            waiting=WAITING,
            hour=hour,
            parts=SQL(" UNION ALL ").join(parts),
        )

    @api.model
    def _get_part(self, queue, where, day):
        return SQL(
            "SELECT %s AS queue, backend_id, flow, plant_id, company_id, lane, state, finished_at, %s AS since "
            "FROM %s WHERE %s",
            queue,
            SQL.identifier(SINCE[queue]),
            SQL.identifier(f"millwright_{queue}"),
            SQL(where, day=day) if "%(day)s" in where else SQL(where),
        )

    @api.depends("queue", "flow", "backend_id")
    def _compute_display_name(self):
        for row in self:
            flows = row.backend_id.contract_id._get_document()["flows"] if row.backend_id.contract_id else {}
            title = flows.get(row.flow, {}).get("title") or row.flow
            row.display_name = title or self.env._("Not planned yet")

    @api.depends("backend_id", "flow", "oldest_at", "held_count", "dead_count")
    def _compute_status(self):
        now = fields.Datetime.now()
        budgets = self.env["millwright.incident"]._budgets()
        for row in self:
            budget = budgets.get((row.backend_id.id, row.flow), DEFAULT_BUDGET_SECONDS)
            waits = (now - row.oldest_at).total_seconds() if row.oldest_at else 0
            row.age = row.oldest_at and self._get_span(waits)
            row.budget = self._get_span(budget)
            row.status = (
                (row.dead_count and "dead")
                or (waits > budget and "late")
                or (row.held_count and "held")
                or "fine"
            )

    @api.model
    def _get_span(self, seconds):
        """A length of time in its two largest units."""
        minutes = int(seconds // 60)
        if minutes < 1:
            return self.env._("%s s", int(seconds))
        if minutes < 60:
            return self.env._("%s min", minutes)
        if minutes < 48 * 60:
            return self.env._("%(hours)s h %(minutes)s min", hours=minutes // 60, minutes=minutes % 60)
        return self.env._("%s days", minutes // (24 * 60))

    # -- the lists behind the numbers ------------------------------------------------------

    def action_open_waiting(self):
        """Open what waits: pending, processing and held."""
        return self._open([("state", "in", WAITING)], self.env._("Open"))

    def action_open_held(self):
        """Open what is held."""
        return self._open([("state", "=", "held")], self.env._("Held"))

    def action_open_dead(self):
        """Open the dead letters."""
        return self._open([("state", "=", "dead")], self.env._("Dead letters"))

    def action_open_done_hour(self):
        """Open what was done within an hour."""
        since = fields.Datetime.now() - timedelta(hours=1)
        return self._open([("state", "=", "done"), ("finished_at", ">", since)], self.env._("Done"))

    def action_open_done_day(self):
        """Open what was done within a day."""
        since = fields.Datetime.now() - timedelta(days=1)
        return self._open([("state", "=", "done"), ("finished_at", ">", since)], self.env._("Done"))

    def _open(self, domain, title):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(f"millwright.{self.queue}_action")
        action["name"] = f"{self.display_name}: {title}"
        action["domain"] = [
            ("backend_id", "=", self.backend_id.id),
            ("flow", "=", self.flow),
            ("plant_id", "=", self.plant_id.id),
            ("company_id", "=", self.company_id.id),
            ("lane", "=", self.lane),
            *domain,
            *([("fanned_out", "!=", True)] if self.queue == "inbox" else []),
        ]
        action["context"] = {}
        return action
