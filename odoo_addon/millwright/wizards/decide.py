from odoo import fields, models
from odoo.exceptions import UserError

QUEUES = [("millwright.inbox", "Inbox"), ("millwright.outbox", "Outbox")]
DECISIONS = [("ignore", "Ignore"), ("hold", "Hold")]


class MillwrightDecide(models.TransientModel):
    """Asks why, for what a person does to messages."""

    _name = "millwright.decide"
    _description = "Reason for a decision"

    queue = fields.Selection(QUEUES, required=True, readonly=True)
    decision = fields.Selection(DECISIONS, required=True, readonly=True)
    message_ids = fields.Json(required=True, readonly=True)
    count = fields.Integer(string="Selected messages", readonly=True)
    reason = fields.Char()

    def _open(self, rows, decision, title):
        """The dialog for some messages."""
        wizard = self.create(
            {"queue": rows._name, "decision": decision, "message_ids": rows.ids, "count": len(rows)}
        )
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": self._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }

    def action_confirm(self):
        """Carry the decision out, with its reason."""
        self.ensure_one()
        if not (self.reason or "").strip():
            raise UserError(self.env._("Say why: it stays with the messages."))
        rows = self.env[self.queue].browse(self.message_ids)
        result = rows.action_hold(self.reason) if self.decision == "hold" else rows.action_ignore(self.reason)
        return {"type": "ir.actions.act_window_close"} if result is True else result
