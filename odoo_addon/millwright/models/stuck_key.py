from odoo import fields, models
from odoo.tools import SQL

from ..const import STATES

COLUMNS = (
    "backend_id", "flow", "ordering_key", "command_key", "plant_id", "company_id", "state", "code",
    "last_error", "attempts", "next_attempt_at",
)  # fmt: skip


class MillwrightStuckKey(models.Model):
    """A row per ordering key whose first command cannot go on: held, tried again, or a dead letter
    that blocks. A query over the inbox: each part of it has a partial index, and what waits behind
    is counted only for the rows that are shown.
    """

    _name = "millwright.stuck.key"
    _description = "Stuck key"
    _auto = False
    _order = "since, id"
    _rec_name = "ordering_key"
    _depends = {"millwright.inbox": [*COLUMNS, "stopped_at", "received_at", "group_key", "barrier", "blocks"]}

    message_id = fields.Many2one("millwright.inbox", string="Message in front", readonly=True)
    backend_id = fields.Many2one("millwright.backend", readonly=True)
    flow = fields.Char(readonly=True)
    ordering_key = fields.Char(string="Ordering key", readonly=True)
    command_key = fields.Char(string="Record", readonly=True)
    plant_id = fields.Many2one("millwright.plant", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    since = fields.Datetime(string="Stuck since", readonly=True)
    state = fields.Selection(STATES, readonly=True)
    code = fields.Char(string="Reason", readonly=True)
    last_error = fields.Text(string="Explanation", readonly=True)
    attempts = fields.Integer(readonly=True, aggregator=None)
    next_attempt_at = fields.Datetime(string="Next attempt at", readonly=True)
    waiting_count = fields.Integer(string="Wait behind it", readonly=True)

    @property
    def _table_query(self):
        """Held rows that stand behind another one are not in front; what is tried again is told apart
        from what is new by its next attempt, which has an index.
        """
        inbox = self.env["millwright.inbox"]
        stops = (
            "blocker.state = 'held' AND COALESCE(blocker.wait_kind, '') <> 'row'",
            "blocker.state = 'dead' AND blocker.blocks",
            "blocker.state = 'pending' AND blocker.next_attempt_at IS NOT NULL AND blocker.command IS NOT NULL",
        )
        columns = SQL(", ").join(SQL.identifier("blocker", name) for name in COLUMNS)
        return SQL(" UNION ALL ").join(
            SQL(
                """SELECT blocker.id, blocker.id AS message_id, %(columns)s,
                          COALESCE(blocker.stopped_at, blocker.received_at) AS since,
                          %(waiting)s AS waiting_count
                     FROM millwright_inbox AS blocker
                    WHERE %(stop)s AND blocker.ordering_key IS NOT NULL
                      AND blocker.fanned_out IS NOT TRUE AND NOT %(behind)s""",
                columns=columns,
                waiting=self._count_waiting(inbox),
                stop=SQL(stop),
                behind=self._is_behind(inbox),
            )
            for stop in stops
        )

    def _is_behind(self, inbox):
        """SQL: whether something of the blocker's own key stands before it."""
        return SQL(
            "(%s)",
            SQL(" OR ").join(
                SQL(
                    """EXISTS (SELECT 1 FROM millwright_inbox AS earlier
                            WHERE earlier.backend_id = blocker.backend_id AND %s < %s
                              AND earlier.ordering_key = blocker.ordering_key AND %s OFFSET 0)""",
                    inbox._place("earlier"),
                    inbox._place("blocker"),
                    SQL(stop),
                )
                for stop in (
                    "earlier.state IN ('pending', 'processing', 'held')",
                    "earlier.state = 'dead' AND earlier.blocks",
                )
            ),
        )

    def _count_waiting(self, inbox):
        """SQL: how many open commands have to let the blocker pass, a count per index."""
        return SQL(
            "(%s)",
            SQL(" + ").join(
                SQL(
                    """(SELECT count(*) FROM millwright_inbox AS follower
                     WHERE follower.backend_id = blocker.backend_id AND %s > %s
                       AND follower.state IN ('pending', 'processing', 'held') AND %s AND %s)""",
                    inbox._place("follower"),
                    inbox._place("blocker"),
                    SQL(key),
                    inbox._waits_behind("follower", "blocker"),
                )
                for key in (
                    "follower.ordering_key = blocker.ordering_key",
                    """follower.group_key = blocker.group_key AND follower.barrier
                   AND follower.ordering_key IS DISTINCT FROM blocker.ordering_key""",
                )
            ),
        )

    def action_open_blocker(self):
        """Open the message that stands in front."""
        self.ensure_one()
        return self.message_id._open_form(self.message_id)

    def action_open_behind(self):
        """Open the commands that wait behind it."""
        self.ensure_one()
        return self.message_id.action_open_behind()
