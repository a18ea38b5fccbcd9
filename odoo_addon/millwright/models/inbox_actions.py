from odoo import models
from odoo.exceptions import UserError


class MillwrightInboxActions(models.Model):
    """What a person may do to messages."""

    _inherit = "millwright.inbox"

    def _get_actionable(self):
        """Messages with several commands mean those; their own state is a projection."""
        return (self | self.child_ids).filtered(lambda row: not row.fanned_out)

    def action_open_document(self):
        """Open the record that the message made or changed."""
        self.ensure_one()
        if not self.document_model:
            raise UserError(self.env._("This message has changed no record yet."))
        return {
            "type": "ir.actions.act_window",
            "res_model": self.document_model,
            "res_id": self.document_id,
            "view_mode": "form",
        }

    def action_keep(self):
        """Ask for a reason and keep the message from the purge."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Keep from the purge"),
            "res_model": "millwright.retention.hold",
            "view_mode": "form",
            "target": "new",
            "context": {"default_scope": "message", "default_inbox_id": self.id},
        }

    def action_open_integration(self):
        """Open the integration row of the message."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.integration_model,
            "res_id": self.integration_id,
            "view_mode": "form",
        }
