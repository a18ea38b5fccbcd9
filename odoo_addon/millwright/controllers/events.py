import json
import logging

from odoo import http, release
from odoo.http import request

from ..const import MAX_BYTES_PER_BATCH, MAX_EVENTS_PER_BATCH

_logger = logging.getLogger(__name__)

CONTENT_TYPES = ("application/cloudevents-batch+json", "application/json")


def _refuse(constant):
    raise ValueError(f"{constant} is not JSON")


class MillwrightEvents(http.Controller):
    """What the sidecar talks to. Inserts inbox rows and does nothing else."""

    @http.route(
        "/millwright/v1/<string:code>/events",
        type="http",
        auth="none",
        methods=["POST"],
        csrf=False,
        save_session=False,
        readonly=False,
        max_content_length=MAX_BYTES_PER_BATCH,
    )
    def events(self, code, **_query):
        """Store a batch of CloudEvents; the answer names each event's fate."""
        backend, refusal = self._open_backend(code)
        if refusal is not None:
            return refusal
        if request.httprequest.mimetype not in CONTENT_TYPES:
            return self._error(415, "content_type", f"Send {CONTENT_TYPES[0]}.")
        try:
            events = json.loads(request.httprequest.get_data(), parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            return self._error(400, "not_json", f"The body is not JSON that can be read: {error}")
        if not isinstance(events, list):
            return self._error(400, "not_a_batch", "The body is a JSON array of CloudEvents.")
        if len(events) > MAX_EVENTS_PER_BATCH:
            return self._error(413, "too_many", f"Send {MAX_EVENTS_PER_BATCH} events at the most.")
        for event in events:
            named = isinstance(event, dict) and event.get("environment")
            if named and named != backend.environment:
                return self._error(
                    409,
                    "environment_mismatch",
                    f"This is environment {backend.environment!r}, the batch comes from {named!r}.",
                )
        backend.env["millwright.identity"]._stamp()
        results = backend.env["millwright.inbox"]._store(backend, events)
        return self._json(200, {"results": results})

    @http.route(
        "/millwright/v1/<string:code>/status",
        type="http",
        auth="none",
        methods=["GET"],
        csrf=False,
        save_session=False,
    )
    def status(self, code, **_query):
        """Whether the backend takes events, and under which contract."""
        backend, refusal = self._open_backend(code, confirmed=False)
        if refusal is not None:
            return refusal
        return self._json(
            200,
            {
                "backend": backend.code,
                "environment": backend.environment,
                "enabled": backend.enabled,
                "confirmed": backend.is_confirmed,
                "contract_hash": backend.contract_id.hash or None,
                "version": release.version,
            },
        )

    def _open_backend(self, code, confirmed=True):
        """The backend of the request's key, or the refusal to answer with.

        :param bool confirmed: whether a copy that nobody has confirmed refuses
        """
        if not request.db:
            return None, self._error(404, "no_database", "Name the database in X-Odoo-Database.")
        scheme, _blank, key = request.httprequest.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key:
            return None, self._error(401, "no_key", "Send the backend's key as a bearer token.")
        backend = request.env["millwright.backend"]._authenticate(code, key.strip())
        if not backend:
            _logger.warning("Refused a call for backend %s: unknown key.", code)
            return None, self._error(
                401, "bad_key", "The key is unknown, expired, of another scope or of another backend."
            )
        if confirmed and not request.env["millwright.identity"]._is_confirmed():
            return None, self._refuse_copy()
        request.update_env(user=backend.user_id.id)
        return backend.with_user(backend.user_id).sudo(), None

    def _refuse_copy(self):
        """The refusal of a database that is not the one that was set up."""
        _logger.warning("Refused a call: database %s is not the one that was set up.", request.db)
        return self._error(
            409,
            "copy_unconfirmed",
            "This database is a copy of the one that was set up, or was moved; nothing goes in or out.",
            "An integration manager confirms it on the backend's form, under an environment of its own.",
        )

    def _error(self, status, code, message, remedy=""):
        error = {"code": code, "message": message, "remedy": remedy or message}
        headers = [("WWW-Authenticate", "Bearer")] if status == 401 else []
        return self._json(status, {"error": error}, headers)

    def _json(self, status, body, headers=()):
        return request.make_json_response(body, status=status, headers=list(headers))
