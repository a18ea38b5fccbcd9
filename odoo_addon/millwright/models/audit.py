import json

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL


class MillwrightAudit(models.Model):
    """Who did what, when, why, from which message: a row per command carried out, append-only.

    No foreign keys lead out of it, so that nothing it names can be kept from being deleted, and
    nothing deleted changes it. Values that are hashed later are text.
    """

    _name = "millwright.audit"
    _description = "Audit row"
    _log_access = False
    _order = "id desc"

    at = fields.Datetime(string="Carried out at", required=True, readonly=True, default=fields.Datetime.now)
    user_ref = fields.Integer(string="User id", readonly=True, aggregator=None)
    user_login = fields.Char(string="User", readonly=True)
    backend_code = fields.Char(string="Backend", readonly=True, index=True)
    plant_code = fields.Char(string="Plant", readonly=True)
    company_ref = fields.Integer(string="Company id", readonly=True, aggregator=None, index=True)
    flow = fields.Char(readonly=True)
    event_id = fields.Char(string="Event id", readonly=True, index=True)
    inbox_ref = fields.Integer(string="Inbox message", readonly=True, aggregator=None)
    operation = fields.Char(readonly=True)
    contract_hash = fields.Char(string="Contract hash", readonly=True)
    command_digest = fields.Char(string="Digest of the command", readonly=True)
    record_model = fields.Char(string="Model", readonly=True)
    record_ref = fields.Integer(string="Record id", readonly=True, aggregator=None)
    occurred_at = fields.Char(string="Happened at", readonly=True)
    detail = fields.Text(readonly=True)
    contract_id = fields.Many2one("millwright.contract", string="Mapping", compute="_compute_contract")
    contract_approved_by_id = fields.Many2one("res.users", string="Approved by", compute="_compute_contract")
    contract_approved_at = fields.Datetime(string="Approved at", compute="_compute_contract")
    detail_pretty = fields.Text(string="Changes", compute="_compute_detail_pretty")

    @api.depends("detail")
    def _compute_detail_pretty(self):
        for row in self:
            detail = row.detail and json.loads(row.detail)
            row.detail_pretty = detail and json.dumps(detail, indent=2, ensure_ascii=False)

    @api.depends("contract_hash")
    def _compute_contract(self):
        """The mapping that it was carried out under, and who approved it: by hash, there is no foreign key."""
        contracts = self.env["millwright.contract"]._get_by_hash(self.mapped("contract_hash"))
        for row in self:
            contract = contracts.get(row.contract_hash) or self.env["millwright.contract"]
            row.contract_id = contract
            row.contract_approved_by_id = contract.approved_by_id
            row.contract_approved_at = contract.approved_at

    @api.model
    def _append(self, vals_list):
        """Write audit rows in one statement: nothing reads them back, so no record is made of them.

        :param list[dict] vals_list: columns as the database takes them, `False` for what is empty; without `at`
        :raises AccessError: as `create` does
        """
        self.check_access("create")
        if not vals_list:
            return
        now = fields.Datetime.now()
        names = sorted(set().union(*vals_list))
        rows = [(now, *(vals.get(name) or None for name in names)) for vals in vals_list]
        self.env.cr.execute(
            SQL(
                "INSERT INTO millwright_audit (at, %s) VALUES %s",
                SQL(", ").join(map(SQL.identifier, names)),
                SQL(", ").join(SQL("%s", row) for row in rows),
            )
        )

    def write(self, vals):
        if self:
            raise AccessError(self.env._("Audit rows cannot be changed."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise AccessError(self.env._("Audit rows cannot be deleted."))

    @api.depends("flow", "operation")
    def _compute_display_name(self):
        for row in self:
            row.display_name = " ".join(filter(None, [row.flow, row.operation, f"#{row.id}"]))

    def action_open_record(self):
        """Open the record that the command made or changed, if it is still there."""
        return self._open(self.record_model, self.record_ref)

    def action_open_message(self):
        """Open the inbox message that led to it, if it is still there."""
        return self._open("millwright.inbox", self.inbox_ref)

    def _open(self, model, record_id):
        self.ensure_one()
        if model not in self.env or not self.env[model].browse(record_id).exists():
            raise UserError(self.env._("It does not exist any more."))
        return {
            "type": "ir.actions.act_window",
            "res_model": model,
            "res_id": record_id,
            "view_mode": "form",
            "views": [(False, "form")],
        }
