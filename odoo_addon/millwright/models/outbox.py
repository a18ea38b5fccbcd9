import json

from odoo import api, fields, models

from ..const import RAW_GROUPS


class MillwrightOutbox(models.Model):
    """Changes that go out to a maintenance system, written with the change that caused them.

    A row is leased (`processing`), delivered by the sidecar and settled. `_settle` is the only gate
    between states; a snapshot of a record coalesces in its row until that is leased for the first time.
    """

    _name = "millwright.outbox"
    _inherit = ["millwright.queue.mixin"]
    _description = "Outbox message"
    _order = "id desc"
    _rec_name = "ordering_key"

    backend_id = fields.Many2one(
        "millwright.backend", required=True, readonly=True, index=True, ondelete="restrict"
    )
    idempotency_key = fields.Char(string="Idempotency key", required=True, readonly=True)
    flow = fields.Char(required=True, readonly=True, index=True)
    kind = fields.Char(required=True, readonly=True)
    operation = fields.Selection(
        [("create", "Create"), ("update", "Update"), ("delete", "Delete")], required=True, readonly=True
    )
    ordering_key = fields.Char(string="Ordering key", required=True, readonly=True)
    record_model = fields.Char(string="Model", required=True, readonly=True)
    record_id = fields.Many2oneReference(
        string="Odoo record", model_field="record_model", required=True, readonly=True, aggregator=None
    )
    external_id = fields.Char(string="External id", readonly=True)
    reference = fields.Char(required=True, readonly=True, help="Our own key of the record.")
    version = fields.Char(readonly=True)
    occurred_at = fields.Datetime(string="Happened at", readonly=True)
    author_id = fields.Many2one("res.users", string="Changed by", readonly=True, ondelete="set null")
    payload_purged_at = fields.Datetime(
        string="Content purged at",
        readonly=True,
        help="When its content was removed, as its flow's retention says.",
    )
    fields_text = fields.Text(string="Canonical fields", readonly=True, prefetch=False, groups=RAW_GROUPS)
    changed = fields.Char(string="Changed fields", readonly=True)
    contract_hash = fields.Char(string="Contract hash", readonly=True)
    route_epoch = fields.Integer(string="Route epoch", readonly=True, aggregator=None)
    plant_id = fields.Many2one("millwright.plant", readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", readonly=True, index=True, ondelete="restrict")
    lease_token = fields.Char(string="Lease token", readonly=True)
    last_token = fields.Char(
        string="Token of the last lease", readonly=True, help="A result that is sent again is known by it."
    )
    leased_until = fields.Datetime(string="Leased until", readonly=True)
    leased_at = fields.Datetime(
        string="Last leased at", readonly=True, help="Once leased, a row is never changed by newer snapshots."
    )
    doubt = fields.Boolean(
        readonly=True, help="A lease ended without a word: the other side may have it already."
    )
    remote_version = fields.Char(string="Version there", readonly=True)

    _key_uniq = models.Constraint("UNIQUE (idempotency_key)", "An idempotency key is used once.")
    _coalesce_uniq = models.UniqueIndex(
        "(backend_id, flow, record_model, record_id) "
        "WHERE state IN ('pending', 'held') AND leased_at IS NULL AND operation <> 'delete'"
    )
    _due_idx = models.Index("(backend_id, lane_rank, id) WHERE state = 'pending'")
    _ordering_idx = models.Index(
        "(backend_id, ordering_key, id) WHERE state IN ('pending', 'processing', 'held')"
    )
    _expiry_idx = models.Index("(leased_until) WHERE state = 'processing'")
    _stopped_idx = models.Index("(state, backend_id) WHERE state IN ('held', 'dead')")
    _content_idx = models.Index(
        "(backend_id, flow, finished_at, id) WHERE state IN ('done', 'ignored') AND payload_purged_at IS NULL"
    )
    _finished_idx = models.Index("(finished_at) WHERE state IN ('done', 'ignored')")
    _emptied_idx = models.Index(
        "(backend_id, flow, finished_at, id) WHERE state IN ('done', 'ignored') AND payload_purged_at IS NOT NULL"
    )
    _record_idx = models.Index("(record_model, record_id)")

    @api.depends("flow", "operation", "external_id", "record_id")
    def _compute_display_name(self):
        for row in self:
            row.display_name = f"{row.operation} {row.flow}/{row.external_id or f'#{row.record_id}'}"

    @api.model
    def _get_claim_values(self):
        return {"lease_token": False, "leased_until": False}

    def _act(self, origins, target, **values):
        """What was leased before and goes on may be on the other side already: its count starts anew, the doubt stays."""
        result = super()._act(origins, target, **values)
        if target == "pending":
            self.sudo().filtered(lambda row: row.state == target and row.leased_at).write({"doubt": True})
        return result

    def _get_fields(self):
        """The canonical fields of the message."""
        return json.loads(self.fields_text or "{}")

    def _get_changed(self):
        """Names of the fields that changed, or None for all."""
        return json.loads(self.changed) if self.changed else None

    @api.model
    def _get_flow(self, backend, flow):
        """A flow of the backend's running contract, or an empty dict."""
        contract = backend.contract_id
        return contract._get_document()["flows"].get(flow, {}) if contract else {}
