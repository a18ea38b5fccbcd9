from odoo import api, fields, models


class MillwrightAtlasAsset(models.Model):
    _inherit = "millwright.atlas.asset"

    inspector_note = fields.Char(string="Note of the inspector")
    is_inspected = fields.Boolean(string="Inspected", compute="_compute_is_inspected", store=True)

    @api.depends("inspector_note")
    def _compute_is_inspected(self):
        for asset in self:
            asset.is_inspected = bool(asset.inspector_note)

    @api.depends("external_id", "code")
    def _compute_display_name(self):
        """A customer's exception: assets are called by their code."""
        result = super()._compute_display_name()
        for asset in self.filtered("code"):
            asset.display_name = f"{asset.code} ({asset.display_name})"
        return result
