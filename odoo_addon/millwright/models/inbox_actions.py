from odoo import models
from odoo.exceptions import AccessError, UserError


class MillwrightInboxActions(models.Model):
    """What a person may do to messages."""

    _inherit = "millwright.inbox"

    def action_release(self):
        """Let held messages go on; what still misses something is held again."""
        return self._act(("held",), "pending", attempts=0, next_attempt_at=False)

    def action_redrive(self):
        """Put dead letters back to pending."""
        return self._act(("dead",), "pending", attempts=0, next_attempt_at=False)

    def action_ignore(self):
        """End held messages and dead letters without an effect, by a person's decision."""
        reason = self.env._("Ignored by %s.", self.env.user.name)
        return self._act(("held", "dead"), "ignored", code="by_person", last_error=reason)

    def _act(self, origins, target, **values):
        if not self.env.user.has_group("millwright.group_operator"):
            raise AccessError(self.env._("Only an operator may do this."))
        rows = self | self.child_ids
        rows = rows.filtered(lambda row: row.state in origins and not row.fanned_out)
        if not rows:
            labels = dict(self._fields["state"]._description_selection(self.env))
            names = ", ".join(labels[origin] for origin in origins)
            raise UserError(self.env._("None of the selected messages is in state %s.", names))
        # Operators have no write access to the inbox: its state changes through the gate only.
        rows_sudo = rows.sudo()
        rows_sudo.lock_for_update()
        rows_sudo._set_state(target, **values)
        self._wake()
        return True

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

    def action_open_integration(self):
        """Open the integration row of the message."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.integration_model,
            "res_id": self.integration_id,
            "view_mode": "form",
        }
