from odoo import api, fields, models

from ..const import ROUTE_MODES


class MillwrightRoute(models.Model):
    """Whether a flow runs at a plant. Every change of mode starts a new epoch.

    A command is planned under one epoch and is carried out under no other.
    """

    _name = "millwright.route"
    _description = "Route"
    _order = "backend_id, flow, plant_id"

    backend_id = fields.Many2one("millwright.backend", required=True, index=True, ondelete="cascade")
    flow = fields.Char(required=True, readonly=True)
    plant_id = fields.Many2one("millwright.plant", required=True, ondelete="restrict")
    mode = fields.Selection(ROUTE_MODES, default="active", required=True)
    epoch = fields.Integer(default=1, readonly=True, aggregator=None)

    _flow_plant_uniq = models.Constraint(
        "UNIQUE (backend_id, flow, plant_id)", "A flow has one route per plant."
    )

    @api.depends("flow", "plant_id", "mode")
    def _compute_display_name(self):
        for route in self:
            route.display_name = f"{route.flow} / {route.plant_id.code}: {route.mode}"

    def write(self, vals):
        if "mode" in vals:
            for route in self.filtered(lambda r: r.mode != vals["mode"]):
                super(MillwrightRoute, route).write({"epoch": route.epoch + 1})
            self.env["millwright.inbox"]._wake()
        return super().write(vals)
