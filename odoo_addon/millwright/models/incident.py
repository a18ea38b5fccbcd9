from markupsafe import Markup

from odoo import api, fields, models


class MillwrightIncident(models.Model):
    """What a person is told of once: dead letters, or messages held for too long, of one cause.

    Open while something of its cause is left; the sweep at the end of a run opens, counts and closes
    it. What comes up again later is another incident.
    """

    _name = "millwright.incident"
    _description = "Incident"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "closed_at desc, last_seen_at desc, id desc"

    kind = fields.Selection(
        [("dead", "Dead letters"), ("overdue", "Held too long")], required=True, readonly=True
    )
    queue = fields.Selection([("inbox", "Inbox"), ("outbox", "Outbox")], required=True, readonly=True)
    backend_id = fields.Many2one(
        "millwright.backend", required=True, readonly=True, index=True, ondelete="cascade"
    )
    flow = fields.Char(readonly=True)
    code = fields.Char(string="Reason", readonly=True)
    count = fields.Integer(
        string="Number of messages",
        readonly=True,
        help="What is left of it; of a closed one, what was last left.",
    )
    first_seen_at = fields.Datetime(string="First seen at", readonly=True)
    last_seen_at = fields.Datetime(
        string="Last seen at", readonly=True, help="When the newest message joined it."
    )
    closed_at = fields.Datetime(string="Closed at", readonly=True)
    responsible_id = fields.Many2one("res.users", readonly=True)
    explanation = fields.Text(readonly=True, help="What the first message says.")

    _open_uniq = models.UniqueIndex(
        "(backend_id, queue, kind, COALESCE(flow, ''), COALESCE(code, '')) WHERE closed_at IS NULL",
        "An incident is open once.",
    )

    @api.depends("kind", "flow", "code", "backend_id")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for incident in self:
            parts = [incident.flow or "", incident.code or "", incident.backend_id.display_name or ""]
            incident.display_name = f"{labels.get(incident.kind, '')}: {', '.join(filter(None, parts))}"

    # -- the sweep's hands ----------------------------------------------------------------

    @api.model
    def _open(self, found):
        """Open incidents and tell a person of each.

        :param found: list of dicts of values
        """
        # Nobody follows an incident and nothing of it is tracked: its activity is the message.
        incidents = self.with_context(mail_create_nosubscribe=True, mail_create_nolog=True).create(found)
        incidents.flush_recordset()  # another run that opens the same is met here, before its activity
        for incident in incidents:
            incident.responsible_id = incident._find_responsible()
            incident._notify()

    def _find_responsible(self):
        """The backend's responsible, else somebody who may read the incident."""
        managers = self.env.ref("millwright.group_manager").all_user_ids.filtered("active")
        for user in self.backend_id._get_responsible() | managers:
            reader = self.with_user(user).with_context(allowed_company_ids=user.company_ids.ids)
            if reader.has_access("read"):
                return user
        return self.env.ref("base.user_admin")

    def _notify(self):
        """Tell of one incident: an activity. Override it for other ways."""
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self._get_summary(),
            note=Markup("<p>%s</p>%s") % (self.explanation or "", self._get_runbook_link()),
            user_id=self.responsible_id.id,
        )

    def _get_summary(self):
        if self.kind == "dead":
            return self.env._(
                "%(count)s dead letters: %(flow)s", count=self.count, flow=self.flow or self.code
            )
        return self.env._("%(count)s held: %(flow)s", count=self.count, flow=self.flow or self.code)

    def _get_runbook_link(self):
        """Where it is written what to do."""
        address = self.backend_id.runbook
        if not address:
            return self.env._(
                "What to do is in docs/failures.md of Millwright, by the reason “%s”.", self.code or ""
            )
        return Markup('<a href="%s" target="_blank" rel="noreferrer">%s</a>') % (
            address,
            self.env._("Runbook"),
        )

    def _close(self):
        """Nothing of it is left: what was to be done is done."""
        self.write({"closed_at": fields.Datetime.now()})
        self.activity_feedback(
            ["mail.mail_activity_data_todo"],
            feedback=self.env._("Nothing of it is left."),
            only_automated=True,
        )

    # -- for a person ---------------------------------------------------------------------

    def action_open_messages(self):
        """Open the messages that are left of it."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(f"millwright.{self.queue}_action")
        action["domain"] = [
            ("backend_id", "=", self.backend_id.id),
            ("state", "=", "dead" if self.kind == "dead" else "held"),
            ("flow", "=", self.flow or False),
            ("code", "=", self.code or False),
        ]
        action["context"] = {}
        return action
