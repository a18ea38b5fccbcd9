from odoo import models, tools


class UoM(models.Model):
    _inherit = "uom.uom"

    @tools.ormcache("self.id", "self.env.lang")
    def _get_name_for_audit(self):
        """The name of now: nothing else of a unit is read to post a movement."""
        self.ensure_one()
        return self.sudo().name

    def write(self, vals):
        result = super().write(vals)
        if "name" in vals:
            self.env.registry.clear_cache()
        return result
