from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from odoo import api, models
from odoo.tools import SQL

from ..tools.work import Outcome, Work


@dataclass
class Posting:
    """A movement of parts with all that it names found in Odoo.

    `quantity` is in `uom`, positive when taken from stock; `amount` is the same in the
    product's own unit.
    """

    work: Work
    request: Any
    product: Any
    part_key: str
    quantity: Decimal
    uom: Any
    amount: float
    lot: Any
    operation_id: str


class MillwrightHandlerParts(models.AbstractModel):
    """Consumption of parts: movements are posted, of snapshots what is not posted yet; totals are only
    compared."""

    _name = "millwright.handler.parts_consumption"
    _inherit = "millwright.handler"
    _description = "Handler of parts consumption"
    _millwright_operations = ("post", "check", "converge")
    _millwright_together = ("post",)

    @api.model
    def _apply(self, works):
        self._serialise_orders(works)
        self._load(works)
        found = self._find_references(works)
        # What of a batch came before a snapshot is posted already; what is in it came afterwards.
        steps = {
            "converge": self._apply_snapshots,
            "post": self._apply_posts,
            "check": self._apply_checks,
        }
        outcomes = {}
        for operation, step in steps.items():
            chosen = [work for work in works if work.command["operation"] == operation]
            if chosen:
                outcomes.update(step(chosen, found))
        return [outcomes[work.inbox_id] for work in works]

    # -- references -----------------------------------------------------------------------

    def _find_references(self, works):
        """All that the commands name, found for the whole batch at once."""
        given = [work.command["fields"] for work in works]
        lines = [line for values in given for line in self._get_lines(values)]
        parts = [line["part"] for line in lines]
        found = {
            "work_order": self._get_references(
                works, "work_order", [values["work_order"] for values in given]
            ),
            "part": self._get_references(works, "part", parts),
            "unit": self._get_units(works[0].backend, {line.get("unit") for line in lines} - {None}),
        }
        found["lot"] = self._get_lots(lines, found["part"])
        self._note_unbound_parts(works[0].backend, parts, found["part"])
        return found

    def _get_lines(self, values):
        return values["lines"] if "lines" in values else [values]

    def _get_lots(self, lines, products):
        """Lots by (product id, name)."""
        wanted = {}
        for line in lines:
            product = products.get(line["part"]["value"])
            if line.get("lot") and product and product.tracking != "none":
                wanted.setdefault(product.id, set()).add(line["lot"])
        if not wanted:
            return {}
        lots = self.env["stock.lot"].search_fetch(
            [
                ("product_id", "in", list(wanted)),
                ("name", "in", list(set().union(*wanted.values()))),
                ("company_id", "in", [self.env.company.id, False]),
            ],
            ["name", "product_id", "company_id"],
            order="company_id desc, id desc",  # PostgreSQL: no company first, so a company's own wins
        )
        return {(lot.product_id.id, lot.name): lot for lot in lots}

    def _note_unbound_parts(self, backend, references, products):
        """A row for every part that nobody has bound yet, so that an administrator finds it."""
        unbound = {ref["value"]: ref.get("name") for ref in references if ref["value"] not in products}
        if not unbound:
            return
        # The technical user may not bind parts and so has no right to create them; the row says
        # only what the message named. It may exist already, also in a transaction that runs now.
        part_sudo = self.env["millwright.part"].sudo()
        part_sudo.flush_model()
        self.env.cr.execute(
            SQL(
                """INSERT INTO millwright_part
                       (backend_id, external_id, name, create_uid, create_date, write_uid, write_date)
                   SELECT %(backend)s, external_id, name, %(uid)s, %(now)s, %(uid)s, %(now)s
                     FROM unnest(%(keys)s::varchar[], %(names)s::varchar[]) AS row(external_id, name)
                       ON CONFLICT (backend_id, external_id) DO NOTHING""",
                backend=backend.id,
                uid=self.env.uid,
                now=self.env.cr.now(),
                keys=list(unbound),
                names=list(unbound.values()),
            )
        )
        part_sudo.invalidate_model()

    # -- what holds a command -------------------------------------------------------------

    def _find_request(self, work, found):
        """(request, None), or (None, outcome)."""
        key = work.command["fields"]["work_order"]["value"]
        request = found["work_order"].get(key)
        if request is None:
            return None, Outcome.held(
                "work_order_unknown",
                self.env._("Work order %s is not known yet.", key),
                wait_kind="work_order",
                wait_key=key,
            )
        if not request:
            return None, self._get_foreign(self.env._("Work order"), key)
        return request, None

    def _get_foreign(self, what, key):
        return Outcome.held(
            "other_company",
            self.env._(
                "%(what)s %(key)s belongs to another company than %(company)s.",
                what=what,
                key=key,
                company=self.env.company.name,
            ),
        )

    def _find_product(self, line, found):
        """(product, None), or (None, outcome)."""
        key = line["part"]["value"]
        product = found["part"].get(key)
        if product is None:
            return None, Outcome.held(
                "part_unbound",
                self.env._("Part %s is not bound to a product yet.", key),
                wait_kind="part",
                wait_key=key,
            )
        if not product:
            return None, self._get_foreign(self.env._("The product of part"), key)
        outcome = self._check_storable(product)
        return (None, outcome) if outcome else (product, None)

    def _check_storable(self, product):
        if product.is_storable:
            return None
        return Outcome.held(
            "product_not_storable", self.env._("%s does not track its stock.", product.display_name)
        )
