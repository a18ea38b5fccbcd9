from odoo import fields, models


class MaintenanceEquipment(models.Model):
    _inherit = "maintenance.equipment"

    millwright_location = fields.Char(
        string="Place", help="Where the equipment stands, as the maintenance system says it."
    )
