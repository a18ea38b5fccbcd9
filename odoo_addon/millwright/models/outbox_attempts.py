import json

from odoo import fields

from ..tools.canonical import canonical
from ..tools.outgoing import equals


class Attempts:
    """Changes in Odoo of fields that the other side decides: collected per flow, recorded in one go.

    Each is recorded once: an audit row, or a conflict where the spec says `review`.
    """

    def __init__(self, outbox, context, bindings, conflicts):
        self.outbox = outbox
        self.backend, self.flow, self.exporter, self.author = context
        self.bindings = bindings
        self.conflicts = conflicts
        self.audits = []
        self.reviews = []

    def add(self, record, state, rules, given, names):
        """Note the fields of a record that differ from what the other side has."""
        noted, known = json.loads(state.noted or "{}"), state._get_known()
        fresh = [name for name in sorted(names) if name not in noted or not equals(given[name], noted[name])]
        if not fresh:
            return
        state._note({name: given[name] for name in fresh})
        plain = {name: [known[name], given[name]] for name in fresh if not rules[name].review}
        if plain:
            self.audits.append(self._get_audit(record, plain))
        binding = self.bindings[record.id]
        for name in fresh:
            if rules[name].review:
                here = (given[name], fields.Datetime.now(), self.author)
                there = (known[name], binding.occurred_at, None)
                conflict = self.outbox.env["millwright.conflict"]
                self.reviews.append(conflict._open(binding, record, name, "cmms", here, there))

    def follow(self, record, given, rules, names):
        """Write Odoo's newer value of its own field into the conflict that is open about it."""
        conflict_model = self.outbox.env["millwright.conflict"]
        for name in names:
            conflict = self.conflicts.get((record.id, name))
            text = conflict_model._get_text(given[name])
            if conflict and rules[name].side == "odoo" and conflict.odoo_value != text:
                now = fields.Datetime.now()
                conflict.write({"odoo_value": text, "odoo_at": now, "odoo_user_id": self.author})

    def store(self):
        """Write what was collected."""
        self.outbox.env["millwright.audit"]._append(self.audits)
        self.outbox.env["millwright.conflict"]._store(self.conflicts, self.reviews)

    def _get_audit(self, record, detail):
        binding = self.bindings[record.id]
        return {
            "user_ref": self.author,
            "user_login": self.outbox.env["res.users"].browse(self.author).login,
            "backend_code": self.backend.code,
            "plant_code": binding.plant_id.code,
            "company_ref": binding.plant_id.company_id.id,
            "flow": self.flow,
            "operation": "not_sent",
            "contract_hash": self.backend.contract_id.hash,
            "record_model": record._name,
            "record_ref": record.id,
            "detail": canonical({"kept": detail}),
        }
