from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL


class MillwrightRetentionHold(models.Model):
    """A person's word that something is not purged: a message, a flow or all of a backend.

    It is lifted, never deleted, so that who kept what and why can be read later.
    """

    _name = "millwright.retention.hold"
    _description = "Retention hold"
    _order = "id desc"

    backend_id = fields.Many2one(
        "millwright.backend",
        compute="_compute_backend_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        index=True,
        ondelete="restrict",
    )
    scope = fields.Selection(
        [("message", "One message"), ("flow", "A flow"), ("backend", "The whole backend")],
        required=True,
        default="backend",
    )
    flow = fields.Char(help="Its name in the spec, for example work_order.")
    inbox_id = fields.Many2one(
        "millwright.inbox", string="Message", index="btree_not_null", ondelete="set null"
    )
    reason = fields.Char(required=True)
    lifted_at = fields.Datetime(string="Lifted at", readonly=True, copy=False)
    lifted_by_id = fields.Many2one("res.users", string="Lifted by", readonly=True, copy=False)

    _scope_check = models.Constraint(
        "CHECK (lifted_at IS NOT NULL OR scope = 'backend' OR (scope = 'flow' AND flow IS NOT NULL)"
        " OR (scope = 'message' AND inbox_id IS NOT NULL))",
        "Say which message or which flow is kept.",
    )

    @api.depends("inbox_id")
    def _compute_backend_id(self):
        for hold in self:
            hold.backend_id = hold.inbox_id.backend_id or hold.backend_id

    @api.depends("scope", "flow", "backend_id", "inbox_id")
    def _compute_display_name(self):
        for hold in self:
            kept = hold.inbox_id.display_name if hold.scope == "message" else hold.flow
            name = hold.backend_id.display_name or ""
            hold.display_name = f"{name}: {kept}" if kept and hold.scope != "backend" else name

    @api.constrains("scope", "flow", "backend_id", "inbox_id")
    def _check_kept(self):
        for hold in self:
            if hold.scope == "message" and hold.inbox_id.backend_id != hold.backend_id:
                raise ValidationError(self.env._("The message is of another backend."))
            flows = (
                hold.sudo().backend_id.contract_id._get_document()["flows"] if hold.scope == "flow" else {}
            )
            if hold.scope == "flow" and hold.flow not in flows:
                raise ValidationError(
                    self.env._(
                        "The backend has no flow %(flow)s. Its flows are: %(flows)s.",
                        flow=hold.flow,
                        flows=", ".join(flows),
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        holds = super().create(vals_list)
        holds._meet_purge()
        return holds

    def write(self, vals):
        if not self.env.su and vals.keys() & {
            "scope",
            "flow",
            "backend_id",
            "inbox_id",
            "lifted_at",
            "lifted_by_id",
        }:
            raise UserError(self.env._("A hold does not change. Lift it and make another one."))
        return super().write(vals)

    def _meet_purge(self):
        """Touch the message, so that a purge of this moment fails on it and looks again."""
        ids = self.sudo().inbox_id.ids
        if ids:
            self.env.cr.execute(
                SQL("UPDATE millwright_inbox SET write_date = now() WHERE id IN %s", tuple(ids))
            )

    def action_lift(self):
        """End the hold: what it kept is purged when it is due."""
        self.check_access("write")
        self.filtered(lambda hold: not hold.lifted_at).sudo().write(
            {"lifted_at": fields.Datetime.now(), "lifted_by_id": self.env.uid}
        )
        return True
