from odoo import fields, models
from odoo.exceptions import AccessError


class MillwrightAudit(models.Model):
    """Who did what, when, why, from which message: a row per command carried out, append-only.

    No foreign keys lead out of it, so that nothing it names can be kept from being deleted, and
    nothing deleted changes it. Values that are hashed later are text.
    """

    _name = "millwright.audit"
    _description = "Audit row"
    _log_access = False
    _order = "id desc"

    at = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    user_ref = fields.Integer(readonly=True, aggregator=None)
    user_login = fields.Char(readonly=True)
    backend_code = fields.Char(readonly=True, index=True)
    plant_code = fields.Char(readonly=True)
    company_ref = fields.Integer(readonly=True, aggregator=None, index=True)
    flow = fields.Char(readonly=True)
    event_id = fields.Char(readonly=True, index=True)
    inbox_ref = fields.Integer(readonly=True, aggregator=None)
    operation = fields.Char(readonly=True)
    contract_hash = fields.Char(readonly=True)
    command_digest = fields.Char(readonly=True)
    record_model = fields.Char(readonly=True)
    record_ref = fields.Integer(readonly=True, aggregator=None)
    occurred_at = fields.Char(readonly=True)
    detail = fields.Text(readonly=True)

    def write(self, vals):
        raise AccessError(self.env._("Audit rows cannot be changed."))

    def unlink(self):
        raise AccessError(self.env._("Audit rows cannot be deleted."))
