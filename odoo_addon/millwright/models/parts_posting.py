from decimal import Decimal

from odoo import Command, models

from ..exceptions import MillwrightError
from ..tools.work import Outcome
from .handler_parts import Posting
from .stock_posting import POSTING, Batch


class MillwrightHandlerParts(models.AbstractModel):
    """Movements: each becomes one done stock move."""

    _inherit = "millwright.handler.parts_consumption"

    def _apply_posts(self, works, found):
        outcomes = self._drop_posted(works)
        for wave in self._get_waves([work for work in works if work.inbox_id not in outcomes]):
            outcomes.update(self._apply_wave(wave, found))
        return outcomes

    def _get_waves(self, works):
        """Works to be posted one list after the other: Odoo values a return like the taking before it, which has
        to be posted by then."""
        waves, places = [], {}
        for work in works:
            given = work.command["fields"]
            key = given["work_order"]["value"], given["part"]["value"]
            number, has_taken = places.get(key, (0, False))
            takes = Decimal(given["quantity"]) >= 0
            if has_taken and not takes:
                number, has_taken = number + 1, False
            places[key] = number, has_taken or takes
            if number == len(waves):
                waves.append([])
            waves[number].append(work)
        return waves

    def _apply_wave(self, works, found):
        outcomes, postings = {}, []
        for work in works:
            posting, outcome = self._prepare(work, found)
            if outcome:
                outcomes[work.inbox_id] = outcome
            else:
                postings.append(posting)
        outcomes.update(self._hold_shortages(postings))
        postings = [posting for posting in postings if posting.work.inbox_id not in outcomes]
        if postings:
            outcomes.update(self._post_movements(postings))
        return outcomes

    def _get_family_ids(self, works):
        """Ids of the backends whose operations count as posted: that of the works, and those it replaces."""
        return works[0].backend._get_family_ids(works[0].plant.union(*(work.plant for work in works)))

    def _drop_posted(self, works):
        """Outcomes of operations that are posted already. The index on the moves is the guard;
        this is only the friendlier answer."""
        operations = [work.command["operation_id"] for work in works]
        backend = works[0].backend.with_env(self.env)
        posted = backend._find_posted(operations, self._get_family_ids(works))
        outcomes = {}
        for work in works:
            operation = work.command["operation_id"]
            bound = work.integration[work.integration._millwright_record]
            if bound or operation in posted:
                if not bound and posted[operation]:
                    self._bind(work, posted[operation])
                outcomes[work.inbox_id] = Outcome.ignored(
                    "duplicate", self.env._("Operation %s is posted already.", operation)
                )
            posted.setdefault(operation, None)
        return outcomes

    def _prepare(self, work, found):
        """(posting, None), or (None, outcome)."""
        given = work.command["fields"]
        request, outcome = self._find_request(work, found)
        if outcome:
            return None, outcome
        product, outcome = self._find_product(given, found)
        if outcome:
            return None, outcome
        uom, outcome = self._find_unit(given, product, found)
        if outcome:
            return None, outcome
        quantity = Decimal(given["quantity"])
        if not quantity:
            return None, Outcome.ignored("nothing_to_do", self.env._("A movement of nothing."))
        amount, outcome = self._convert(quantity, uom, product)
        if outcome:
            return None, outcome
        lot, outcome = self._find_lot(given, product, amount, found)
        if outcome:
            return None, outcome
        part_key, operation = given["part"]["value"], work.command["operation_id"]
        return Posting(work, request, product, part_key, quantity, uom, amount, lot, operation), None

    def _post_movements(self, postings):
        origins = self._find_origins(postings)
        moves = self._post(postings, origins)
        self._bind_all([(posting.work, move) for posting, move in zip(postings, moves, strict=True)])
        return {
            posting.work.inbox_id: self._get_posted(posting, move, origins)
            for posting, move in zip(postings, moves, strict=True)
        }

    # -- moves ----------------------------------------------------------------------------

    def _post(self, postings, origins):
        """Create all moves with their lines and set them done at once.

        Odoo asks for the rights at each of its writes, a seventh of its time. They are asked here for the whole batch, as the
        technical user has them; what comes after needs no others.
        """
        vals_list = [self._get_move_values(posting, origins) for posting in postings]
        self._read_places(postings)
        batch = Batch(
            (values["product_id"], values[name])
            for values in vals_list
            for name in ("location_id", "location_dest_id")
        )
        moves_sudo = self.env["stock.move"].sudo().with_context(**{POSTING: batch}).create(vals_list)
        moves = moves_sudo.with_env(self.env)
        for records in (moves, moves.move_line_ids):
            records.check_access("create")
            records.check_access("write")
        moves_sudo._action_done()
        for posting, move in zip(postings, moves, strict=True):
            self._check_posted(posting, move)
        self._review_discrepancies(postings)
        self._trigger_reordering(moves)
        return moves

    def _read_places(self, postings):
        """Read in one go the places that Odoo asks for one after the other."""
        plants = postings[0].work.plant.union(*(posting.work.plant for posting in postings))
        (plants.stock_location_id | plants.consumption_location_id).sudo().mapped("usage")

    def _trigger_reordering(self, moves):
        """Odoo starts automatic reordering when a transfer is confirmed; our moves have none.

        One move per product and place is enough: the rule looks at the stock, not at the move.
        """
        # Odoo has read the rules already, of all companies; of those it looks for the company's own by itself.
        rules_sudo = moves.product_id.sudo().orderpoint_ids
        ordered_sudo = rules_sudo.filtered(lambda rule: rule.trigger == "auto").product_id
        watched = moves.filtered(lambda move: move.product_id in ordered_sudo)
        by_place = watched.grouped(lambda move: (move.product_id, move.location_id))
        watched.browse(group[:1].id for group in by_place.values())._trigger_scheduler()

    def _get_move_values(self, posting, origins):
        plant = posting.work.plant
        places = [plant.stock_location_id.id, plant.consumption_location_id.id]
        source, target = places if posting.quantity > 0 else reversed(places)
        quantity = float(abs(posting.quantity))
        shared = {
            "product_id": posting.product.id,
            "location_id": source,
            "location_dest_id": target,
            "company_id": plant.company_id.id,
            "picked": True,
        }
        line = {
            **shared,
            "product_uom_id": posting.uom.id,
            "quantity": quantity,
            "lot_id": posting.lot.id,
        }
        return {
            **shared,
            "product_uom": posting.uom.id,
            "product_uom_qty": quantity,
            "origin": posting.request.name,
            "state": "assigned",
            "origin_returned_move_id": origins.get(posting.operation_id, posting.lot.browse()).id,
            "move_line_ids": [Command.create(line)],
            **self._get_own_values(posting),
        }

    def _get_own_values(self, posting):
        """Our own columns: the key that is posted once, the time it happened, and where it came from."""
        work = posting.work
        return {
            "millwright_backend_id": work.backend.id,
            "millwright_operation_id": posting.operation_id,
            "millwright_occurred_at": self._get_datetime(work.command["occurred_at"]),
            "millwright_request_id": posting.request.id,
            "millwright_part_key": posting.part_key,
            "millwright_message_id": work.inbox_id,
        }

    def _check_posted(self, posting, move):
        """Odoo leaves a move undone, or rounds it, without an error."""
        wanted = float(abs(posting.quantity))
        if move.state != "done" or move.product_uom.compare(move.quantity, wanted):
            raise MillwrightError(
                f"Move {move.id} is {move.state} with quantity {move.quantity}, "
                f"expected done with {posting.quantity}",
                code="not_posted",
            )

    def _get_posted(self, posting, move, origins):
        detail = {
            "move": str(move.id),
            "request": str(posting.request.id),
            "product": str(posting.product.id),
            "quantity": str(posting.quantity),
            "unit": posting.uom._get_name_for_audit(),
        }
        if posting.lot:
            detail["lot"] = posting.lot.name
        if origin := origins.get(posting.operation_id):
            detail["returned_from"] = str(origin.id)
        return Outcome.done(move, "posted" if posting.quantity > 0 else "returned", **detail)

    def _find_origins(self, postings):
        """By operation, the earlier move of the same order, product and lot that a return gives back.

        Odoo values the return like that move. One that was large enough comes before a smaller one,
        a later one before an earlier one.
        """
        postings = [posting for posting in postings if posting.quantity < 0]
        if not postings:
            return {}
        moves = self.env["stock.move"].search(
            [
                ("millwright_request_id", "in", [posting.request.id for posting in postings]),
                ("product_id", "in", [posting.product.id for posting in postings]),
                ("state", "=", "done"),
                ("location_id.usage", "=", "internal"),
            ],
            order="id desc",
        )
        origins = {}
        for posting in postings:
            fitting = moves.filtered(
                lambda move, posting=posting: (
                    move.millwright_request_id == posting.request
                    and move.product_id == posting.product
                    and (not posting.lot or posting.lot in move.move_line_ids.lot_id)
                )
            )
            large = fitting.filtered(lambda move, p=posting: move.product_qty >= abs(p.amount))
            if origin := (large or fitting)[:1]:
                origins[posting.operation_id] = origin
        return origins
