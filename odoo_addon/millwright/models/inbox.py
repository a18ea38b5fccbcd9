from odoo import api, fields, models
from odoo.tools import SQL

from ..const import OPEN_STATES, RAW_GROUPS, STATES

# Queue fields of an integration row, which its messages decide.
PROJECTED = (
    "state",
    "lane",
    "attempts",
    "next_attempt_at",
    "last_error",
    "last_message_id",
    "in_shadow",
)


class MillwrightInbox(models.Model):
    """Messages accepted from a maintenance system, and the commands they mean.

    A message that maps to one command carries it itself; one that maps to several has a child
    row per command and projects their states. `_set_state` is the only gate between states.
    """

    _name = "millwright.inbox"
    _inherit = ["millwright.queue.mixin"]
    _description = "Inbox message"
    _order = "id desc"
    _rec_name = "event_id"

    # What arrived
    backend_id = fields.Many2one(  # the constraint of events has it first
        "millwright.backend", required=True, readonly=True, ondelete="restrict"
    )
    event_id = fields.Char("Event id", required=True, readonly=True)
    # Neither is indexed by itself: people look for a part of them, which no such index finds.
    event = fields.Char(required=True, readonly=True)
    subject = fields.Char(readonly=True)
    event_time = fields.Datetime(string="Event time", readonly=True)
    received_at = fields.Datetime(string="Received at", readonly=True)
    sequence = fields.Char(readonly=True)
    traceparent = fields.Char(readonly=True)
    sent_contract_hash = fields.Char(string="Contract of the sidecar", readonly=True)
    payload = fields.Text(readonly=True, prefetch=False, groups=RAW_GROUPS)
    fetched = fields.Text(readonly=True, prefetch=False, groups=RAW_GROUPS)
    payload_purged_at = fields.Datetime(
        string="Payload purged at",
        readonly=True,
        help="When its content was removed, as its flow's retention says.",
    )
    parent_id = fields.Many2one(
        "millwright.inbox", string="Message", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    child_ids = fields.One2many("millwright.inbox", "parent_id", string="Commands", readonly=True)
    fanned_out = fields.Boolean(
        string="Fanned out", readonly=True, help="Has a row per command; is never claimed itself."
    )

    conflicts = fields.Integer(
        readonly=True, aggregator=None, help="Tries that met another transaction; they are no attempts."
    )

    # Who works on it
    runner = fields.Integer(readonly=True, aggregator=None)
    claim_token = fields.Char(string="Claim token", readonly=True)

    # What it means
    flow = fields.Char(readonly=True, index=True)
    kind = fields.Char(readonly=True)
    operation = fields.Char(readonly=True)
    command = fields.Text(readonly=True, prefetch=False, groups=RAW_GROUPS)
    command_key = fields.Char(string="Record", readonly=True)
    version = fields.Char(readonly=True)
    occurred_at = fields.Datetime(string="Happened at", readonly=True)
    ordering_key = fields.Char(string="Ordering key", readonly=True)
    group_key = fields.Char(string="Group key", readonly=True)
    shard_key = fields.Char(string="Shard key", readonly=True)
    shard = fields.Integer(default=0, readonly=True, aggregator=None)
    barrier = fields.Boolean(readonly=True, help="Waits for all earlier commands of its group.")
    blocks = fields.Boolean(
        string="Blocks when dead",
        readonly=True,
        help="As a dead letter it keeps the later commands of its key waiting until a person decides.",
    )
    plant_id = fields.Many2one("millwright.plant", readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", readonly=True, ondelete="restrict")  # finds nearly all rows
    contract_hash = fields.Char(
        string="Contract hash", readonly=True, help="The contract that the command was planned under."
    )
    route_epoch = fields.Integer(string="Route epoch", readonly=True, aggregator=None)
    released_epoch = fields.Integer(
        string="Released under epoch",
        readonly=True,
        aggregator=None,
        help="A person let it go on a manual route; it counts for this epoch of the route alone.",
    )
    posting_plan = fields.Text(string="Posting plan", readonly=True, prefetch=False, groups=RAW_GROUPS)
    posting_plan_hash = fields.Char(
        string="Hash of the posting plan",
        readonly=True,
        help="Of two runs with the same hash each creates and changes the same, field by field.",
    )

    # What it made
    integration_model = fields.Char(string="Integration model", readonly=True)
    integration_id = fields.Many2oneReference(
        string="Integration row", model_field="integration_model", readonly=True, aggregator=None
    )
    document_model = fields.Char(readonly=True)
    document_id = fields.Many2oneReference(model_field="document_model", readonly=True, aggregator=None)

    _event_uniq = models.Constraint("UNIQUE (backend_id, event_id)", "This event was stored before.")
    _due_idx = models.Index(
        "(lane_rank, id, shard) WHERE state = 'pending' AND command IS NOT NULL AND fanned_out IS NOT TRUE"
    )
    # What a claim reads in order, so that it stops at the size of a batch however long the backlog is.
    _fresh_idx = models.Index(
        "(lane_rank, COALESCE(parent_id, id), id) WHERE state = 'pending' AND command IS NULL AND fanned_out IS NOT TRUE"
    )
    _suspect_idx = models.Index(
        "(lane_rank, id) WHERE state = 'pending' AND attempts > 0 AND fanned_out IS NOT TRUE"
    )
    _later_idx = models.Index("(next_attempt_at) WHERE state = 'pending' AND next_attempt_at IS NOT NULL")
    _unplanned_idx = models.Index(
        "(backend_id, subject, COALESCE(parent_id, id), id) WHERE command IS NULL AND fanned_out IS NOT TRUE AND state IN ('pending', 'processing')"
    )
    # The two indexes of open rows say that their key is there, so that a search by one key can only
    # use its own: PostgreSQL takes any that fits when it believes that nothing is open.
    _ordering_idx = models.Index(
        "(backend_id, ordering_key, COALESCE(parent_id, id), id) WHERE state IN ('pending', 'processing', 'held') AND ordering_key IS NOT NULL"
    )
    _group_idx = models.Index(
        "(backend_id, group_key, COALESCE(parent_id, id), id) WHERE state IN ('pending', 'processing', 'held') AND group_key IS NOT NULL"
    )
    _blocking_idx = models.Index(
        "(backend_id, ordering_key, COALESCE(parent_id, id), id) WHERE state = 'dead' AND blocks"
    )
    _blocking_group_idx = models.Index(
        "(backend_id, group_key, COALESCE(parent_id, id), id) WHERE state = 'dead' AND blocks"
    )
    _stopped_idx = models.Index("(state, backend_id) WHERE state IN ('held', 'dead')")
    _processing_idx = models.Index("(runner) WHERE state = 'processing'")
    _shadowed_idx = models.Index("(backend_id, flow, plant_id) WHERE state = 'ignored' AND code = 'shadow'")
    _waiting_idx = models.Index("(wait_kind, backend_id, wait_key) WHERE state = 'held'")
    # What a purge looks for, from the oldest: content that is there, and rows whose content is gone.
    _content_idx = models.Index(
        "(backend_id, flow, finished_at, id) "
        "WHERE parent_id IS NULL AND state IN ('done', 'ignored') AND payload_purged_at IS NULL"
    )
    # The overview looks at what ended within a day.
    _finished_idx = models.Index(
        "(finished_at) WHERE state IN ('done', 'ignored') AND fanned_out IS NOT TRUE"
    )
    _emptied_idx = models.Index(
        "(backend_id, flow, finished_at, id) "
        "WHERE parent_id IS NULL AND state IN ('done', 'ignored') AND payload_purged_at IS NOT NULL"
    )
    _integration_idx = models.Index("(integration_model, integration_id) WHERE integration_id IS NOT NULL")

    @api.depends("event", "subject", "flow")
    def _compute_display_name(self):
        for row in self:
            name = f"{row.event} {row.subject or ''}".strip()
            row.display_name = f"{name} [{row.flow}]" if row.flow else name

    # -- the gate -------------------------------------------------------------------------

    @api.model
    def _get_claim_values(self):
        return {"claim_token": False, "runner": 0, "conflicts": 0}

    def _project(self):
        """Carry the state on to the parents and to the integration rows."""
        self.parent_id._project_children()
        self.flush_model()
        for model, rows in self.filtered("integration_id").grouped("integration_model").items():
            rows._project_queue_fields(model)

    def _project_children(self):
        ranks = ["dead", "held", "processing", "pending", "done", "ignored"]
        for parent in self:
            states = parent.child_ids.mapped("state")
            worst = min(states, key=ranks.index)
            first = parent.child_ids.filtered(lambda row, state=worst: row.state == state)[:1]
            parent.write(
                {
                    "state": worst,
                    "code": first.code,
                    "last_error": first.last_error,
                    "finished_at": first.finished_at,
                }
            )

    def _project_queue_fields(self, model):
        """Queue fields of the integration rows: those of the worst message, else of the newest."""
        ids = list(set(self.mapped("integration_id")))
        integration = self.env[model].browse(ids)
        integration.flush_recordset()
        self.env.cr.execute(
            SQL(
                """
                UPDATE %(table)s AS target SET %(columns)s
                  FROM (SELECT DISTINCT ON (integration_id)
                               id AS last_message_id, integration_id, state, lane, attempts, next_attempt_at,
                               CASE WHEN state NOT IN ('done', 'ignored')
                                    THEN left(last_error, 500) END AS last_error,
                               state = 'ignored' AND code IS NOT DISTINCT FROM 'shadow' AS in_shadow
                          FROM millwright_inbox
                         WHERE integration_model = %(model)s AND integration_id IN %(ids)s
                      ORDER BY integration_id,
                               array_position(ARRAY['dead', 'held', 'processing', 'pending', 'done'],
                                              state::text) NULLS LAST,
                               id DESC) AS message
                 WHERE target.id = message.integration_id AND (%(present)s) IS DISTINCT FROM (%(wanted)s)
                """,
                table=SQL.identifier(integration._table),
                columns=SQL(", ").join(
                    SQL("%s = %s", SQL.identifier(name), SQL.identifier("message", name))
                    for name in PROJECTED
                ),
                present=SQL(", ").join(SQL.identifier("target", name) for name in PROJECTED),
                wanted=SQL(", ").join(SQL.identifier("message", name) for name in PROJECTED),
                model=model,
                ids=tuple(ids),
            )
        )
        integration.invalidate_recordset(PROJECTED, flush=False)

    # -- helpers --------------------------------------------------------------------------

    @api.model
    def _checkpoint(self, name, rows=None):
        """A named point of processing, for fault tests; does nothing.

        Points: `storing`, `released`, `claimed`, `planned`, `begun`, `effect`, `committed`,
        `giving_back`, `failing`, `failed`, `taking_back`.
        """

    @api.model
    def queue_summary(self):
        """Counts by state of messages (not of their commands), and what is still open.

        :return: dict of state to count, with `commands`: the same of commands, `open`: commands
            that wait for their turn, `due`: those that could run now
        """
        self.check_access("read")
        messages = dict(self._read_group([("parent_id", "=", False)], ["state"], ["__count"]))
        commands = dict(self._read_group([("child_ids", "=", False)], ["state"], ["__count"]))
        return {
            **{state: messages.get(state, 0) for state, _label in STATES},
            "commands": {state: commands.get(state, 0) for state, _label in STATES},
            "open": sum(commands.get(state, 0) for state in OPEN_STATES if state != "held"),
        }
