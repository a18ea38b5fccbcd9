import random
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import BACKOFF_BASE_SECONDS, BACKOFF_CAP_SECONDS, LANES, STATES, TRANSITIONS
from .write_each import write_each


class MillwrightQueueMixin(models.AbstractModel):
    """A table of messages with one state machine and one gate: what inbox and outbox share."""

    _name = "millwright.queue.mixin"
    _description = "Messages with a state"

    state = fields.Selection(STATES, default="pending", required=True, readonly=True)
    lane = fields.Selection(LANES, default="standard", required=True, readonly=True)
    lane_rank = fields.Integer(string="Lane rank", readonly=True, aggregator=None)
    attempts = fields.Integer(readonly=True, aggregator=None)
    next_attempt_at = fields.Datetime(string="Next attempt at", readonly=True)
    code = fields.Char(string="Reason", readonly=True)
    last_error = fields.Text(string="Explanation", readonly=True)
    wait_kind = fields.Char(string="Waits for", readonly=True)
    wait_key = fields.Char(string="Waits for key", readonly=True)
    finished_at = fields.Datetime(string="Finished at", readonly=True)

    # -- the gate -------------------------------------------------------------------------

    def _set_state(self, state, **values):
        """Move all rows to one state: `_settle` for a single change."""
        self._settle([(self, state, values)])

    @api.model
    def _settle(self, changes):
        """Move rows between states; the only place that does.

        A row that is there already stays as it is: repeats are harmless. Rows must be locked by
        the caller or be new in this transaction.

        :param changes: list of (rows, state, values that change along with it); each row in one only
        :raises UserError: for a move that is not allowed
        """
        moves = {}
        for rows, state, values in changes:
            rows = rows.filtered(lambda row, state=state: row.state != state)
            rows._check_transition(state)
            written = self._state_values(state, values)
            for row_id in rows.ids:
                if row_id in moves:
                    raise ValueError(f"Message {row_id} is to move twice.")
                moves[row_id] = written
        if moves:
            write_each(changes[0][0].browse(moves), list(moves.values()))
        self.browse(moves)._project()

    def _check_transition(self, state):
        for row in self:
            if state not in TRANSITIONS[row.state]:
                raise UserError(
                    self.env._(
                        "Message %(name)s is %(origin)s and cannot become %(target)s.",
                        name=row.display_name,
                        origin=row.state,
                        target=state,
                    )
                )

    @api.model
    def _state_values(self, state, values):
        """What is written with a state; a claim ends with it."""
        result = {"state": state, **self._get_claim_values(), **values}
        if state != "held":
            result.update(wait_kind=False, wait_key=False)
        if state in ("done", "ignored", "dead"):
            result.update(finished_at=fields.Datetime.now(), next_attempt_at=False)
        if state == "done":
            result = {"code": False, "last_error": False, **result}
        return result

    @api.model
    def _get_claim_values(self):
        """Columns that say who works on a row, as they are when nobody does."""
        raise NotImplementedError

    def _project(self):
        """Carry the state on to what shows it."""

    # -- helpers --------------------------------------------------------------------------

    @api.model
    def _backoff_seconds(self, attempts):
        """Seconds until the next attempt: doubling, capped, with jitter of a quarter."""
        delay = min(BACKOFF_BASE_SECONDS * 2 ** max(attempts - 1, 0), BACKOFF_CAP_SECONDS)
        return delay * random.uniform(0.75, 1.25)

    @api.model
    def _next_attempt_at(self, seconds):
        return fields.Datetime.now() + timedelta(seconds=seconds)

    @api.model
    def _int_param(self, name, default):
        return int(self.env["ir.config_parameter"].sudo().get_param(name) or default)

    @api.model
    def _wake(self, at=None):
        """Let the runner start after this transaction has been committed, or at a time.

        Whoever creates something that a message may wait for calls this: the trigger is part of
        the same transaction, so that the runner sees the new record or is never woken.
        """
        self.env.ref("millwright.cron_runner").sudo()._trigger(at)
