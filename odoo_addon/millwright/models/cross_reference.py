from odoo import api, fields, models
from odoo.exceptions import ValidationError


class MillwrightCrossReference(models.Model):
    """Translates a coded value of the CMMS into a record of Odoo."""

    _name = "millwright.cross.reference"
    _description = "Cross-reference"
    _order = "backend_id, table, code"
    _rec_name = "code"

    backend_id = fields.Many2one("millwright.backend", required=True, index=True, ondelete="cascade")
    table = fields.Selection(
        [("plant", "Plant"), ("unit", "Unit of measure")], required=True, default="plant"
    )
    code = fields.Char(required=True, help="The value as the maintenance system writes it.")
    plant_id = fields.Many2one("millwright.plant", ondelete="restrict")
    uom_id = fields.Many2one("uom.uom", string="Unit", ondelete="restrict")

    _code_uniq = models.Constraint('UNIQUE (backend_id, "table", code)', "This code is translated already.")

    @api.constrains("table", "plant_id", "uom_id")
    def _check_value(self):
        for reference in self:
            value = reference.plant_id if reference.table == "plant" else reference.uom_id
            if not value:
                raise ValidationError(
                    self.env._("Code %s has nothing to be translated into.", reference.code)
                )

    @api.model_create_multi
    def create(self, vals_list):
        references = super().create(vals_list)
        self.env["millwright.inbox"]._wake()
        return references

    def write(self, vals):
        result = super().write(vals)
        self.env["millwright.inbox"]._wake()
        return result
