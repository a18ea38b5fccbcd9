from odoo import fields, models


class MillwrightConnector(models.Model):
    """What one spec says about one product; its addon registers it."""

    _name = "millwright.connector"
    _description = "Connector"

    code = fields.Char(required=True, readonly=True)
    name = fields.Char(required=True, readonly=True)
    contract_ids = fields.One2many("millwright.contract", "connector_id", readonly=True)

    _code_uniq = models.Constraint("UNIQUE (code)", "A connector is registered once.")
