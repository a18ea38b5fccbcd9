from decimal import Decimal

from odoo import fields, models

from ..tools.work import Outcome

# What PostgreSQL keeps of an integer field.
MAXINT = 2**31 - 1


class MillwrightHandler(models.AbstractModel):
    """Fields of a record that a spec adds to it, or names there, beside the canonical ones.

    The contract says for each name of the command which field of Odoo it is and of which type
    (`own_fields` of the flow, docs/architecture.md §3).
    """

    _inherit = "millwright.handler"

    def _get_own_values(self, work):
        """Values for create or write of the record, of those fields that the command carries."""
        own = self._get_own_fields(work)
        return {
            own[name]["odoo"]: self._get_own_value(own[name]["odoo_type"], value)
            for name, value in work.command["fields"].items()
            if name in own
        }

    def _check_own_values(self, work, model):
        """Outcome of a work whose own fields cannot be written, or None."""
        own = self._get_own_fields(work)
        for name, value in work.command["fields"].items():
            if name not in own:
                continue
            if own[name]["odoo"] not in self.env[model]._fields:
                return Outcome.held(
                    "field_missing",
                    self.env._(
                        "%(model)s has no field %(field)s. Upgrade the connector, or run the contract that fits it.",
                        model=model,
                        field=own[name]["odoo"],
                    ),
                )
            if own[name]["odoo_type"] == "integer" and value is not None and Decimal(value) % 1:
                return Outcome.held(
                    "value_not_whole",
                    self.env._("%(value)s of %(field)s is no whole number.", value=value, field=name),
                )
            if own[name]["odoo_type"] == "integer" and value is not None and abs(Decimal(value)) > MAXINT:
                return Outcome.held(
                    "value_too_large",
                    self.env._(
                        "%(value)s of %(field)s is larger than a whole number can be in Odoo. "
                        "Let the spec keep it as text or decimal.",
                        value=value,
                        field=name,
                    ),
                )
        return None

    def _get_own_fields(self, work):
        return work.flow.get("own_fields", {})

    def _get_own_value(self, odoo_type, value):
        """A canonical value as the ORM takes it."""
        if value is None:
            return False
        if odoo_type == "boolean":
            return value == "true"
        if odoo_type == "integer":
            return int(Decimal(value))
        if odoo_type == "decimal":
            return float(value)
        if odoo_type == "date":
            return fields.Date.to_date(value)
        if odoo_type == "datetime":
            return self._get_datetime(value)
        return value
