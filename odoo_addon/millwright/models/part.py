from odoo import api, fields, models
from odoo.exceptions import ValidationError


class MillwrightPart(models.Model):
    """A part of the CMMS and the Odoo product that an administrator bound it to.

    A row without a product is a part that a message named and nobody has bound yet.
    """

    _name = "millwright.part"
    _description = "Part"
    _order = "backend_id, external_id"
    _rec_names_search = ["external_id", "name"]

    backend_id = fields.Many2one(
        "millwright.backend",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self._get_only_backend(),
    )
    external_id = fields.Char(
        required=True, string="External id", help="The part's id in the maintenance system."
    )
    name = fields.Char(help="What the maintenance system calls it.")
    product_id = fields.Many2one(
        "product.product",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('is_storable', '=', True)]",
    )
    waiting_count = fields.Integer(string="Messages waiting", compute="_compute_waiting_count")

    _external_id_uniq = models.Constraint(
        "UNIQUE (backend_id, external_id)", "This part is known already to the backend."
    )

    @api.depends("external_id", "name")
    def _compute_display_name(self):
        for part in self:
            part.display_name = " ".join(filter(None, [part.external_id, part.name]))

    @api.model
    def _get_only_backend(self):
        """The backend, where there is no choice."""
        backends = self.env["millwright.backend"].search([], limit=2)
        return backends if len(backends) == 1 else backends.browse()

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_waiting_count(self):
        groups = self.env["millwright.inbox"]._read_group(
            [("state", "=", "held"), ("wait_kind", "=", "part")],
            ["backend_id", "wait_key"],
            ["__count"],
        )
        counts = {(backend, key): count for backend, key, count in groups}
        for part in self:
            part.waiting_count = counts.get((part.backend_id, part.external_id), 0)

    @api.constrains("product_id")
    def _check_product(self):
        for part in self:
            if part.product_id and not part.product_id.is_storable:
                raise ValidationError(
                    self.env._(
                        "%s does not track its stock. Bind a storable product.",
                        part.product_id.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        parts = super().create(vals_list)
        if any(parts.mapped("product_id")):
            self.env["millwright.inbox"]._wake()
        return parts

    def write(self, vals):
        result = super().write(vals)
        if vals.get("product_id"):
            self.env["millwright.inbox"]._wake()
        return result

    def unlink(self):
        self.env["millwright.backend"]._forget_rows()
        return super().unlink()

    def action_open_waiting(self):
        """Open the held messages that wait for this part."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("millwright.inbox_action")
        action["domain"] = [
            ("backend_id", "=", self.backend_id.id),
            ("state", "=", "held"),
            ("wait_kind", "=", "part"),
            ("wait_key", "=", self.external_id),
        ]
        action["context"] = {}
        return action
