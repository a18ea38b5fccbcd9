from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..const import OPEN_STATES


class MillwrightInboxStuck(models.Model):
    """What a message waits behind, what waits behind it, and since when it cannot go on."""

    _inherit = "millwright.inbox"

    stopped_at = fields.Datetime(
        string="Stuck since", readonly=True, help="When it could not go on for the first time."
    )
    blocker_id = fields.Many2one("millwright.inbox", string="Waits behind", compute="_compute_blocker_id")
    behind_count = fields.Integer(string="Wait behind it", compute="_compute_behind_count")

    @api.model
    def _settle(self, changes):
        result = super()._settle(changes)
        stopped = self.browse(
            row.id
            for rows, state, values in changes
            if state in ("held", "dead") or (state == "pending" and values.get("code"))
            for row in rows
        )
        stopped.filtered(lambda row: not row.stopped_at).write({"stopped_at": fields.Datetime.now()})
        return result

    @api.depends("state", "ordering_key", "group_key")
    def _compute_blocker_id(self):
        firsts = self._find_firsts()
        readable = self.browse(firsts.values())._filtered_access("read")
        for row in self:
            row.blocker_id = self.browse(firsts.get(row.id, [])) & readable

    def _find_firsts(self):
        """Ids of open rows, each with the id of the first row that it has to let pass."""
        rows = self.filtered(lambda row: row.id and row.state in OPEN_STATES and row.ordering_key)
        if not rows:
            return {}
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                SELECT candidate.id, first.id
                  FROM millwright_inbox AS candidate
                 CROSS JOIN LATERAL (SELECT earlier.id FROM (%s) AS earlier ORDER BY earlier.place LIMIT 1) AS first
                 WHERE candidate.id IN %s
                """,
                SQL(" UNION ALL ").join(
                    SQL(
                        """(SELECT earlier.id, %(earlier)s AS place FROM millwright_inbox AS earlier
                             WHERE earlier.backend_id = candidate.backend_id
                               AND %(earlier)s < %(candidate)s AND %(key)s AND %(stop)s AND %(waits)s
                          ORDER BY place LIMIT 1)""",
                        earlier=self._place("earlier"),
                        candidate=self._place("candidate"),
                        key=SQL(key),
                        stop=SQL(stop),
                        waits=self._waits_behind("candidate", "earlier"),
                    )
                    for key in (
                        "earlier.ordering_key = candidate.ordering_key",
                        "earlier.group_key = candidate.group_key AND candidate.barrier",
                    )
                    for stop in (
                        "earlier.state IN ('pending', 'processing', 'held')",
                        "earlier.state = 'dead' AND earlier.blocks",
                    )
                ),
                tuple(rows.ids),
            )
        )
        return dict(self.env.cr.fetchall())

    @api.depends("state", "ordering_key", "group_key")
    def _compute_behind_count(self):
        for row in self:
            domain = row._get_behind_domain()
            row.behind_count = 0 if domain.is_false() else self.search_count(domain)

    def _get_behind_domain(self):
        """The open commands that have to let this one pass: `_waits_behind`, the other way round."""
        self.ensure_one()
        is_stopping = self.state in OPEN_STATES or (self.state == "dead" and self.blocks)
        if not self.id or not is_stopping or not self.ordering_key:
            return Domain.FALSE
        behind = Domain("ordering_key", "=", self.ordering_key)
        if self.state == "held":
            behind &= Domain("operation", "!=", "post")
        if not (self.state == "held" and self.wait_kind == "handler"):
            barriers = Domain("group_key", "=", self.group_key) & Domain("barrier", "=", True)
            if self.state == "held" and self.wait_kind:
                barriers &= Domain("kind", "!=", self.wait_kind) | Domain("command_key", "!=", self.wait_key)
            behind |= barriers
        message, row = self._get_place()
        later = Domain("parent_id", "=", False) & Domain("id", ">", message)
        later |= Domain("parent_id", "any", [("id", ">", message)])
        later |= Domain("parent_id", "=", message) & Domain("id", ">", row)
        open_rows = Domain([("backend_id", "=", self.backend_id.id), ("state", "in", OPEN_STATES)])
        return open_rows & later & behind

    def action_open_blocker(self):
        """Open the first message that this one stands behind."""
        self.ensure_one()
        return self._open_form(self.blocker_id or self)

    def action_open_behind(self):
        """Open the commands that wait behind this one."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("millwright.inbox_action")
        action["name"] = self.env._("Waiting behind %s", self.display_name)
        action["domain"] = list(self._get_behind_domain())
        action["context"] = {}
        return action
