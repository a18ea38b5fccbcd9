from odoo import api, models
from odoo.exceptions import AccessError, UserError

from ..const import PERSON_HOLD


class MillwrightQueueActions(models.AbstractModel):
    """What a person may do to messages, one or a thousand of them.

    Each action takes those whose state it fits and that nobody works on; of the others it says how many
    were left and why. Nothing is waited for.
    """

    _inherit = "millwright.queue.mixin"

    def action_release(self):
        """Let held messages go on; what still misses something is held again."""
        return self._act(("held",), "pending", attempts=0, next_attempt_at=False)

    def action_redrive(self):
        """Put dead letters back to pending."""
        return self._act(("dead",), "pending", attempts=0, next_attempt_at=False)

    def action_ignore(self, reason=None):
        """End held messages and dead letters without an effect, by a person's decision.

        :param str reason: why; it stays with the messages
        """
        text = self._get_person_text(self.env._("Ignored by %s", self.env.user.name), reason)
        return self._act(("held", "dead"), "ignored", code="by_person", last_error=text)

    def action_hold(self, reason=None):
        """Keep messages that have not been carried out from it, until a person releases them.

        :param str reason: why; it stays with the messages
        """
        text = self._get_person_text(self.env._("Held by %s", self.env.user.name), reason)
        return self._act(("pending",), "held", code=PERSON_HOLD, last_error=text)

    def action_ask_ignore(self):
        """Ask for the reason, then ignore."""
        return self._ask("ignore", self.env._("Ignore: why?"))

    def action_ask_hold(self):
        """Ask for the reason, then hold."""
        return self._ask("hold", self.env._("Hold: why?"))

    @api.model
    def _get_person_text(self, text, reason):
        reason = (reason or "").strip()
        return f"{text}: {reason}" if reason else f"{text}."

    def _ask(self, decision, title):
        return self.env["millwright.decide"]._open(self, decision, title)

    def _act(self, origins, target, **values):
        """Move rows by a person's decision.

        :return: True when all were moved, else an action that tells how many were left
        :raises UserError: when none could be moved
        """
        if not self.env.user.has_group("millwright.group_operator"):
            raise AccessError(self.env._("Only an operator may do this."))
        selected = self._get_actionable()
        selected.check_access("read")
        fitting = selected.filtered(lambda row: row.state in origins)
        if not fitting:
            raise UserError(
                self.env._("None of the selected messages is in state %s.", self._get_labels(origins))
            )
        # Operators have no write access to messages: their state changes through the gate only.
        locked_sudo = fitting.sudo().try_lock_for_update()
        rows_sudo = locked_sudo.filtered(lambda row: row.state in origins)
        if not rows_sudo:
            raise UserError(self.env._("The selected messages are being worked on. Try again in a moment."))
        rows_sudo._set_state(target, **values)
        self._wake()
        left, busy = len(selected) - len(fitting), len(fitting) - len(rows_sudo)
        return self._report_left(len(rows_sudo), left, busy, origins) if left or busy else True

    def _get_labels(self, states):
        labels = dict(self._fields["state"]._description_selection(self.env))
        return ", ".join(labels[state] for state in states)

    def _report_left(self, done, left, busy, origins):
        parts = [self.env._("%s done.", done)]
        if left:
            states = self._get_labels(origins)
            parts.append(self.env._("%(count)s left: not in state %(states)s.", count=left, states=states))
        if busy:
            parts.append(self.env._("%s left: being worked on just now.", busy))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "message": " ".join(parts),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _get_actionable(self):
        """The rows that an action on these means."""
        return self


class MillwrightIntegrationActions(models.AbstractModel):
    """The same for rows of an integration model: what is done is done to their messages."""

    _inherit = "millwright.integration.mixin"

    def action_release(self):
        """Release the held messages of these rows."""
        return self._get_messages("held").action_release()

    def action_redrive(self):
        """Redrive the dead letters of these rows."""
        return self._get_messages("dead").action_redrive()

    def action_ask_ignore(self):
        """Ask for the reason, then ignore what is held or dead of these rows."""
        return self._get_messages("held", "dead").action_ask_ignore()

    def action_ask_hold(self):
        """Ask for the reason, then hold what is pending of these rows."""
        return self._get_messages("pending").action_ask_hold()

    def _get_messages(self, *states):
        messages = self.env["millwright.inbox"].search(
            [
                ("integration_model", "=", self._name),
                ("integration_id", "in", self.ids),
                ("state", "in", states),
                ("fanned_out", "!=", True),
            ]
        )
        if not messages:
            labels = messages._get_labels(states)
            raise UserError(self.env._("No message of the selected rows is in state %s.", labels))
        return messages
