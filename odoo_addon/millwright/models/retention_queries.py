from odoo import api, models
from odoo.tools import SQL

from ..const import PURGE_BATCH

CONTENT = ("payload", "fetched", "command", "last_error", "attempt_log", "posting_plan")


class MillwrightRetentionQueries(models.AbstractModel):
    """The statements of the purge, on the two tables of messages only."""

    _inherit = "millwright.retention"

    @api.model
    def _stage_condition(self, table, stage):
        """SQL, as the partial indexes say it: what a stage looks at."""
        return SQL(
            "state IN ('done', 'ignored') AND payload_purged_at %s %s",
            SQL("IS NULL" if stage == "content" else "IS NOT NULL"),
            SQL("AND parent_id IS NULL" if table == "millwright_inbox" else ""),
        )

    @api.model
    def _stored_flows(self, table, stage, backend):
        """Names of the flows of which messages are there, and None; a step in the index per flow."""
        one = SQL(
            "SELECT min(flow) FROM %s WHERE backend_id = %s AND %s",
            SQL.identifier(table),
            backend.id,
            self._stage_condition(table, stage),
        )
        self.env.cr.execute(
            SQL(
                """WITH RECURSIVE found (flow) AS (
                       (%s) UNION ALL SELECT (%s AND flow > found.flow) FROM found WHERE found.flow IS NOT NULL
                   ) SELECT flow FROM found""",
                one,
                one,
            )
        )
        return [flow for (flow,) in self.env.cr.fetchall()]

    @api.model
    def _candidates(self, table, stage, backend, flow, before, place):
        """(id, end) of the next messages of a flow that ended before a time, from the oldest.

        :param place: (end, id) of the last one looked at, or None
        """
        self.env.cr.execute(
            SQL(
                """SELECT id, finished_at FROM %s
                    WHERE backend_id = %s AND %s AND finished_at < %s AND %s AND %s
                      AND %s
                 ORDER BY finished_at, id LIMIT %s""",
                SQL.identifier(table),
                backend.id,
                SQL("flow IS NULL") if flow is None else SQL("flow = %s", flow),
                before,
                self._stage_condition(table, stage),
                SQL("(finished_at, id) > (%s, %s)", *place) if place else SQL("TRUE"),
                SQL("TRUE") if stage == "content" else SQL("payload_purged_at < %s", self._grace()),
                PURGE_BATCH,
            )
        )
        return self.env.cr.fetchall()

    @api.model
    def _commands_in_the_way(self, ids, backend, stage):
        """Of messages, the ids of those that stay: a command is open, dead or too young, or a person
        keeps the message, one of its commands or a command's flow.
        """
        flows = backend.contract_id._get_document()["flows"] if backend.contract_id else {}
        ages = SQL(" ").join(
            SQL("WHEN %s THEN %s::timestamp", flow, self._before(self._seconds(backend, stage, flow)))
            for flow in flows
        )
        default = self._before(self._seconds(backend, stage, None))
        self.env.cr.execute(
            SQL(
                """SELECT parent_id FROM millwright_inbox
                    WHERE parent_id IN %(ids)s
                      AND (state NOT IN ('done', 'ignored') OR flow IN %(kept)s
                           OR finished_at >= %(before)s)
                   UNION
                   SELECT COALESCE(message.parent_id, message.id)
                     FROM millwright_retention_hold AS hold
                     JOIN millwright_inbox AS message ON message.id = hold.inbox_id
                    WHERE hold.scope = 'message' AND hold.lifted_at IS NULL
                      AND (message.id IN %(ids)s OR message.parent_id IN %(ids)s)""",
                ids=tuple(ids),
                kept=tuple(self._kept_flows(backend)) or ("",),
                before=SQL("CASE flow %s ELSE %s::timestamp END", ages, default)
                if flows
                else SQL("%s::timestamp", default),
            )
        )
        return {row_id for (row_id,) in self.env.cr.fetchall()}

    @api.model
    def _lock(self, table, ids):
        """Ids of the rows that nobody else works on, locked."""
        if not ids:
            return []
        self.env.cr.execute(
            SQL(
                "SELECT id FROM %s WHERE id IN %s AND state IN ('done', 'ignored') FOR UPDATE SKIP LOCKED",
                SQL.identifier(table),
                tuple(ids),
            )
        )
        return [row_id for (row_id,) in self.env.cr.fetchall()]

    @api.model
    def _empty(self, table, ids):
        """Remove content: what came, what was fetched, the commands, and what an explanation quotes of them."""
        if table == "millwright_outbox":
            self._clear(table, "id", ids, ("fields_text", "last_error", "attempt_log"))
            return
        self.env["millwright.seen"]._remember(ids)
        # A statement for messages and one for commands: for both in one PostgreSQL may read the whole table.
        for column in ("id", "parent_id"):
            self._clear(table, column, ids, CONTENT)

    @api.model
    def _clear(self, table, column, ids, names):
        """Set columns to null in the rows where a column is one of the ids."""
        self.env.cr.execute(
            SQL(
                "UPDATE %s SET %s, payload_purged_at = %s WHERE %s IN %s",
                SQL.identifier(table),
                SQL(", ").join(SQL("%s = NULL", SQL.identifier(name)) for name in names),
                self.env.cr.now(),
                SQL.identifier(column),
                tuple(ids),
            )
        )
        self.env.invalidate_all(flush=False)

    @api.model
    def _delete(self, table, ids):
        """Remove rows; those of commands go with their message, links to them become empty."""
        self.env.cr.execute(SQL("DELETE FROM %s WHERE id IN %s", SQL.identifier(table), tuple(ids)))
        self.env.invalidate_all(flush=False)
