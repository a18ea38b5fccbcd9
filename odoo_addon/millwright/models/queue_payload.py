import psycopg2

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

READ_OPERATION = "payload_read"
# Says that the column is fetched for records that are audited. Compared by identity, so that no
# context that comes from outside can say it.
_FETCHING = object()


class MillwrightQueuePayload(models.AbstractModel):
    """Raw payloads, of what came in and of what goes out: a group of their own reads them, and leaves an
    audit row for it.

    Every way to a value ends in a column that is fetched, which is audited. Filters, groups and
    orders would tell of values without reading a message, so they are refused. The runner, the outbox and
    the technical user read without a row: what they do is audited by command.
    """

    _inherit = "millwright.queue.mixin"
    _raw_fields = frozenset()  # of a model: the stored ones, none of them prefetched

    def _fetch_query(self, query, fields):
        if not self._is_audited() or self._raw_fields.isdisjoint(field.name for field in fields):
            return super()._fetch_query(query, fields)
        model = self.with_context(millwright_fetching=_FETCHING)
        fetched = super(MillwrightQueuePayload, model)._fetch_query(query, fields).with_env(self.env)
        fetched._audit_payload_read()
        return fetched

    def _field_to_sql(self, alias, field_expr, query=None):
        if (
            field_expr in self._raw_fields
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
        is_ours, link = self._get_audit_link()
        known = audit_sudo.search_fetch(
            Domain("user_ref", "=", self.env.uid)
            & is_ours
            & Domain(link, "in", self.ids)
            & Domain("operation", "=", READ_OPERATION)
            & Domain("at", ">=", now.replace(hour=0, minute=0, second=0)),
            [link],
        )
        unread_sudo = self.sudo() - self.sudo().browse(known.mapped(link))
        if unread_sudo and self.env.cr.readonly:  # as PostgreSQL would say; Odoo takes another cursor
            raise psycopg2.errors.ReadOnlySqlTransaction("who reads a payload leaves an audit row")
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
                    "operation": READ_OPERATION,
                    **row_sudo._get_audit_values(),
                }
                for row_sudo in unread_sudo
            ]
        )

    @api.model
    def _get_audit_link(self):
        """Which audit rows are about messages of this model, and their field that says about which one."""
        return Domain("record_model", "=", self._name), "record_ref"

    def _get_audit_values(self):
        """What leads from an audit row to the message."""
        return {"record_model": self._name, "record_ref": self.id}


class MillwrightInboxPayload(models.Model):
    """What came in: the audit row names it as those of its effects do."""

    _inherit = "millwright.inbox"
    _raw_fields = frozenset({"payload", "fetched", "command", "posting_plan"})

    @api.model
    def _get_audit_link(self):
        return Domain.TRUE, "inbox_ref"

    def _get_audit_values(self):
        return {"event_id": self.event_id, "inbox_ref": self.id}


class MillwrightOutboxPayload(models.Model):
    """What goes out."""

    _inherit = "millwright.outbox"
    _raw_fields = frozenset({"fields_text"})
