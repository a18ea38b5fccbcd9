import json
import uuid

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.canonical import canonical
from ..tools.outgoing import merge_known
from .write_each import write_each


class MillwrightRemoteState(models.Model):
    """What a backend is known to have of a record: our own key there, and the fields last sent or received.

    A change goes out when it differs from this, not because something was written: so nothing that
    came from the other side goes back to it, and a change of another rule in the same transaction does.
    """

    _name = "millwright.remote.state"
    _description = "What a backend has of a record"
    _rec_name = "reference"

    backend_id = fields.Many2one(
        "millwright.backend", required=True, readonly=True, index=True, ondelete="cascade"
    )
    flow = fields.Char(required=True, readonly=True)
    record_model = fields.Char(string="Model", required=True, readonly=True)
    record_id = fields.Many2oneReference(
        string="Odoo record", model_field="record_model", required=True, readonly=True, aggregator=None
    )
    reference = fields.Char(
        required=True, readonly=True, help="Our own key of the record, the same for as long as it exists."
    )
    known = fields.Text(readonly=True, help="Fields as they were last sent or received.")
    sent = fields.Text(readonly=True, help="Fields as they were last sent, until something else comes in.")
    noted = fields.Text(readonly=True, help="Changes of fields of the other side that are recorded already.")
    forced = fields.Text(
        readonly=True, help="Fields that a person decided to send, whoever decides them else."
    )
    remote_version = fields.Char(string="Version there", readonly=True)
    is_gone = fields.Boolean(string="Deleted there", readonly=True)

    _record_uniq = models.Constraint(
        "UNIQUE (backend_id, flow, record_model, record_id)", "A record has one state per flow and backend."
    )
    _reference_uniq = models.Constraint("UNIQUE (backend_id, reference)", "Our key is unique per backend.")

    @api.model
    def _ensure(self, backend, flow, model, ids):
        """States by record id; missing ones are made, with a random key each.

        Two transactions that make the same one conflict, and Odoo tries the second again.
        """
        ids = list(ids)
        if not ids:
            return {}
        domain = [("backend_id", "=", backend.id), ("flow", "=", flow), ("record_model", "=", model)]
        found = {row.record_id: row for row in self.search([*domain, ("record_id", "in", ids)])}
        missing = [record_id for record_id in ids if record_id not in found]
        if missing:
            rows = SQL(", ").join(
                SQL("(%s, %s, %s, %s, %s)", backend.id, flow, model, record_id, uuid.uuid4().hex)
                for record_id in missing
            )
            self.env.cr.execute(
                SQL(
                    """INSERT INTO millwright_remote_state
                              (backend_id, flow, record_model, record_id, reference)
                       VALUES %s ON CONFLICT DO NOTHING""",
                    rows,
                )
            )
            made = self.search([*domain, ("record_id", "in", missing)])
            found.update({row.record_id: row for row in made})
        return found

    def _get_known(self):
        return json.loads(self.known or "{}")

    def _get_forced(self):
        return json.loads(self.forced or "[]")

    def _force(self, name):
        """Send a field of the other side's once: a person took Odoo's value."""
        self.forced = json.dumps(sorted({*self._get_forced(), name}))

    def _note(self, values):
        """Remember changes of the other side's fields as recorded."""
        self.noted = canonical({**json.loads(self.noted or "{}"), **values})

    @api.model
    def _receive(self, received):
        """Note what came in of records: the other side has these fields now.

        :param received: by state (its fields, whether the record is gone there)
        """
        vals_list = [state._get_received(*what) for state, what in received.items()]
        write_each(self.browse(state.id for state in received), vals_list)

    def _get_received(self, given, is_gone):
        values = {"is_gone": is_gone, "sent": False}
        if given:
            noted = json.loads(self.noted or "{}")
            kept = {name: value for name, value in noted.items() if name not in given}
            values.update(
                known=merge_known(self._get_known(), given), noted=json.dumps(kept) if kept else False
            )
        return values

    def _confirm(self, sent, remote_version):
        """Note what the other side took."""
        values = {"known": merge_known(self._get_known(), sent), "sent": merge_known({}, sent)}
        forced = [name for name in self._get_forced() if name not in sent]
        values["forced"] = json.dumps(forced) if forced else False
        if remote_version:
            values["remote_version"] = remote_version
        self.write({**values, "is_gone": False})
