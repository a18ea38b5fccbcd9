from decimal import Decimal

from odoo import models
from odoo.tools import float_round

from ..tools.work import Outcome


class MillwrightHandlerParts(models.AbstractModel):
    """Units and quantities: nothing is converted by guess and nothing is rounded."""

    _inherit = "millwright.handler.parts_consumption"

    def _get_units(self, backend, codes):
        """Units by the code of the CMMS: its cross-reference, else all units of that very name."""
        if not codes:
            return {}
        references = self.env["millwright.cross.reference"].search_fetch(
            [("backend_id", "=", backend.id), ("table", "=", "unit"), ("code", "in", list(codes))],
            ["code", "uom_id"],
        )
        units = {reference.code: reference.uom_id for reference in references}
        rest = codes - units.keys()
        if rest:
            for uom in self.env["uom.uom"].search([("name", "in", list(rest))]):
                units[uom.name] = units.get(uom.name, uom.browse()) | uom
        return units

    def _find_unit(self, line, product, found):
        """(unit, None), or (None, outcome)."""
        code = line.get("unit")
        if not code:
            return product.uom_id, None
        units = found["unit"].get(code)
        if not units:
            return None, Outcome.held(
                "unit_unknown",
                self.env._("Unit “%s” is unknown. Add it to the cross-references.", code),
            )
        fitting = units.filtered(lambda uom: uom._has_common_reference(product.uom_id))
        if not fitting:
            return None, Outcome.held(
                "unit_mismatch",
                self.env._(
                    "%(unit)s does not convert to %(own)s, the unit of %(product)s.",
                    unit=units[0].name,
                    own=product.uom_id.name,
                    product=product.display_name,
                ),
            )
        if len(fitting) > 1:
            return None, Outcome.held(
                "unit_ambiguous",
                self.env._("Several units are named “%s”. Add it to the cross-references.", code),
            )
        return fitting, None

    def _convert(self, quantity, uom, product):
        """(amount in the product's unit, None), or (None, outcome) when it would be rounded."""
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        step = Decimal(1).scaleb(-digits)
        amount = uom._compute_quantity(float(quantity), product.uom_id, round=False)
        rounded = float_round(amount, precision_digits=digits)
        fits = quantity % step == 0 and abs(amount - rounded) <= float(step) * 1e-6
        if fits and rounded:
            return rounded, None
        return None, Outcome.held(
            "quantity_precision",
            self.env._(
                "%(quantity)s %(unit)s of %(product)s has more than %(digits)s decimals, "
                "or has in %(own)s. Quantities are not rounded.",
                quantity=quantity,
                unit=uom.name,
                product=product.display_name,
                digits=digits,
                own=product.uom_id.name,
            ),
        )
