from collections import defaultdict
from decimal import Decimal

from odoo import models

from ..tools.work import Outcome


class MillwrightHandlerParts(models.AbstractModel):
    """Totals of an order: compared with what is posted, never posted themselves."""

    _inherit = "millwright.handler.parts_consumption"

    def _apply_checks(self, works, found):
        outcomes, expected = {}, {}
        for work in works:
            request, outcome = self._find_request(work, found)
            if not outcome:
                totals, outcome = self._sum_lines(work, found)
            if outcome:
                outcomes[work.inbox_id] = outcome
            else:
                expected[work.inbox_id] = (request, totals)
        todo = [work for work in works if work.inbox_id in expected]
        posted = self._get_posted_amounts([expected[work.inbox_id][0] for work in todo])
        for work in todo:
            request, totals = expected[work.inbox_id]
            outcomes[work.inbox_id] = self._compare(work, request, totals, posted[request])
        return outcomes

    def _sum_lines(self, work, found):
        """({part: (product, amount)}, None), or (None, outcome)."""
        totals = {}
        for line in work.command["fields"]["lines"]:
            product, outcome = self._find_product(line, found)
            if outcome:
                return None, outcome
            uom, outcome = self._find_unit(line, product, found)
            if outcome:
                return None, outcome
            amount = uom._compute_quantity(float(Decimal(line["quantity"])), product.uom_id, round=False)
            part_key = line["part"]["value"]
            totals[part_key] = (product, totals.get(part_key, (product, 0.0))[1] + amount)
        return totals, None

    def _get_posted_amounts(self, requests):
        """{request: {part: (product, net amount in the product's unit)}} of what is done."""
        moves = self.env["stock.move"].search(
            [
                ("millwright_request_id", "in", [request.id for request in requests]),
                ("millwright_operation_id", "!=", False),
                ("state", "=", "done"),
            ]
        )
        posted = defaultdict(dict)
        for move in moves:
            parts = posted[move.millwright_request_id]
            amount = move.product_uom._compute_quantity(move.quantity, move.product_id.uom_id, round=False)
            if move.location_id.usage != "internal":
                amount = -amount
            _product, sum_before = parts.get(move.millwright_part_key, (None, 0.0))
            parts[move.millwright_part_key] = (move.product_id, sum_before + amount)
        return posted

    # -- discrepancies --------------------------------------------------------------------

    def _compare(self, work, request, totals, posted):
        rows = self._get_discrepancies([work])
        if self._is_older(work, rows):
            return Outcome.ignored(
                "superseded", self.env._("A newer total of this work order was compared already.")
            )
        differing = []
        for part_key in totals | posted:
            product = (totals.get(part_key) or posted[part_key])[0]
            vals = {
                "product_id": product.id,
                "expected_quantity": totals.get(part_key, (product, 0.0))[1],
                "posted_quantity": posted.get(part_key, (product, 0.0))[1],
            }
            vals["state"] = self._get_state(product, vals)
            if vals["state"] == "open":
                differing.append(part_key)
            row = rows.get(self._get_discrepancy_key(work, part_key))
            self._write_discrepancy(work, part_key, row, vals)
        code = "discrepancy" if differing else "agrees"
        return Outcome.done(request, code, parts=sorted(totals | posted), differing=sorted(differing))

    def _is_older(self, work, rows):
        versions = [row.message_id.version or "" for row in rows.values()]
        return bool(versions) and (work.command["version"] or "") < max(versions)

    def _get_state(self, product, vals):
        differs = product.uom_id.compare(vals["expected_quantity"], vals["posted_quantity"])
        return "open" if differs else "settled"

    def _get_discrepancy_key(self, work, part_key):
        return work.command["flow"], work.command["fields"]["work_order"]["value"], part_key

    def _get_discrepancies(self, works, **only):
        """Discrepancy rows by (flow, work order, part).

        The rules would say what the domain says, in half of the query's time; who changes a row is asked for them.
        """
        rows_sudo = self.env["millwright.discrepancy"].sudo()
        rows = rows_sudo.search_fetch(
            [
                ("backend_id", "=", works[0].backend.id),
                ("company_id", "in", [self.env.company.id, False]),
                ("flow", "in", list({work.command["flow"] for work in works})),
                (
                    "work_order_external_id",
                    "in",
                    list({work.command["fields"]["work_order"]["value"] for work in works}),
                ),
                *((name, "=", value) for name, value in only.items()),
            ],
            ["flow", "work_order_external_id", "part_external_id"],
        ).with_env(self.env)
        return {(row.flow, row.work_order_external_id, row.part_external_id): row for row in rows}

    def _write_discrepancy(self, work, part_key, row, vals):
        if row:
            if changes := self._get_changes(row, vals):
                row.write({**changes, "message_id": work.inbox_id})
        elif vals["state"] == "open":
            self.env["millwright.discrepancy"].create(
                {
                    **vals,
                    "backend_id": work.backend.id,
                    "plant_id": work.plant.id,
                    "flow": work.command["flow"],
                    "work_order_external_id": work.command["fields"]["work_order"]["value"],
                    "part_external_id": part_key,
                    "message_id": work.inbox_id,
                }
            )

    def _review_discrepancies(self, postings):
        """A late movement may be just what was missing: compare again where something is open."""
        if not self.env["millwright.discrepancy"]._has_open(postings[0].work.backend):
            return
        rows = self._get_discrepancies([posting.work for posting in postings], state="open")
        requests = {}
        for posting in postings:
            key = self._get_discrepancy_key(posting.work, posting.part_key)
            if key in rows:
                requests[key] = posting.request
        if not requests:
            return
        posted = self._get_posted_amounts(list(set(requests.values())))
        for key, request in requests.items():
            row = rows[key]
            _product, amount = posted[request].get(row.part_external_id, (row.product_id, 0.0))
            vals = {"expected_quantity": row.expected_quantity, "posted_quantity": amount}
            row.write({"posted_quantity": amount, "state": self._get_state(row.product_id, vals)})
