from odoo import api, fields, models

POSTING = "millwright_posting"


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

    def _should_bypass_reservation(self, forced_location=False):
        """What was taken is posted as it was: to reserve it first would only be undone again.

        Only our own moves: others that are unreserved meanwhile keep their books.
        """
        if self.env.context.get(POSTING) and self.millwright_operation_id:
            return True
        return super()._should_bypass_reservation(forced_location)

    def _push_apply(self):
        """Odoo searches the rules for each move by itself. Of what a message posted none is found where none begins."""
        posted = self.filtered(lambda move: move.millwright_message_id and not move.move_dest_ids)
        pushing = posted._get_pushing_places()
        ending = posted.filtered(lambda move: move.location_dest_id not in pushing)
        return super(StockMove, self - ending)._push_apply()

    def _get_pushing_places(self):
        """Of the places where moves end, those from which a rule may push on: it begins there or in a place around it."""
        places_sudo = self.location_dest_id.sudo()  # rules of every company: one too many only costs a search
        rules_sudo = self.env["stock.rule"].sudo()
        domain = [("action", "in", ("push", "pull_push")), ("location_src_id", "parent_of", places_sudo.ids)]
        sources_sudo = rules_sudo.search(domain).location_src_id if places_sudo else places_sudo
        return self.location_dest_id.filtered(
            lambda place: any(place.sudo()._child_of(source) for source in sources_sudo)
        )


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    def _free_reservation(self, *args, **kwargs):
        """What we took may have been reserved for others: that is given up as for any other move."""
        line = self.with_context(**{POSTING: False})
        return super(StockMoveLine, line)._free_reservation(*args, **kwargs)
