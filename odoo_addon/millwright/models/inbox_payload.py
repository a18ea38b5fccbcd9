from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

RAW_FIELDS = {"payload", "fetched", "command", "posting_plan"}
READ_OPERATION = "payload_read"
# Says that the column is fetched for records that are audited. Compared by identity, so that no
# context that comes from outside can say it.
_FETCHING = object()


class MillwrightInboxPayload(models.Model):
    """Raw payloads: a group of their own reads them, and leaves an audit row for it.

    Every way to a value ends in a column that is fetched, which is audited. Filters, groups and
    orders would tell of values without reading a message, so they are refused. The runner and the
    technical user read without a row: what they do is audited by command.
    """

    _inherit = "millwright.inbox"

    def _fetch_query(self, query, fields):
        if not self._is_audited() or RAW_FIELDS.isdisjoint(field.name for field in fields):
            return super()._fetch_query(query, fields)
        model = self.with_context(millwright_fetching=_FETCHING)
        fetched = super(MillwrightInboxPayload, model)._fetch_query(query, fields).with_env(self.env)
        fetched._audit_payload_read()
        return fetched

    def _field_to_sql(self, alias, field_expr, query=None):
        if (
            field_expr in RAW_FIELDS
            and self._is_audited()
            and self.env.context.get("millwright_fetching") is not _FETCHING
        ):
            raise AccessError(
                self.env._("Messages are not searched, grouped or sorted by %s: open one.", field_expr)
            )
        return super()._field_to_sql(alias, field_expr, query)

    @api.model
    def _is_audited(self):
        return not self.env.su and not self.env.user.has_group("millwright.group_technical")

    def _audit_payload_read(self):
        """Once per user, message and day."""
        now = fields.Datetime.now()
        audit_sudo = self.env["millwright.audit"].sudo()
        known = audit_sudo.search_fetch(
            Domain("user_ref", "=", self.env.uid)
            & Domain("inbox_ref", "in", self.ids)
            & Domain("operation", "=", READ_OPERATION)
            & Domain("at", ">=", now.replace(hour=0, minute=0, second=0)),
            ["inbox_ref"],
        )
        unread_sudo = self.sudo() - self.sudo().browse(known.mapped("inbox_ref"))
        audit_sudo.create(
            [
                {
                    "at": now,
                    "user_ref": self.env.uid,
                    "user_login": self.env.user.login,
                    "backend_code": row_sudo.backend_id.code,
                    "plant_code": row_sudo.plant_id.code,
                    "company_ref": row_sudo.company_id.id,
                    "flow": row_sudo.flow,
                    "event_id": row_sudo.event_id,
                    "inbox_ref": row_sudo.id,
                    "operation": READ_OPERATION,
                }
                for row_sudo in unread_sudo
            ]
        )
