from odoo import api, fields, models
from odoo.tools import SQL

OPEN = "millwright.open_discrepancies"  # key of what a transaction has found, in `cr.precommit.data`


class MillwrightDiscrepancy(models.Model):
    """A difference between what the CMMS says was used and what is posted, per order and part."""

    _name = "millwright.discrepancy"
    _description = "Discrepancy"
    _order = "id desc"

    backend_id = fields.Many2one(
        "millwright.backend", required=True, readonly=True, index=True, ondelete="restrict"
    )
    plant_id = fields.Many2one("millwright.plant", readonly=True, ondelete="restrict")
    company_id = fields.Many2one(related="plant_id.company_id", store=True, index=True)
    flow = fields.Char(required=True, readonly=True)
    work_order_external_id = fields.Char(string="Work order", required=True, readonly=True)
    part_external_id = fields.Char(string="Part", required=True, readonly=True)
    product_id = fields.Many2one("product.product", readonly=True, ondelete="restrict")
    expected_quantity = fields.Float(
        string="Should be",
        digits="Product Unit",
        readonly=True,
        help="What the maintenance system says was used.",
    )
    posted_quantity = fields.Float(
        string="Posted",
        digits="Product Unit",
        readonly=True,
        help="What is posted as used, in the product's unit.",
    )
    difference = fields.Float(
        digits="Product Unit", compute="_compute_difference", help="Posted less what should be."
    )
    state = fields.Selection(
        [("open", "Open"), ("settled", "Settled")], default="open", readonly=True, index=True
    )
    message_id = fields.Many2one("millwright.inbox", readonly=True, index="btree_not_null")

    _subject_uniq = models.Constraint(
        "UNIQUE (backend_id, flow, work_order_external_id, part_external_id)",
        "There is one discrepancy per order and part.",
    )
    _open_idx = models.Index("(backend_id) WHERE state = 'open'")

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        self._forget_open()
        return rows

    def write(self, vals):
        result = super().write(vals)
        self._forget_open()
        return result

    @api.model
    def _forget_open(self):
        self.env.cr.precommit.data.pop(OPEN, None)

    @api.model
    def _has_open(self, backend):
        """Whether anything is open at a backend; a transaction that has read its paths knows."""
        found = self.env.cr.precommit.data.get(OPEN, {})
        if backend.id not in found:
            self.flush_model(["backend_id", "state"])
            self.env.cr.execute(SQL("SELECT %s", self._has_open_sql(SQL("%s", backend.id))))
            return self.env.cr.fetchone()[0]
        return found[backend.id]

    @api.model
    def _note_open(self, backend, has_open):
        """Keep until the transaction ends, or a discrepancy changes in it, what `_has_open_sql` found for a backend."""
        self.env.cr.precommit.data.setdefault(OPEN, {})[backend.id] = has_open

    @api.model
    def _has_open_sql(self, backend_id):
        """:param SQL backend_id: of the backend that is asked for"""
        return SQL(
            "EXISTS (SELECT FROM millwright_discrepancy AS open WHERE open.backend_id = %s AND open.state = 'open')",
            backend_id,
        )

    @api.depends("expected_quantity", "posted_quantity")
    def _compute_difference(self):
        for row in self:
            row.difference = row.posted_quantity - row.expected_quantity

    @api.depends("work_order_external_id", "part_external_id")
    def _compute_display_name(self):
        for row in self:
            row.display_name = f"{row.work_order_external_id} / {row.part_external_id}"
