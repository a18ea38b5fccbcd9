from odoo import api, fields, models


class StockMove(models.Model):
    _inherit = "stock.move"

    millwright_backend_id = fields.Many2one(
        "millwright.backend", string="Posted for", readonly=True, copy=False, ondelete="restrict"
    )
    millwright_operation_id = fields.Char(
        string="Operation", readonly=True, copy=False, help="Posted once per backend, whatever happens."
    )
    millwright_occurred_at = fields.Datetime(
        string="Happened at",
        readonly=True,
        copy=False,
        help="When the parts were taken; Odoo's own date says when that was posted.",
    )
    millwright_request_id = fields.Many2one(
        "maintenance.request",
        string="Maintenance request",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    millwright_part_key = fields.Char(
        string="Part", readonly=True, copy=False, help="External id of the part that was taken."
    )
    millwright_message_id = fields.Many2one(
        "millwright.inbox", string="Message", readonly=True, copy=False, index="btree_not_null"
    )

    _millwright_operation_uniq = models.UniqueIndex(
        "(millwright_backend_id, millwright_operation_id) WHERE millwright_operation_id IS NOT NULL",
        "This operation is posted already.",
    )

    @api.model
    def _prepare_merge_moves_distinct_fields(self):
        """A movement is never merged away: moves of different operations stay apart."""
        names = ["millwright_backend_id", "millwright_operation_id"]
        return super()._prepare_merge_moves_distinct_fields() + names

    @api.depends("origin", "millwright_operation_id")
    def _compute_reference(self):
        """Our moves have no transfer to be named after; a journal entry needs the name."""
        result = super()._compute_reference()
        for move in self:
            if move.millwright_operation_id and not move.reference:
                move.reference = move.origin
        return result
