import uuid
from contextlib import contextmanager
from datetime import UTC, datetime

from odoo import api, models

from ..const import LANES, PERSON_HOLD
from ..tools.canonical import canonical, instant_text
from ..tools.outgoing import equals, is_written
from .outbox_attempts import Attempts

LANE_NAMES = [lane for lane, _label in LANES]
RECEIVING = "millwright.receiving"
OPEN_UNSENT = [("state", "in", ("pending", "held")), ("leased_at", "=", False)]


class MillwrightOutboxIntake(models.Model):
    """From records that were touched to outbox rows, in the transaction that touched them."""

    _inherit = "millwright.outbox"

    @api.model
    def _write_noted(self, notes, author):
        """Write the rows of all noted records: a fixed number of queries per backend and flow.

        :param notes: ids by model
        :param author: id of the user whose transaction it is
        """
        self = self.with_env(self.env(context={}, su=True))
        if RECEIVING in self.env.cr.cache:
            for model, ids in notes.items():
                self.env.cr.cache[RECEIVING].setdefault(model, {}).update(dict.fromkeys(ids))
            return
        for model, ids in notes.items():
            records = self.env[model].browse(ids).exists()
            for exporter in self.env["millwright.exporter"]._get_exporters(model):
                for backend, flow in self._get_outgoing(exporter._millwright_kind):
                    self._write_flow(backend, flow, exporter, records, author)

    @api.model
    @contextmanager
    def _receiving(self):
        """While something of the other side is carried out: what changes is compared when all of it is noted.

        A savepoint inside would compare too early, and take what just came in for a change of ours.
        """
        cache = self.env.cr.cache
        notes = cache[RECEIVING] = {}
        try:
            yield
            self.env.cr.flush()
        finally:
            del cache[RECEIVING]
        for model, ids in notes.items():
            self.env[model]._note_outgoing(ids)

    @api.model
    def _get_outgoing(self, kind):
        """(backend, name of the flow) of all flows of a kind that go out."""
        found = []
        for backend in self.env["millwright.backend"].search([("contract_id", "!=", False)], order="id"):
            document = backend.contract_id._get_document()
            found += [
                (backend, name)
                for name, flow in document["flows"].items()
                if flow["kind"] == kind and backend.contract_id._get_outgoing_fields(name) is not None
            ]
        return found

    @api.model
    def _write_flow(self, backend, name, exporter, records, author):
        flow = self._get_flow(backend, name)
        companies = backend.plant_ids.company_id
        records = records.filtered(lambda record: not record.company_id or record.company_id in companies)
        if not records:
            return
        bindings = self._get_bindings(backend, flow, records)
        states = self.env["millwright.remote.state"]._ensure(backend, name, records._name, records.ids)
        waiting = self._get_waiting(backend, name, records)
        plants = self._get_plants(backend, exporter, records, bindings)
        context = (backend, name, exporter, author)
        lookup = exporter._get_lookup(records, backend)
        conflicts = self.env["millwright.conflict"]._get_open(backend, records._name, records.ids)
        attempts = Attempts(self, context, bindings, conflicts)
        created, changes = [], []
        for record in self._as_known_there(backend, records):
            binding, row = bindings.get(record.id), waiting.get(record.id)
            values = self._get_message(context, record, binding, states[record.id], row, lookup, attempts)
            if values is None:
                continue
            state, verdict = self._get_verdict(backend, name, plants[record.id], values.pop("unbound", None))
            if row and row.state == "held" and row.code == PERSON_HOLD:  # a newer snapshot decides nothing
                state, verdict = "held", {}
            values.update(verdict, route_epoch=self._get_epoch(backend, name, plants[record.id]))
            values.update(plant_id=plants[record.id].id, company_id=plants[record.id].company_id.id)
            if row:
                row.write(values)
                changes.append((row, state, verdict))
            else:
                created.append(
                    {**self._get_identity(context, record, states[record.id]), **values, "state": state}
                )
        self.create(created)
        self._settle(changes)
        attempts.store()

    @api.model
    def _as_known_there(self, backend, records):
        """The records in their own companies, and in the language that the backend knows."""
        for company, group in records.grouped("company_id").items():
            yield from backend._in_own_language(group.with_company(company or self.env.company))

    @api.model
    def _get_waiting(self, backend, name, records):
        """Rows by record id that were never leased: newer snapshots go into them."""
        rows = self.search(
            [
                *OPEN_UNSENT,
                ("backend_id", "=", backend.id),
                ("flow", "=", name),
                ("record_model", "=", records._name),
                ("record_id", "in", records.ids),
                ("operation", "!=", "delete"),
            ]
        )
        return {row.record_id: row for row in rows}

    @api.model
    def _get_bindings(self, backend, flow, records):
        """Integration rows by record id."""
        integration = self.env[flow["model"]]
        link = integration._millwright_record
        if not link:
            return {}
        rows = integration.search([("backend_id", "=", backend.id), (link, "in", records.ids)])
        return {row[link].id: row for row in rows}

    # -- what goes out --------------------------------------------------------------------

    @api.model
    def _get_message(self, context, record, binding, state, row, lookup, attempts):
        """Values of the row for a record as it is now; None when there is nothing to say."""
        backend, name, exporter, _author = context
        if not exporter._is_alive(record):
            return self._get_archiving(context, binding, state)
        document = backend.contract_id._get_document()
        wanted = backend.contract_id._get_outgoing_fields(name)
        given = {key: value for key, value in exporter._get_values(record, lookup).items() if key in wanted}
        unbound = next((value for value in given.values() if self._is_unbound(value)), None)
        if not binding and (is_written(document, name, "create")):
            changed, operation = None, "create"
        elif binding and is_written(document, name, "update"):
            changed = self._get_changed_fields(context, record, given, state, row, attempts)
            operation = "update"
            if not changed:
                return None
            known = state._get_known()
            given = {key: value if key in changed else known.get(key, value) for key, value in given.items()}
        else:
            return None
        return {
            **self._get_moment(context),
            "operation": operation,
            "external_id": binding.external_id if binding else False,
            "fields_text": canonical(given),
            "changed": canonical(changed) if changed else False,
            "unbound": unbound,
        }

    @api.model
    def _is_unbound(self, value):
        return isinstance(value, dict) and "value" not in value

    @api.model
    def _get_changed_fields(self, context, record, given, state, row, attempts):
        """Names of the fields that differ from what the other side has and may go out.

        A field that the other side decides is not sent, but recorded; one in an open conflict waits.
        """
        backend, name, _exporter, _author = context
        known = state._get_known()
        rules = backend.contract_id._get_policies(name)
        differing = {key for key in given if not equals(given[key], known.get(key))}
        if not differing and not row:
            return []
        ours = {key for key in differing if rules[key].side == "odoo"}
        ours |= differing.intersection(state._get_forced())
        if row and row.operation == "update":
            ours |= {key for key in row._get_changed() or () if key in given}
        theirs = {key for key in differing - ours if key in known}
        attempts.add(record, state, rules, given, theirs)
        attempts.follow(record, given, rules, differing)
        return sorted(key for key in ours if (record.id, key) not in attempts.conflicts)

    @api.model
    def _get_archiving(self, context, binding, state):
        """An archived record is deleted there, when Odoo decides about it and the contract says how."""
        backend, name, _exporter, _author = context
        flow = self._get_flow(backend, name)
        is_ours = flow.get("system_of_record") == "odoo"
        written = is_written(backend.contract_id._get_document(), name, "delete")
        if not binding or state.is_gone or not is_ours or not written:
            return None
        return {**self._get_deletion(context, binding.external_id)}

    @api.model
    def _get_deletion(self, context, external_id):
        return {
            **self._get_moment(context),
            "operation": "delete",
            "external_id": external_id,
            "fields_text": "{}",
            "changed": False,
        }

    @api.model
    def _get_moment(self, context):
        backend, _name, _exporter, author = context
        now = datetime.now(UTC)
        return {
            "version": instant_text(now),
            "occurred_at": now.replace(tzinfo=None, microsecond=0),
            "author_id": author,
            "contract_hash": backend.contract_id.hash,
        }

    @api.model
    def _get_identity(self, context, record, state):
        """What a row keeps for as long as it exists."""
        backend, name, exporter, _author = context
        lane = self._get_flow(backend, name).get("lane") or "standard"
        return {
            "backend_id": backend.id,
            "idempotency_key": str(uuid.uuid4()),
            "flow": name,
            "kind": exporter._millwright_kind,
            "ordering_key": f"{exporter._millwright_kind}/{state.reference}",
            "record_model": record._name,
            "record_id": record.id,
            "reference": state.reference,
            "lane": lane,
            "lane_rank": LANE_NAMES.index(lane),
        }

    # -- deletions ------------------------------------------------------------------------

    @api.model
    def _note_deletions(self, records):
        """Write the deletions of records that are about to be deleted here, and end what waits for them."""
        for exporter in self.env["millwright.exporter"]._get_exporters(records._name):
            for backend, name in self._get_outgoing(exporter._millwright_kind):
                context = (backend, name, exporter, records.env.uid)
                self._write_deletions(context, records)

    @api.model
    def _write_deletions(self, context, records):
        backend, name, exporter, _author = context
        flow = self._get_flow(backend, name)
        bindings = self._get_bindings(backend, flow, records)
        states = self.env["millwright.remote.state"]._ensure(backend, name, records._name, bindings)
        created = []
        for record in records.browse(bindings):
            binding = bindings[record.id]
            values = self._get_archiving(context, binding, states[record.id])
            if not values:
                continue
            state, verdict = self._get_verdict(backend, name, binding.plant_id)
            identity = self._get_identity(context, record, states[record.id])
            place = {"plant_id": binding.plant_id.id, "company_id": binding.plant_id.company_id.id}
            epoch = self._get_epoch(backend, name, binding.plant_id)
            created.append({**identity, **values, **verdict, **place, "route_epoch": epoch, "state": state})
        gone = self.env._("The record was deleted here before this was sent.")
        waiting = self.browse(row.id for row in self._get_waiting(backend, name, records).values())
        waiting._set_state("ignored", code="record_deleted", last_error=gone)
        self.create(created)
