from collections import defaultdict

from odoo import models

from ..tools.work import Outcome


class MillwrightHandlerParts(models.AbstractModel):
    """Lots, and what is on the shelf."""

    _inherit = "millwright.handler.parts_consumption"

    def _find_lot(self, line, product, amount, found):
        """(lot, None), or (None, outcome). Without a lot for a product that has none; a lot that is
        named for such a product is of no consequence."""
        empty = self.env["stock.lot"]
        if product.tracking == "none":
            return empty, None
        name = line.get("lot")
        lot = found["lot"].get((product.id, name)) if name else empty
        if outcome := self._check_lot(product, name, amount):
            return None, outcome
        if not lot:
            return None, Outcome.held(
                "lot_unknown",
                self.env._("Lot %(lot)s of %(product)s is unknown.", lot=name, product=product.display_name),
            )
        return lot, None

    def _check_lot(self, product, name, amount):
        """Outcome when a tracked product comes without its lot, or a serial number more than once."""
        if product.tracking == "none":
            return None
        if not name:
            return Outcome.held(
                "lot_missing", self.env._("%s is tracked, and no lot is named.", product.display_name)
            )
        if product.tracking == "serial" and abs(amount) != 1:
            return Outcome.held(
                "serial_quantity", self.env._("Serial number %s is one piece, not another quantity.", name)
            )
        return None

    def _hold_shortages(self, postings):
        """Outcomes of what the shelf does not have, counted over the batch in its order.

        A flow may post below zero, but a serial number can neither be taken nor given back twice.
        """
        watched = [
            posting
            for posting in postings
            if posting.work.flow["shortage"] == "hold" or posting.product.tracking == "serial"
        ]
        if not watched:
            return {}
        balance = self._get_balance(watched)
        commands, outcomes = defaultdict(list), {}
        for posting in watched:
            commands[posting.work.inbox_id].append(posting)
        for inbox_id, group in commands.items():
            after, outcome = self._take(group, balance)
            if outcome:
                outcomes[inbox_id] = outcome
            else:
                balance.update(after)
        return outcomes

    def _take(self, postings, balance):
        """(what is left where they take from, None), or (None, outcome): one command is posted as a
        whole or not at all."""
        after = {}
        for posting in postings:
            key = (posting.work.plant.stock_location_id, posting.product, posting.lot)
            before = after.get(key, balance[key])
            after[key] = before - posting.amount
            outcome = self._check_balance(posting, before, after[key])
            if outcome:
                return None, outcome
        return after, None

    def _get_balance(self, postings):
        """On hand by (location, product, lot): what a move without package and owner can take."""
        locations = self.env["stock.location"].union(
            *(posting.work.plant.stock_location_id for posting in postings)
        )
        groups = self.env["stock.quant"]._read_group(
            [
                ("product_id", "in", [posting.product.id for posting in postings]),
                ("location_id", "in", locations.ids),
                ("package_id", "=", False),
                ("owner_id", "=", False),
            ],
            ["location_id", "product_id", "lot_id"],
            ["quantity:sum"],
        )
        balance = defaultdict(float)
        for location, product, lot, quantity in groups:
            balance[location, product, lot] = quantity
        return balance

    def _check_balance(self, posting, before, after):
        compare = posting.product.uom_id.compare
        if posting.product.tracking == "serial" and compare(after, 1) > 0:
            return Outcome.held(
                "serial_in_stock", self.env._("Serial number %s is in stock.", posting.lot.name)
            )
        if posting.amount < 0 or compare(after, 0) >= 0:
            return None
        if posting.product.tracking == "serial":
            return Outcome.held(
                "serial_not_in_stock",
                self.env._(
                    "Serial number %(serial)s is not in %(location)s.",
                    serial=posting.lot.name,
                    location=posting.work.plant.stock_location_id.display_name,
                ),
            )
        return Outcome.held(
            "shortage",
            self.env._(
                "%(wanted)s of %(product)s were taken, %(location)s has %(before)s.",
                wanted=posting.amount,
                product=posting.product.display_name,
                location=posting.work.plant.stock_location_id.display_name,
                before=before,
            ),
        )
