import json
from datetime import UTC, datetime

from odoo import api, models
from odoo.exceptions import UserError

from ..tools.errors import HoldError
from ..tools.js_json import write
from ..tools.jsontext import loads
from ..tools.payload_check import needed_reads, schema_problem

UNNAMED = "(unnamed)"
UNIDENTIFIED = (
    "unknown_event",
    "identity_missing",
    "subject_missing",
    "invalid_json",
    "too_deep",
    "not_separable",
    "attribute_too_long",
    "attribute_type",
    "data_missing",
)


class MillwrightInboxDirect(models.Model):
    """What comes by callback: the same rows as from the sidecar, and what needs a person or a read is held."""

    _inherit = "millwright.inbox"

    @api.model
    def _store_direct(self, backend, events):
        """Store the events of a proved delivery; none of them is refused.

        :param events: `Event` of `tools/delivery.py`
        :return: as `_store`
        """
        received = datetime.now(UTC).isoformat()
        made, holds = [], {}
        for event in events:
            message, hold = self._direct_message(backend, event, received)
            problem = self._check_event(backend, message)
            if problem:  # proved, but with an attribute that no row can have
                message, hold = self._unnamed_message(backend, event, received), problem
            made.append(message)
            if hold:
                holds[message["id"]] = (*hold, None)
        return self._store(backend, made, holds)

    @api.model
    def _direct_message(self, backend, event, received):
        """The CloudEvent of an event, and why it is held: (code, explanation), or None."""
        payload, problem = self._read_payload(event)
        hold = (event.code, event.problem) if event.code else problem
        context = json.loads(write(event.context))
        if not hold:
            rule = backend._get_direct_contract()["events"][event.name]
            hold = self._direct_hold(rule, event, context)
        return self._cloud_event(backend, event, payload, context, received), hold

    @api.model
    def _direct_hold(self, rule, event, context):
        payload = loads(event.raw)
        wrong = schema_problem(rule["schema"], payload)
        if wrong:
            return "schema", wrong
        needed = needed_reads(rule, payload, loads(json.dumps(context)))
        if not needed:
            return None
        return "needs_fetch", self.env._(
            "Has to be read at the maintenance system first: %s. The sidecar reads and lets it go on "
            "when it gets the same event.",
            ", ".join(needed),
        )

    @staticmethod
    def _read_payload(event):
        """The payload as `_store` takes it; what is no JSON is kept as text, with the reason."""
        try:
            loads(event.raw)
            return json.loads(event.raw), None
        except HoldError as error:
            return event.raw.decode("utf-8", "replace"), (error.code, str(error))

    @staticmethod
    def _cloud_event(backend, event, payload, context, received):
        contract = backend.contract_id
        connector = contract.connector_id.code
        name = event.name or UNNAMED
        time = event.time and datetime.fromtimestamp(event.time / 1000, UTC).isoformat()
        return {
            "specversion": "1.0",
            "id": event.event_id,
            "source": f"/millwright/{backend.code}",
            "type": f"{connector}.{name}",
            "subject": event.subject,
            "time": time or None,
            "dataschema": f"urn:millwright:{connector}:{contract.version}:{contract.hash}",
            "lane": event.lane,
            "traceparent": f"00-{event.event_id[:32]}-{event.event_id[32:48]}-01",
            "data": {"event": name, "payload": payload, "fetched": context, "received_at": received},
        }

    @api.model
    def _unnamed_message(self, backend, event, received):
        message = self._cloud_event(backend, event, event.raw.decode("utf-8", "replace"), {}, received)
        message["data"]["event"], message["type"] = (
            UNNAMED,
            f"{backend.contract_id.connector_id.code}.{UNNAMED}",
        )
        message["subject"] = None
        return message

    @api.model
    def _take_fetched(self, rows):
        """Rows that wait for reads get what came later for the same event, and go on.

        That is what the sidecar read, or a callback that carries the record itself. The payload comes along:
        a thin one and what was read belong together, and so do a fat one and no read.

        :param rows: rows of an intake by event id, those that were there before
        :return: event ids of those that went on
        """
        if not rows:
            return set()
        backend_id = next(iter(rows.values()))["backend_id"]
        waiting = self.search(
            [
                ("backend_id", "=", backend_id),
                ("event_id", "in", list(rows)),
                ("state", "=", "held"),
                ("code", "=", "needs_fetch"),
            ]
        )
        brought = waiting.filtered(lambda row: rows[row.event_id]["code"] != "needs_fetch")
        brought.lock_for_update()
        for row in brought:
            new = rows[row.event_id]
            row.write({name: new[name] for name in ("payload", "fetched", "sent_contract_hash", "sequence")})
            values = {name: new[name] for name in ("code", "last_error", "wait_kind", "wait_key")}
            if new["state"] == "held":
                row.write(values)
            else:
                row._set_state("pending", **values)
        return set(brought.mapped("event_id"))

    def action_release(self):
        """As before, but not what has no identity or was not read: it would be posted under a wrong one."""
        stuck = self.filtered(lambda row: row.state == "held" and row._is_incomplete())
        if stuck:
            raise UserError(
                self.env._(
                    "Message %(name)s cannot go on as it is (%(code)s). Mend the cause and let the "
                    "maintenance system send it again, or ignore it.",
                    name=stuck[0].display_name,
                    code=stuck[0].code,
                )
            )
        return super().action_release()

    def _is_incomplete(self):
        return self.code == "needs_fetch" or (not self.subject and self.code in UNIDENTIFIED)
