from odoo import api, fields, models
from odoo.exceptions import ValidationError


class MillwrightPlant(models.Model):
    """A site: the company, warehouse and locations that its maintenance works with."""

    _name = "millwright.plant"
    _description = "Plant"
    _order = "code"
    _check_company_auto = True

    name = fields.Char(required=True)
    code = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    warehouse_id = fields.Many2one("stock.warehouse", required=True, check_company=True)
    stock_location_id = fields.Many2one(
        "stock.location",
        string="Parts are taken from",
        required=True,
        check_company=True,
        compute="_compute_stock_location_id",
        store=True,
        readonly=False,
        precompute=True,
        domain="[('usage', '=', 'internal')]",
        help="Where parts are taken from.",
    )
    consumption_location_id = fields.Many2one(
        "stock.location",
        string="Parts are consumed to",
        required=True,
        check_company=True,
        domain="[('usage', 'in', ('production', 'inventory'))]",
        help="Where consumed parts go: a production or inventory loss location, so that they are valued.",
    )
    maintenance_team_id = fields.Many2one(
        "maintenance.team",
        string="Maintenance team",
        check_company=True,
        help="Team of requests whose own team is unknown.",
    )
    analytic_account_id = fields.Many2one(
        "account.analytic.account", string="Analytic account", check_company=True
    )

    backend_ids = fields.Many2many("millwright.backend", string="Backends", readonly=True)

    _code_company_uniq = models.Constraint(
        "UNIQUE (code, company_id)", "A plant with this code exists already in the company."
    )

    @api.depends("warehouse_id")
    def _compute_stock_location_id(self):
        for plant in self:
            plant.stock_location_id = plant.warehouse_id.lot_stock_id

    @api.constrains("stock_location_id", "consumption_location_id")
    def _check_locations(self):
        for plant in self:
            if plant.stock_location_id.usage != "internal":
                raise ValidationError(self.env._("Parts are taken from an internal location."))
            if plant.consumption_location_id.usage not in ("production", "inventory"):
                raise ValidationError(
                    self.env._(
                        "The consumption location of plant %s must be a production or inventory loss "
                        "location; consumption in any other place would not be valued.",
                        plant.name,
                    )
                )
