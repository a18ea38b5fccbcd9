import json

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..tools.canonical import canonical
from ..tools.work import Work


class MillwrightConflict(models.Model):
    """Two values of one field, which a person has to choose between.

    While it is open, neither side's value goes to the other. There is one open conflict per backend,
    record and field; what comes later is written into it.
    """

    _name = "millwright.conflict"
    _description = "Conflict"
    _order = "id desc"
    _rec_name = "field"

    backend_id = fields.Many2one(
        "millwright.backend", required=True, readonly=True, index=True, ondelete="restrict"
    )
    plant_id = fields.Many2one("millwright.plant", readonly=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", readonly=True, index=True, ondelete="restrict")
    flow = fields.Char(required=True, readonly=True)
    external_id = fields.Char(string="External id", required=True, readonly=True)
    record_model = fields.Char(string="Model", required=True, readonly=True)
    record_id = fields.Many2oneReference(
        string="Odoo record", model_field="record_model", required=True, readonly=True, aggregator=None
    )
    field = fields.Char(required=True, readonly=True)
    side = fields.Selection(
        [("odoo", "Odoo"), ("cmms", "Maintenance system")], string="System of record", readonly=True
    )
    odoo_value = fields.Text(string="Value in Odoo", readonly=True)
    odoo_at = fields.Datetime(string="Changed in Odoo at", readonly=True)
    odoo_user_id = fields.Many2one(
        "res.users", string="Changed in Odoo by", readonly=True, ondelete="set null"
    )
    cmms_value = fields.Text(string="Value in the maintenance system", readonly=True)
    cmms_at = fields.Datetime(string="Changed there at", readonly=True)
    cmms_author = fields.Char(string="Changed there by", readonly=True)
    cmms_canonical = fields.Text(readonly=True)
    message_id = fields.Many2one(
        "millwright.inbox", readonly=True, index="btree_not_null", ondelete="set null"
    )
    state = fields.Selection(
        [("open", "Open"), ("settled", "Settled")], default="open", required=True, readonly=True, index=True
    )
    taken = fields.Selection([("odoo", "Odoo's"), ("cmms", "The maintenance system's")], readonly=True)
    settled_by_id = fields.Many2one("res.users", string="Settled by", readonly=True, ondelete="set null")
    settled_at = fields.Datetime(string="Settled at", readonly=True)

    _open_uniq = models.UniqueIndex(
        "(backend_id, record_model, record_id, field) WHERE state = 'open'",
        "A field of a record has one open conflict per backend.",
    )

    @api.depends("flow", "external_id", "field")
    def _compute_display_name(self):
        for conflict in self:
            conflict.display_name = f"{conflict.flow}/{conflict.external_id}: {conflict.field}"

    # -- opening --------------------------------------------------------------------------

    @api.model
    def _get_open(self, backend, model, ids):
        """Open conflicts by (record id, field)."""
        domain = [
            ("state", "=", "open"),
            ("backend_id", "=", backend.id),
            ("record_model", "=", model),
            ("record_id", "in", list(ids)),
        ]
        return {(row.record_id, row.field): row for row in self.search(domain)}

    @api.model
    def _open(self, binding, record, field, side, odoo, cmms):
        """Values of a conflict.

        :param odoo: (canonical value, naive UTC datetime, id of the user)
        :param cmms: (canonical value, naive UTC datetime or None, inbox id or None)
        """
        backend = binding.backend_id
        return {
            "backend_id": backend.id,
            "plant_id": binding.plant_id.id,
            "company_id": binding.plant_id.company_id.id,
            "flow": binding._millwright_flow,
            "external_id": binding.external_id,
            "record_model": record._name,
            "record_id": record.id,
            "field": field,
            "side": side,
            "odoo_value": self._get_text(odoo[0]),
            "odoo_at": odoo[1],
            "odoo_user_id": odoo[2],
            "cmms_value": self._get_text(cmms[0]),
            "cmms_canonical": canonical({"value": cmms[0]}),
            "cmms_at": cmms[1] or False,
            "cmms_author": backend.name,
            "message_id": cmms[2] or False,
        }

    @api.model
    def _get_text(self, value):
        if isinstance(value, dict):
            value = value.get("value")
        return "" if value is None else str(value)

    @api.model
    def _store(self, found, vals_list):
        """Write conflicts into the open ones of their fields, or open new ones."""
        created = []
        for vals in vals_list:
            known = found.get((vals["record_id"], vals["field"]))
            if known:
                known.write(vals)
            else:
                created.append(vals)
        self.create(created)

    # -- settling -------------------------------------------------------------------------

    def action_take_odoo(self):
        """Odoo's value counts: it goes out to the maintenance system."""
        for conflict_sudo in self._start_settling():
            state = conflict_sudo._get_remote_state()
            state._force(conflict_sudo.field)
            conflict_sudo._end("odoo")
            conflict_sudo._get_record()._note_outgoing([conflict_sudo.record_id])
        return True

    def action_take_cmms(self):
        """The maintenance system's value counts: it is written here, by the technical user."""
        for conflict_sudo in self._start_settling():
            conflict_sudo._apply_cmms_value()
            conflict_sudo._end("cmms")
        return True

    def _start_settling(self):
        """The conflicts, locked and open. Nobody writes them but these two actions, hence sudo."""
        if not self.env.user.has_group("millwright.group_operator"):
            raise AccessError(self.env._("Only an operator may settle a conflict."))
        self.check_access("read")
        conflicts_sudo = self.sudo()
        conflicts_sudo.lock_for_update()
        if any(conflict.state != "open" for conflict in conflicts_sudo):
            raise UserError(self.env._("One of these conflicts is settled already."))
        return conflicts_sudo

    def _end(self, taken):
        self.write(
            {
                "state": "settled",
                "taken": taken,
                "settled_by_id": self.env.uid,
                "settled_at": fields.Datetime.now(),
            }
        )

    def _get_record(self):
        record = self.env[self.record_model].browse(self.record_id).exists()
        if not record:
            raise UserError(self.env._("The record of conflict %s is deleted.", self.display_name))
        return record

    def _get_remote_state(self):
        states = self.env["millwright.remote.state"]._ensure(
            self.backend_id, self.flow, self.record_model, [self.record_id]
        )
        return states[self.record_id]

    def _apply_cmms_value(self):
        flow = self.env["millwright.outbox"]._get_flow(self.backend_id, self.flow)
        handler = self.backend_id._get_handler(flow["kind"], self.company_id)
        value = json.loads(self.cmms_canonical)["value"]
        with self.env["millwright.outbox"]._receiving():
            (outcome,) = handler._apply([self._build_work(handler.env, flow, value)])
            if outcome.state != "done":
                raise UserError(outcome.message)
            state = self._get_remote_state()
            state._receive({state: ({self.field: value}, False)})

    def _build_work(self, env, flow, value):
        integration = env[flow["model"]].search(
            [("backend_id", "=", self.backend_id.id), ("external_id", "=", self.external_id)]
        )
        name = next(name for name, item in flow["inputs"].items() if item.get("role") == "apply")
        command = {
            "kind": flow["kind"],
            "flow": self.flow,
            "input": name,
            "operation": "upsert",
            "key": self.external_id,
            "version": None,
            "occurred_at": None,
            "fields": {self.field: value},
        }
        return Work(
            inbox_id=self.message_id.id or 0,
            command=command,
            given=command["fields"],
            flow=flow,
            backend=self.backend_id.with_env(env),
            plant=self.plant_id.with_env(env),
            integration=integration,
            event_id=self.message_id.event_id or f"conflict/{self.id}",
        )

    def action_open_record(self):
        """Open the record that the two sides disagree about."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.record_model,
            "res_id": self.record_id,
            "view_mode": "form",
        }
