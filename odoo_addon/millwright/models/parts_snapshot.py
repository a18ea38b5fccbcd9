from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from odoo import models
from odoo.tools import SQL, float_round

from ..tools.work import Outcome
from .handler_parts import Posting


@dataclass
class Snapshot:
    """What an order has used so far, with all that it names found in Odoo.

    `products` are by part, `amounts` by (part, lot) and in the product's own unit.
    """

    request: Any
    products: dict[str, Any]
    amounts: dict[tuple[str, Any], Decimal]


class MillwrightHandlerParts(models.AbstractModel):
    """Snapshots: the difference between what an order has used and what is posted is posted, downwards
    too. A snapshot is posted as a whole or held as a whole."""

    _inherit = "millwright.handler.parts_consumption"

    # -- one at a time --------------------------------------------------------------------

    def _serialise_orders(self, works):
        """Let nobody else post to these orders until our transaction has ended.

        A lock alone would not do: whoever waited for it would go on with what it had read before. The
        rows of the orders are written, so that it meets a serialisation failure and starts anew.
        """
        works = [work for work in works if work.command["operation"] != "check"]
        if not works or not self._has_snapshots(works[0].backend):
            return
        keys = {work.command["fields"]["work_order"]["value"] for work in works}
        for model in works[0].backend._get_integration_models("work_order"):
            self.env.cr.execute(
                SQL(
                    """WITH locked AS (
                           SELECT id FROM %(table)s WHERE backend_id = %(backend)s AND external_id IN %(keys)s
                            ORDER BY id FOR NO KEY UPDATE)
                       UPDATE %(table)s AS work_order SET write_date = work_order.write_date
                         FROM locked WHERE work_order.id = locked.id""",
                    table=SQL.identifier(self.env[model]._table),
                    backend=works[0].backend.id,
                    keys=tuple(keys),
                )
            )

    def _has_snapshots(self, backend):
        """Whether the running contract posts snapshots; movements alone commute and need no order."""
        flows = backend.sudo().contract_id._get_document()["flows"].values()
        inputs = [item for flow in flows for item in flow["inputs"].values()]
        return any(item.get("role") == "converge" for item in inputs)

    # -- carrying out ---------------------------------------------------------------------

    def _apply_snapshots(self, works, found):
        outcomes, snapshots = self._read_snapshots(works, found)
        posted = self._get_posted_by_lot(works[0].backend, [item.request for item in snapshots.values()])
        postings = {}
        for work in works:
            if snapshot := snapshots.get(work.inbox_id):
                differences, outcome = self._get_differences(work, snapshot, posted[snapshot.request])
                if outcome:
                    outcomes[work.inbox_id] = outcome
                else:
                    postings[work.inbox_id] = differences
        every = [posting for group in postings.values() for posting in group]
        outcomes.update(self._drop_posted_snapshots(every))
        every = [posting for posting in every if posting.work.inbox_id not in outcomes]
        outcomes.update(self._hold_shortages(every))
        todo = [work for work in works if work.inbox_id not in outcomes]
        outcomes.update(self._post_snapshots(todo, snapshots, postings))
        return outcomes

    def _post_snapshots(self, works, snapshots, postings):
        every = [posting for work in works for posting in postings[work.inbox_id]]
        origins = self._find_origins(every)
        moves = dict(zip(map(id, every), self._post(every, origins), strict=True)) if every else {}
        outcomes = {}
        for work in works:
            self._bind(work)
            details = {}
            for posting in postings[work.inbox_id]:
                detail = self._get_posted(posting, moves[id(posting)], origins).detail
                details[posting.operation_id] = detail
            code = "converged" if details else "agrees"
            outcomes[work.inbox_id] = Outcome.done(snapshots[work.inbox_id].request, code, posted=details)
        return outcomes

    def _drop_posted_snapshots(self, postings):
        """Outcomes of snapshots that have posted before: with a version they are superseded or agree."""
        if not postings:
            return {}
        moves = self.env["stock.move"].search_fetch(
            [
                ("millwright_backend_id", "in", self._get_family_ids([p.work for p in postings])),
                ("millwright_operation_id", "in", [posting.operation_id for posting in postings]),
            ],
            ["millwright_operation_id"],
        )
        known = set(moves.mapped("millwright_operation_id"))
        return {
            posting.work.inbox_id: Outcome.ignored(
                "duplicate", self.env._("Operation %s is posted already.", posting.operation_id)
            )
            for posting in postings
            if posting.operation_id in known
        }

    # -- what the snapshot says -----------------------------------------------------------

    def _read_snapshots(self, works, found):
        """(outcomes, snapshots), both by inbox id: every work is in one of them."""
        outcomes, snapshots = {}, {}
        for work in works:
            known, version = work.integration.synchronised_version, work.command["version"]
            if known and version and version < known:
                outcomes[work.inbox_id] = self._get_superseded(work)
                continue
            request, outcome = self._find_request(work, found)
            snapshot = Snapshot(request, {}, defaultdict(Decimal))
            outcome = outcome or self._read_lines(work, snapshot, found)
            if outcome:
                outcomes[work.inbox_id] = outcome
            else:
                snapshots[work.inbox_id] = snapshot
        return outcomes, snapshots

    def _read_lines(self, work, snapshot, found):
        """Fill the snapshot; the outcome of the first line that cannot be posted, else None."""
        for line in work.command["fields"]["lines"]:
            product, outcome = self._find_product(line, found)
            if outcome:
                return outcome
            amount, lot, outcome = self._measure(line, product, found)
            if outcome:
                return outcome
            part_key = line["part"]["value"]
            snapshot.products[part_key] = product
            snapshot.amounts[part_key, lot] += amount
        return None

    def _measure(self, line, product, found):
        """(amount in the product's unit, lot, None), or (None, None, outcome). None at all needs no lot."""
        uom, outcome = self._find_unit(line, product, found)
        if outcome:
            return None, None, outcome
        quantity = Decimal(line["quantity"])
        if not quantity:
            return quantity, self.env["stock.lot"], None
        amount, outcome = self._convert(quantity, uom, product)
        if outcome:
            return None, None, outcome
        lot, outcome = self._find_lot(line, product, amount, found)
        return Decimal(str(amount)), lot, outcome

    # -- what is posted -------------------------------------------------------------------

    def _get_posted_by_lot(self, backend, requests):
        """{request: {(part, product, lot): net amount in the product's unit}} of what is done."""
        moves = self.env["stock.move"].search(
            [
                ("millwright_request_id", "in", [request.id for request in requests]),
                ("millwright_backend_id", "in", [*backend.ids, *backend._get_siblings().ids]),
                ("millwright_operation_id", "!=", False),
                ("state", "=", "done"),
            ]
        )
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        posted = defaultdict(lambda: defaultdict(Decimal))
        for line in moves.move_line_ids:
            move, product = line.move_id, line.product_id
            lot = line.lot_id if product.tracking != "none" else line.lot_id.browse()
            amount = line.product_uom_id._compute_quantity(line.quantity, product.uom_id, round=False)
            amount = Decimal(str(float_round(amount, precision_digits=digits)))
            taken = move.location_id.usage == "internal"
            posted[move.millwright_request_id][move.millwright_part_key, product, lot] += (
                amount if taken else -amount
            )
        return posted

    def _get_differences(self, work, snapshot, posted):
        """(postings, None), or (None, outcome). Of a part that is listed, a posted lot that is not is
        given back; of a part that is not listed, everything, unless the spec says otherwise."""
        is_whole = work.command["fields"]["unlisted"] == "zero"
        products, missing = dict(snapshot.products), defaultdict(Decimal, snapshot.amounts)
        for (part_key, product, lot), amount in posted.items():
            if not amount or not (is_whole or part_key in snapshot.products):
                continue
            if products.setdefault(part_key, product) != product:
                return None, self._get_rebound(part_key, product, products[part_key])
            missing[part_key, lot] -= amount
        postings = []
        for (part_key, lot), amount in sorted(missing.items(), key=lambda item: item[1]):
            if not amount:
                continue
            product = products[part_key]
            outcome = self._check_storable(product) or self._check_lot(product, lot.name, amount)
            if outcome:
                return None, outcome
            operation = self._get_operation(work, part_key, lot)
            known = (work, snapshot.request, product, part_key)
            postings.append(Posting(*known, amount, product.uom_id, float(amount), lot, operation))
        return postings, None

    def _get_operation(self, work, part_key, lot):
        """`<event id>#<part>`, of tracked parts with the lot behind; their own marks are written as %23."""
        names = [part_key, lot.name] if lot else [part_key]
        names = [name.replace("%", "%25").replace("#", "%23") for name in names]
        return "#".join([work.command["operation_id"], *names])

    def _get_rebound(self, part_key, product, other):
        return Outcome.held(
            "part_rebound",
            self.env._(
                "Part %(part)s of this order is posted as %(product)s and means %(other)s now. Set the quantity "
                "of those moves to what is right, and retry.",
                part=part_key,
                product=product.display_name,
                other=other.display_name,
            ),
        )
