from datetime import timedelta

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.tools import SQL, mute_logger

from ..const import INCIDENTS_AT_ONCE

DEFAULT_BUDGET_SECONDS = 300
TABLES = {
    "inbox": SQL(
        """SELECT backend_id, flow, code, state, id, received_at AS since, finished_at, last_error
             FROM millwright_inbox
            WHERE state IN ('held', 'dead') AND fanned_out IS NOT TRUE AND COALESCE(wait_kind, '') <> 'row'"""
    ),
    "outbox": SQL(
        """SELECT backend_id, flow, code, state, id, create_date AS since, finished_at, last_error
             FROM millwright_outbox WHERE state IN ('held', 'dead')"""
    ),
}


class MillwrightIncidentSweep(models.Model):
    """Finds causes in both queues by counting, whatever their number of messages.

    What waits behind a held message of its own record is no cause.
    """

    _inherit = "millwright.incident"

    @api.model
    def _sweep(self):
        """Open, count and close incidents; a few queries, and some per incident that opens or closes.

        Another run may open the same at this moment: then it has told, and this one does nothing.
        """
        try:
            with mute_logger("odoo.sql_db"):
                self._reconcile(self._find())
        except UniqueViolation:
            self.env["millwright.inbox"]._undo()

    @api.model
    def _reconcile(self, found):
        """Bring the open incidents to what was found.

        :param found: dict of key to values
        """
        still_open = {incident._get_key(): incident for incident in self.search([("closed_at", "=", False)])}
        self.browse().union(*(row for key, row in still_open.items() if key not in found))._close()
        for key, incident in still_open.items():
            if key in found:
                incident._refresh(found[key])
        news = [values for key, values in found.items() if key not in still_open]
        self._open(news[:INCIDENTS_AT_ONCE])

    def _get_key(self):
        return (self.backend_id.id, self.queue, self.kind, self.flow or "", self.code or "")

    def _refresh(self, values):
        if self.count != values["count"] or self.last_seen_at != values["last_seen_at"]:
            self.write({"count": values["count"], "last_seen_at": values["last_seen_at"]})

    @api.model
    def _find(self):
        """What a person has to know of now: dict of key to values of an incident."""
        found = {}
        now = fields.Datetime.now()
        budgets = self._budgets()
        for queue, table in TABLES.items():
            for backend_id, flow, code, state, *seen, first_id in self._group(table):
                count, oldest, newest, last_end = seen
                late = budgets.get((backend_id, flow), DEFAULT_BUDGET_SECONDS)
                if state == "held" and oldest > now - timedelta(seconds=late):
                    continue
                kind = "dead" if state == "dead" else "overdue"
                found[backend_id, queue, kind, flow or "", code or ""] = {
                    "backend_id": backend_id,
                    "queue": queue,
                    "kind": kind,
                    "flow": flow,
                    "code": code,
                    "count": count,
                    "first_seen_at": oldest,
                    "last_seen_at": max(newest, last_end or newest),
                    "explanation": self.env[f"millwright.{queue}"].browse(first_id).last_error,
                }
        return found

    @api.model
    def _group(self, table):
        """Rows (backend, flow, code, state, count, oldest, newest, last end, first id)."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """SELECT backend_id, flow, code, state, count(*), min(since), max(since), max(finished_at), min(id)
                     FROM (%s) AS message GROUP BY backend_id, flow, code, state""",
                table,
            )
        )
        return self.env.cr.fetchall()

    @api.model
    def _budgets(self):
        """Seconds by backend and flow."""
        budgets = {}
        for backend in self.env["millwright.backend"].search([("contract_id", "!=", False)]):
            for name, flow in backend.contract_id._get_document()["flows"].items():
                budgets[backend.id, name] = flow.get("delay_budget_seconds") or DEFAULT_BUDGET_SECONDS
        return budgets
