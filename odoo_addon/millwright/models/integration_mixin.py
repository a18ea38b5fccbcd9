from odoo import api, fields, models

from ..const import LANES, STATES

DIGEST_LENGTH = 40


class MillwrightIntegrationMixin(models.AbstractModel):
    """A row per external record or posting of one flow: the binding, with its queue fields.

    A generated model declares `_millwright_connector`, `_millwright_flow` and
    `_millwright_record`, the name of its many2one to the Odoo record. The queue fields
    are a projection of the inbox, written by its gate in the same transaction; nothing
    is ever claimed from here.
    """

    _name = "millwright.integration.mixin"
    _description = "Integration row"
    _rec_name = "external_id"
    _order = "id desc"
    _millwright_connector = ""
    _millwright_flow = ""
    _millwright_record = ""

    # Not indexed by themselves: backend and external id stand in the constraint of generated models, and a plant
    # or a company finds nearly all rows.
    backend_id = fields.Many2one("millwright.backend", required=True, readonly=True, ondelete="restrict")
    plant_id = fields.Many2one("millwright.plant", readonly=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", readonly=True, ondelete="restrict")
    external_id = fields.Char(string="External id", required=True, readonly=True)
    synchronised_version = fields.Char(
        string="Synchronised version",
        readonly=True,
        help="Version of the newest snapshot that was applied; an older one is ignored.",
    )
    occurred_at = fields.Datetime(string="Happened at", readonly=True)
    state = fields.Selection(STATES, default="pending", readonly=True, index=True)
    lane = fields.Selection(LANES, readonly=True)
    attempts = fields.Integer(readonly=True, aggregator=None)
    next_attempt_at = fields.Datetime(string="Next attempt at", readonly=True)
    last_error = fields.Char(string="Last error", readonly=True)
    last_message_id = fields.Many2one(
        "millwright.inbox", string="Last message", readonly=True, index="btree_not_null"
    )

    in_shadow = fields.Boolean(
        string="In shadow", readonly=True, help="Its last message ended in shadow: nothing was posted for it."
    )

    outgoing_count = fields.Integer(string="Outgoing messages", compute="_compute_outgoing_counts")
    conflict_count = fields.Integer(string="Open conflicts", compute="_compute_outgoing_counts")

    def _compute_outgoing_counts(self):
        """What goes out of the bound record, and what waits for a decision; for who may read these."""
        for row in self:
            domain = row._get_outgoing_domain()
            outbox, conflicts = self.env["millwright.outbox"], self.env["millwright.conflict"]
            may_read = outbox.has_access("read") and conflicts.has_access("read")
            row.outgoing_count = outbox.search_count(domain) if may_read else 0
            still_open = [*domain, ("state", "=", "open")]
            row.conflict_count = conflicts.search_count(still_open) if may_read else 0

    def _get_outgoing_domain(self):
        """Messages and conflicts of this row's flow and record."""
        self.ensure_one()
        record = self._millwright_record and self[self._millwright_record]
        return [
            ("backend_id", "=", self.backend_id.id),
            ("flow", "=", self._millwright_flow),
            ("record_model", "=", record._name if record else False),
            ("record_id", "=", record.id if record else 0),
        ]

    def action_open_outgoing(self):
        """Open the outbox messages of the bound record."""
        return self._open_outgoing("millwright.outbox_action")

    def action_open_conflicts(self):
        """Open the conflicts of the bound record."""
        return self._open_outgoing("millwright.conflict_action")

    def _open_outgoing(self, reference):
        action = self.env["ir.actions.act_window"]._for_xml_id(reference)
        action["domain"] = self._get_outgoing_domain()
        action["context"] = {}
        return action

    def unlink(self):
        self.env["millwright.backend"]._forget_rows()
        return super().unlink()

    @api.depends("external_id")
    def _compute_display_name(self):
        """The external id; that of a posting is a digest, of which the beginning is enough."""
        for row in self:
            name = row.external_id or ""
            row.display_name = name if len(name) <= DIGEST_LENGTH else f"{name[:12]}…"

    def action_open_messages(self):
        """Open the inbox messages that touched this row."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("millwright.inbox_action")
        action["domain"] = [
            ("integration_model", "=", self._name),
            ("integration_id", "=", self.id),
        ]
        action["context"] = {}
        return action

    def action_open_record(self):
        """Open the Odoo record that this row is bound to."""
        self.ensure_one()
        record = self._millwright_record and self[self._millwright_record]
        return bool(record) and {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "view_mode": "form",
        }
