import json

from odoo import api, fields, models

from ..const import PERSON_HOLD, RAW_GROUPS


class MillwrightOutboxScreen(models.Model):
    """What the screens show beside the stored fields."""

    _inherit = "millwright.outbox"

    fields_pretty = fields.Text(string="What goes out", compute="_compute_fields_pretty", groups=RAW_GROUPS)
    explanation = fields.Char(string="Why", compute="_compute_explanation")
    advice = fields.Char(string="What to do", compute="_compute_advice")

    @api.depends("fields_text")
    def _compute_fields_pretty(self):
        for row in self:
            row.fields_pretty = json.dumps(row._get_fields(), indent=2, ensure_ascii=False)

    @api.depends("last_error")
    def _compute_explanation(self):
        """One line for lists."""
        for row in self:
            row.explanation = row.last_error and " ".join(row.last_error.split())

    @api.depends("state", "code", "wait_kind")
    def _compute_advice(self):
        for row in self:
            row.advice = row._get_advice()

    def _get_advice(self):
        """What a person can do about the row as it stands."""
        if self.state == "dead":
            return self.env._(
                "It is not tried again by itself. Remove the cause, then press Redrive; Ignore leaves the "
                "maintenance system as it is."
            )
        if self.state != "held":
            return False
        texts = {
            "backend": self.env._("Enable the backend. The message then goes on by itself."),
            "route": self.env._(
                "Set the route of this flow and plant to Active if it should run there. "
                "The message then goes on by itself."
            ),
            "plant": self.env._(
                "Add a cross-reference for its place, or give it the company of one plant. "
                "The message then goes on by itself."
            ),
            "contract": self.env._("Let the backend run a contract that writes this flow."),
            "record": self.env._("It goes on by itself as soon as that record is bound."),
        }
        if self.code == PERSON_HOLD:
            return self.env._("A person holds it. Press Release to let it go on.")
        return texts.get(self.wait_kind) or self.env._(
            "Correct what the reason names, here or in the maintenance system, then press Release. "
            "Ignore leaves the maintenance system as it is."
        )
