from odoo import api, models, tools
from odoo.tools import SQL

from .read_along import columns_of, note_read, read_together

POSTING = "millwright_posting"  # key of the context in which movements are posted


class Batch:
    """What the movements of one call of `_action_done` share: quants that its transaction has locked.

    It is the value of POSTING in the context. Two are never equal, so no environment belongs to two of them.

    :param places: pairs of the ids of a product and of a place where its stock changes
    """

    def __init__(self, places=()):
        self.places = set(places)
        self.locked_quant_ids = set()


class StockMove(models.Model):
    """What Odoo asks for each move by itself is asked once for all that a message has posted."""

    _inherit = "stock.move"

    def _should_bypass_reservation(self, forced_location=False):
        """What was taken is posted as it was: to reserve it first would only be undone again.

        Only our own moves: others that are unreserved meanwhile keep their books.
        """
        if self.env.context.get(POSTING) and self.millwright_operation_id:
            return True
        return super()._should_bypass_reservation(forced_location)

    def _update_orderpoints(self):
        """Reordering rules to be computed again: those of a product and its two places, whatever moves name them.

        While movements are posted, once they are done: until then they change nothing. Odoo has read by then which
        products have rules.
        """
        posted = finished = self.filtered("millwright_message_id")
        if self.env.context.get(POSTING):
            finished = posted.filtered(
                lambda move: move.state == "done" and move.product_id.sudo().orderpoint_ids
            )
        by_place = finished.grouped(lambda move: (move.product_id, move.location_id, move.location_dest_id))
        told = self.browse(group[:1].id for group in by_place.values())
        return super(StockMove, (self - posted) | told)._update_orderpoints()

    def _push_apply(self):
        """Odoo searches the rules for each move by itself. Of what a message posted none is found where none begins."""
        posted = self.filtered(lambda move: move.millwright_message_id and not move.move_dest_ids)
        pushing = posted._get_pushing_places()
        ending = posted.filtered(lambda move: move.location_dest_id not in pushing)
        return super(StockMove, self - ending)._push_apply()

    def _get_pushing_places(self):
        """Of the places where moves end, those from which a rule may push on: it begins there or in a place around it."""
        sources = self.env["stock.rule"]._get_push_source_ids()
        return self.location_dest_id.filtered(
            lambda place: not sources.isdisjoint(map(int, place.sudo().parent_path.split("/")[:-1]))
        )


class StockRule(models.Model):
    _inherit = "stock.rule"

    @api.model
    @tools.ormcache()
    def _get_push_source_ids(self):
        """Ids of the places where rules push on from, of every company: one too many only costs a search."""
        rules_sudo = self.sudo().search([("action", "in", ("push", "pull_push"))])
        return frozenset(rules_sudo.location_src_id.ids)

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        self.env.registry.clear_cache()  # of `_get_push_source_ids`
        return rules

    def write(self, vals):
        result = super().write(vals)
        if not vals.keys().isdisjoint(["action", "active", "location_src_id"]):
            self.env.registry.clear_cache()
        return result


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    def _free_reservation(self, *args, **kwargs):
        """What we took may have been reserved for others: that is given up as for any other move."""
        line = self.with_context(**{POSTING: False})
        return super(StockMoveLine, line)._free_reservation(*args, **kwargs)


class StockQuant(models.Model):
    _inherit = "stock.quant"

    @api.model
    def _get_quants_by_products_locations(self, product_ids, location_ids, extra_domain=False):
        """Odoo reads and locks the quants of each line by themselves. Those that lines of ours will change, which have
        neither package nor owner, are read and locked in one go.
        """
        found = super()._get_quants_by_products_locations(
            product_ids, location_ids, extra_domain=extra_domain
        )
        batch = self.env.context.get(POSTING)
        if isinstance(batch, Batch):
            first_ids = [
                quants[:1].id
                for (product, place, _lot, package, owner), quants in found.items()
                if (product, place) in batch.places and not package and not owner
            ]
            batch.locked_quant_ids.update(self.sudo().browse(first_ids)._lock_and_read().ids)
        return found

    def _lock_and_read(self):
        """Those whose lock is free, locked as by `try_lock_for_update(allow_referencing=True)`, and read."""
        if not self:
            return self
        names = read_together(self)
        self.flush_recordset(names)
        self.env.cr.execute(
            SQL(
                "SELECT id, %s FROM stock_quant WHERE id IN %s FOR NO KEY UPDATE SKIP LOCKED",
                columns_of(self, self._table, names),
                tuple(self.ids),
            )
        )
        rows = self.env.cr.fetchall()
        locked = self.browse(row[0] for row in rows)
        note_read(locked, names, [row[1:] for row in rows])
        return locked

    @api.private
    def try_lock_for_update(self, *, allow_referencing=False, limit=None):
        """Odoo locks a quant once more for each line that changes it. What a batch has locked stays locked until its
        transaction ends, so the database is asked once.
        """
        batch = self.env.context.get(POSTING)
        if not isinstance(batch, Batch) or not allow_referencing or limit != 1:
            return super().try_lock_for_update(allow_referencing=allow_referencing, limit=limit)
        if self[:1].id in batch.locked_quant_ids:
            return self[:1]
        locked = super().try_lock_for_update(allow_referencing=allow_referencing, limit=limit)
        batch.locked_quant_ids.update(locked.ids)
        return locked
