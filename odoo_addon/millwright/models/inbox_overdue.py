from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..const import OVERDUE_GROUPS

DEFAULT_BUDGET_SECONDS = 300


class MillwrightInboxOverdue(models.Model):
    """Tells a person once of what is held for longer than its flow's delay budget allows."""

    _inherit = "millwright.inbox"

    overdue_told_at = fields.Datetime(
        string="Told at", readonly=True, help="When a person was told that it waits for too long."
    )
    _untold_idx = models.Index("(backend_id, flow) WHERE state = 'held' AND overdue_told_at IS NULL")

    @api.model
    def _tell_overdue(self):
        """Find what is overdue by incident (backend, flow, what it waits for) and tell of each once.

        What joins an incident later is noted without a word: a person knows of it already.
        Returns 0: it carries out nothing.
        """
        for backend in self.env["millwright.backend"].search([("contract_id", "!=", False)]):
            for flow, budget in self._delay_budgets(backend).items():
                for kind, key in self._overdue_groups(backend, flow, budget):
                    rows = self.search(self._incident_domain(backend, flow, kind, key))
                    known = rows.filtered("overdue_told_at")
                    rows -= known
                    if not known:
                        self._notify_overdue(backend, flow, kind, rows)
                    rows.try_lock_for_update().write({"overdue_told_at": fields.Datetime.now()})
        self._commit()
        return 0

    @api.model
    def _delay_budgets(self, backend):
        """Seconds by flow."""
        flows = backend.contract_id._get_document()["flows"]
        return {
            name: flow.get("delay_budget_seconds") or DEFAULT_BUDGET_SECONDS for name, flow in flows.items()
        }

    @api.model
    def _overdue_groups(self, backend, flow, seconds):
        """(wait kind, wait key) of held rows that nobody was told of, over the budget; the first ones."""
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """SELECT DISTINCT wait_kind, wait_key FROM millwright_inbox
                    WHERE state = 'held' AND overdue_told_at IS NULL AND fanned_out IS NOT TRUE
                      AND COALESCE(wait_kind, '') <> 'row'
                      AND backend_id = %s AND flow = %s AND received_at < %s
                    LIMIT %s""",
                backend.id,
                flow,
                fields.Datetime.now() - timedelta(seconds=seconds),
                OVERDUE_GROUPS,
            )
        )
        return self.env.cr.fetchall()

    @api.model
    def _incident_domain(self, backend, flow, kind, key):
        return [
            ("state", "=", "held"),
            ("fanned_out", "!=", True),
            ("backend_id", "=", backend.id),
            ("flow", "=", flow),
            ("wait_kind", "=", kind or False),
            ("wait_key", "=", key or False),
        ]

    @api.model
    def _notify_overdue(self, backend, flow, kind, rows):
        """Tell a person of one incident: an activity on the backend. Override it for other ways.

        :param backend: `millwright.backend`
        :param str flow: name of the flow
        :param str kind: what the rows wait for, or None
        :param rows: the held rows of the incident, at least one
        """
        backend.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._("%(count)s held: %(flow)s", count=len(rows), flow=flow),
            note=rows[:1].last_error,
            user_id=backend._get_responsible().id,
        )

    @api.model
    def _state_values(self, state, values):
        result = super()._state_values(state, values)
        if state in ("done", "ignored", "dead"):
            result["overdue_told_at"] = False
        return result
