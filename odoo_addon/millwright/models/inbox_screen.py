import json

from odoo import api, fields, models

from ..const import PERSON_HOLD, RAW_GROUPS

# What a held row waits for, by `wait_kind`, and the button that opens it.
CAUSES = ("part", "plant", "contract", "route", "backend", "row")


class MillwrightInboxScreen(models.Model):
    """What the screens show beside the stored fields: readable texts and ways to the cause."""

    _inherit = "millwright.inbox"

    payload_pretty = fields.Text(string="What arrived", compute="_compute_pretty", groups=RAW_GROUPS)
    fetched_pretty = fields.Text(string="What was read for it", compute="_compute_pretty", groups=RAW_GROUPS)
    command_pretty = fields.Text(string="Canonical command", compute="_compute_pretty", groups=RAW_GROUPS)
    posting_plan_pretty = fields.Text(
        string="What it would have posted", compute="_compute_pretty", groups=RAW_GROUPS
    )
    explanation = fields.Char(string="Why", compute="_compute_explanation")
    child_count = fields.Integer(string="Number of commands", compute="_compute_child_count")
    advice = fields.Char(string="What to do", compute="_compute_advice")
    contract_id = fields.Many2one("millwright.contract", string="Mapping", compute="_compute_contract")
    contract_approved_by_id = fields.Many2one("res.users", string="Approved by", compute="_compute_contract")

    @api.depends("payload", "fetched", "command", "posting_plan")
    def _compute_pretty(self):
        for row in self:
            row.payload_pretty = self._indent(row.payload)
            row.fetched_pretty = self._indent(row.fetched) if row.fetched != "{}" else False
            row.command_pretty = self._indent(row.command)
            row.posting_plan_pretty = self._indent(row.posting_plan)

    @api.depends("contract_hash")
    def _compute_contract(self):
        contracts = self.env["millwright.contract"]._get_by_hash(self.mapped("contract_hash"))
        for row in self:
            row.contract_id = contracts.get(row.contract_hash) or self.env["millwright.contract"]
            row.contract_approved_by_id = row.contract_id.approved_by_id

    def action_open_audit(self):
        """Open the audit rows of the message and its commands."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("millwright.audit_action")
        action["domain"] = [("inbox_ref", "in", [*self.ids, *self.child_ids.ids])]
        action["context"] = {}
        return action

    @api.model
    def _indent(self, text):
        """The same JSON, a line per value; what is no JSON stays as it is."""
        try:
            return text and json.dumps(json.loads(text), indent=2, ensure_ascii=False)
        except ValueError:
            return text

    @api.depends("last_error")
    def _compute_explanation(self):
        """One line for lists."""
        for row in self:
            row.explanation = row.last_error and " ".join(row.last_error.split())

    @api.depends("child_ids")
    def _compute_child_count(self):
        groups = self._read_group([("parent_id", "in", self.ids)], ["parent_id"], ["__count"])
        counts = {parent.id: count for parent, count in groups}
        for row in self:
            row.child_count = counts.get(row.id, 0)

    @api.depends("state", "wait_kind", "fanned_out", "attempts", "code")
    def _compute_advice(self):
        for row in self:
            row.advice = row._get_advice()

    def _get_advice(self):
        """What a person can do about the row as it stands, in a sentence or two."""
        if self.fanned_out and self.state in ("held", "dead"):
            return self.env._(
                "This message has several commands. Open the one that is stuck on page Commands."
            )
        if self.state == "dead":
            return self.env._(
                "It is not tried again by itself. Remove the cause, then press Redrive; "
                "Ignore ends it without an effect."
            )
        if self.state == "held":
            return self._get_held_advice()
        if self.state == "pending" and self.code:
            return self.env._(
                "It is tried again by itself at the time of the next attempt; there is nothing to do."
            )
        return False

    def _get_held_advice(self):
        texts = {
            "part": self.env._(
                "Open the part and choose its product. "
                "Everything that waits for it goes on by itself within seconds."
            ),
            "plant": self.env._(
                "Add a cross-reference from the code of the maintenance system to a plant. "
                "Everything that waits for it goes on by itself."
            ),
            "contract": self.env._(
                "Approve the contract if it is right. The message then goes on by itself."
            ),
            "route": self.env._(
                "Set the route of this flow and plant to Active if it should run there. "
                "The message then goes on by itself."
            ),
            "release": self.env._(
                "Look at the command and press Release: it is carried out once, under the present epoch of its "
                "route. Or set the route to Active, and all of them go on."
            ),
            "backend": self.env._("Enable the backend. The message then goes on by itself."),
            "row": self.env._("Settle the earlier message first; this one follows by itself."),
            "equipment": self.env._(
                "It goes on by itself as soon as the equipment has arrived and is bound."
            ),
            "work_order": self.env._(
                "It goes on by itself as soon as the work order has arrived and is bound."
            ),
        }
        if self.code == PERSON_HOLD:
            return self.env._("A person holds it. Press Release to let it go on.")
        return texts.get(self.wait_kind) or self.env._(
            "Correct what the reason names, here or in the maintenance system, then press Release. "
            "Ignore ends it without an effect."
        )

    # -- ways to the cause ----------------------------------------------------------------

    def action_open_cause(self):
        """Open what the held row waits for, where a person can put it right."""
        self.ensure_one()
        if self.wait_kind not in CAUSES:
            return False
        return getattr(self, f"_open_{self.wait_kind}")()

    def _open_part(self):
        part = self.env["millwright.part"].search(
            [("backend_id", "=", self.backend_id.id), ("external_id", "=", self.wait_key)], limit=1
        )
        action = self._open_form(part)
        if not part:
            action["context"] = {
                "default_backend_id": self.backend_id.id,
                "default_external_id": self.wait_key,
            }
        return action

    def _open_plant(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("millwright.cross_reference_action")
        steps = json.loads(self.wait_key)
        codes = [step[2] for step in steps if step[0] == "cross_reference"]
        action["context"] = {
            "search_default_backend_id": self.backend_id.id,
            "default_backend_id": self.backend_id.id,
            "default_table": "plant",
            "default_code": codes[0] if codes else False,
        }
        return action

    def _open_contract(self):
        contracts = self.backend_id.connector_id.contract_ids
        named = contracts.filtered(lambda contract: contract.hash == self.wait_key)
        if named:
            return self._open_form(named)
        return self.env["ir.actions.act_window"]._for_xml_id("millwright.contract_action")

    def _open_route(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("millwright.route_action")
        action["domain"] = [("backend_id", "=", self.backend_id.id), ("flow", "=", self.flow)]
        action["context"] = {"default_backend_id": self.backend_id.id, "default_flow": self.flow}
        return action

    def _open_backend(self):
        return self._open_form(self.backend_id)

    def _open_row(self):
        return self.action_open_blocker()

    def _open_form(self, record):
        return {
            "type": "ir.actions.act_window",
            "name": record.display_name or self.env._("New"),
            "res_model": record._name,
            "res_id": record.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def action_open_parent(self):
        """Open the message that this command belongs to."""
        self.ensure_one()
        return self._open_form(self.parent_id)
