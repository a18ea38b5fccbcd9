from odoo import api, fields, models, tools

SCOPE_FIELDS = {"millwright_plant_ids", "millwright_backend_ids"}


class ResUsers(models.Model):
    """Which plants and backends a person works with; none named means all of the user's companies.

    A plant or backend that stands on a user cannot be deleted: an emptied list would open all the others.
    """

    _inherit = "res.users"

    millwright_plant_ids = fields.Many2many(
        "millwright.plant",
        string="Maintenance plants",
        ondelete="restrict",
        context={"active_test": False},
        help="Empty: all plants of the user's companies.",
    )
    millwright_backend_ids = fields.Many2many(
        "millwright.backend",
        "millwright_backend_scope_rel",
        "user_id",
        "backend_id",
        string="Maintenance backends",
        ondelete="restrict",
        help="Empty: all backends of the user's companies.",
    )

    @tools.ormcache("self.id")
    def _get_login_for_audit(self):
        """The login of now. Odoo empties its caches when it changes, as it does for a user's groups."""
        self.ensure_one()
        return self.sudo().login

    @api.model_create_multi
    def create(self, vals_list):
        users = super().create(vals_list)
        if any(SCOPE_FIELDS & vals.keys() for vals in vals_list):
            self.env.registry.clear_cache()
        return users

    def write(self, vals):
        result = super().write(vals)
        if SCOPE_FIELDS & vals.keys():  # the domains of record rules are cached
            self.env.registry.clear_cache()
        return result
