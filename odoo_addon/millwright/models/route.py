from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import POSTING_MODES, ROUTE_MODES


class MillwrightRoute(models.Model):
    """Whether and how a flow runs at a plant. Every change of mode starts a new epoch.

    A command is planned under one epoch and is carried out under no other. Of the backends that
    stand for one maintenance system only one may post a kind of traffic at a plant: the
    constraint is the database's, so that no race and no second administrator opens two paths.
    """

    _name = "millwright.route"
    _description = "Route"
    _order = "backend_id, flow, plant_id"

    backend_id = fields.Many2one("millwright.backend", required=True, index=True, ondelete="cascade")
    flow = fields.Char(required=True, readonly=True)
    plant_id = fields.Many2one("millwright.plant", required=True, ondelete="restrict")
    mode = fields.Selection(
        ROUTE_MODES,
        default="active",
        required=True,
        help="Active: runs. Manual: planned, and carried out when a person releases it. Shadow: runs to its "
        "posting plan, which is kept, and changes nothing. Off: held.",
    )
    epoch = fields.Integer(default=1, readonly=True, aggregator=None)
    system = fields.Char(
        string="Maintenance system", related="backend_id.system", store=True, precompute=True, index=True
    )
    kind = fields.Char(compute="_compute_kind", store=True, precompute=True)
    hand_over_at = fields.Datetime(
        string="Opened at",
        readonly=True,
        help="What ended in shadow and was posted by nobody is still to be taken up since then.",
    )

    _flow_plant_uniq = models.Constraint(
        "UNIQUE (backend_id, flow, plant_id)", "A flow has one route per plant."
    )
    _one_path = models.Constraint(
        "EXCLUDE USING gist (system WITH =, kind WITH =, plant_id WITH =, backend_id WITH <>) "
        "WHERE (mode IN ('active', 'manual'))",
        "Another backend of the same maintenance system posts this kind of traffic at this plant. Switch its "
        "route off or to shadow first, or let this one take over.",
    )

    def _auto_init(self):
        # Equality beside inequality in one constraint: what the extension is for. Trusted since
        # PostgreSQL 13, so that the owner of the database may bring it.
        self.env.cr.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
        return super()._auto_init()

    @api.depends("flow", "backend_id.contract_id")
    def _compute_kind(self):
        for route in self:
            contract = route.backend_id.contract_id
            flows = contract._get_document()["flows"] if contract else {}
            route.kind = flows[route.flow]["kind"] if route.flow in flows else route.kind or route.flow

    @api.depends("flow", "plant_id", "mode")
    def _compute_display_name(self):
        for route in self:
            route.display_name = f"{route.flow} / {route.plant_id.code}: {route.mode}"

    def write(self, vals):
        if "mode" in vals:
            self.backend_id._close_paths()
            for route in self.filtered(lambda r: r.mode != vals["mode"]):
                started = {"epoch": route.epoch + 1}
                if vals["mode"] in POSTING_MODES and route.mode not in POSTING_MODES:
                    started["hand_over_at"] = fields.Datetime.now()
                super(MillwrightRoute, route).write(started)
            self.env["millwright.inbox"]._wake()
        return super().write(vals)

    def action_take_over(self):
        """Make these routes the active ones, in one transaction with switching off their rivals.

        What the rivals have not posted yet stays with them as held; what they have is not posted again.

        :raises UserError: when a route is active already
        """
        if self.filtered(lambda route: route.mode == "active"):
            raise UserError(self.env._("It is active already."))
        rivals = self.browse()
        for route in self:
            rivals |= route.backend_id._get_rival_routes(route.kind, route.plant_id)
        (self | rivals).backend_id._close_paths()
        rivals.write({"mode": "off"})
        self.env.flush_all()
        self.write({"mode": "active"})
        return True
