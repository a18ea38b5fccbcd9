import json
from datetime import UTC, datetime

from odoo import api, models
from odoo.tools import SQL

from ..const import LANES

LANE_NAMES = [lane for lane, _label in LANES]
REQUIRED = ("id", "type", "source", "specversion")
OPTIONAL = ("subject", "sequence", "traceparent", "dataschema")
COLUMNS = (
    "backend_id",
    "event_id",
    "event",
    "subject",
    "event_time",
    "received_at",
    "sequence",
    "traceparent",
    "sent_contract_hash",
    "payload",
    "fetched",
    "state",
    "lane",
    "lane_rank",
    "code",
    "last_error",
    "wait_kind",
    "wait_key",
    "attempts",
    "create_uid",
    "write_uid",
    "create_date",
    "write_date",
)


class MillwrightInboxIntake(models.Model):
    _inherit = "millwright.inbox"

    @api.model
    def _store(self, backend, events, holds=None):
        """Store a batch of CloudEvents; one answer per event, in order.

        Uniqueness is the database's: an event that was stored before, or twice in the batch, is
        answered `duplicate`.

        :param backend: `millwright.backend`
        :param list events: decoded CloudEvents
        :param holds: by event id, why it waits: (code, explanation, what it waits for); goes before
            other reasons
        :return: list of dicts with id, status, code, remedy
        """
        results, rows = [], {}
        approved = self._get_approved(backend)
        for event in events:
            problem = self._check_event(backend, event)
            event_id = event.get("id") if isinstance(event, dict) else None
            if problem:
                results.append(self._answer(event_id, "rejected", *problem))
                continue
            row = self._intake_row(backend, event, approved, (holds or {}).get(event_id))
            fresh = event_id not in rows
            rows.setdefault(event_id, row)
            status = ("held" if row["state"] == "held" else "accepted") if fresh else "duplicate"
            results.append(self._answer(event_id, status, row["code"] or status, row["last_error"]))
        stored = self._insert(list(rows.values()))
        stored |= self._take_fetched({key: row for key, row in rows.items() if key not in stored})
        for result in results:
            if result["status"] in ("accepted", "held") and result["id"] not in stored:
                result.update(status="duplicate", code="duplicate", remedy="")
        if stored:
            self._wake()
            self._checkpoint("storing")
        return results

    @staticmethod
    def _answer(event_id, status, code, remedy=""):
        return {"id": event_id, "status": status, "code": code, "remedy": remedy or ""}

    def _check_event(self, backend, event):
        """Why an event cannot be stored: (code, remedy), or None."""
        if not isinstance(event, dict):
            return "not_an_object", "Each element of the batch is a CloudEvent object."
        return self._check_attributes(backend, event) or self._check_data(event)

    def _check_attributes(self, backend, event):
        for name in REQUIRED:
            if not self._is_text(event.get(name)):
                return "attribute_missing", f"A CloudEvent has the text attribute {name!r}."
        if event["specversion"] != "1.0":
            return "specversion", "CloudEvents 1.0 is understood."
        if not all(event.get(name) is None or self._is_text(event[name]) for name in OPTIONAL):
            return "attribute_type", f"{', '.join(OPTIONAL)} are texts."
        if len(event["id"]) > 200 or len(event.get("subject") or "") > 200:
            return "attribute_too_long", "Id and subject have 200 characters at the most."
        if event["source"] != f"/millwright/{backend.code}":
            return "wrong_source", f"This address takes events of /millwright/{backend.code}."
        if event.get("lane", "standard") not in LANE_NAMES:
            return "unknown_lane", f"A lane is one of {', '.join(LANE_NAMES)}."
        return None

    def _check_data(self, event):
        data = event.get("data")
        if not isinstance(data, dict) or not self._is_text(data.get("event")) or "payload" not in data:
            return "data_missing", "data has the keys event and payload."
        if not all(self._is_time(value) for value in (event.get("time"), data.get("received_at"))):
            return "bad_time", "time and received_at are RFC 3339 instants."
        return None

    @staticmethod
    def _is_text(value):
        """Text that PostgreSQL can keep: not empty, no NUL, no half of a surrogate pair."""
        if not isinstance(value, str) or not value or "\x00" in value:
            return False
        return value.isascii() or not any("\ud800" <= char <= "\udfff" for char in value)

    @staticmethod
    def _is_time(value):
        if value is None:
            return True
        try:
            return datetime.fromisoformat(value).tzinfo is not None
        except (TypeError, ValueError):
            return False

    def _intake_row(self, backend, event, approved, hold=None):
        data = event["data"]
        lane = event.get("lane", "standard")
        now = self.env.cr.now()
        code, explanation, wait_kind = hold or self._intake_hold(backend, event, approved)
        return {
            "backend_id": backend.id,
            "event_id": event["id"],
            "event": data["event"],
            "subject": event.get("subject"),
            "event_time": self._to_utc(event.get("time")),
            "received_at": self._to_utc(data.get("received_at")) or now,
            "sequence": event.get("sequence"),
            "traceparent": event.get("traceparent"),
            "sent_contract_hash": self._sent_hash(event),
            "payload": json.dumps(data["payload"]),
            "fetched": json.dumps(data.get("fetched") or {}),
            "state": "held" if code else "pending",
            "lane": lane,
            "lane_rank": LANE_NAMES.index(lane),
            "code": code,
            "last_error": explanation,
            "wait_kind": wait_kind,
            "wait_key": self._sent_hash(event) if wait_kind == "contract" else None,
            "attempts": 0,
            "create_uid": self.env.uid,
            "write_uid": self.env.uid,
            "create_date": now,
            "write_date": now,
        }

    @staticmethod
    def _to_utc(value):
        if not value:
            return None
        return datetime.fromisoformat(value).astimezone(UTC).replace(tzinfo=None)

    @staticmethod
    def _sent_hash(event):
        schema = event.get("dataschema") or ""
        return "sha256:" + schema.rpartition("sha256:")[2] if "sha256:" in schema else None

    @staticmethod
    def _get_approved(backend):
        """Hashes of the contracts that somebody approved for a backend's connector."""
        contracts = backend.connector_id.contract_ids
        return set(contracts.filtered(lambda contract: contract.state == "approved").mapped("hash"))

    def _intake_hold(self, backend, event, approved):
        """Why an event is stored but waits: (code, explanation, what it waits for)."""
        if not backend.enabled:
            return "backend_disabled", self.env._("The backend is disabled. Enable it to go on."), "backend"
        sent = self._sent_hash(event)
        if sent and sent not in approved:
            return (
                "contract_unapproved",
                self.env._(
                    "The sidecar works with contract %s, which nobody approved here. "
                    "Approve it, or give the sidecar the running contract.",
                    sent,
                ),
                "contract",
            )
        return None, None, None

    def _insert(self, rows):
        """Insert rows that are not there yet; returns the event ids of those inserted.

        What was stored, carried out and purged counts as there: its digest is in `millwright.seen`.
        """
        if not rows:
            return set()
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """INSERT INTO millwright_inbox (%(columns)s)
                   SELECT %(columns)s FROM json_populate_recordset(NULL::millwright_inbox, %(rows)s) AS fresh
                    WHERE NOT %(seen)s
                   ON CONFLICT (backend_id, event_id) DO NOTHING RETURNING event_id""",
                columns=SQL(", ").join(SQL.identifier(column) for column in COLUMNS),
                rows=json.dumps(rows, default=str),  # one value to parse, over one for each cell
                seen=self.env["millwright.seen"]._is_seen("fresh"),
            )
        )
        return {event_id for (event_id,) in self.env.cr.fetchall()}
