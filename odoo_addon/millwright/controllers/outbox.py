import json

from odoo import http
from odoo.http import request

from ..const import MAX_BYTES_PER_BATCH, MAX_EVENTS_PER_BATCH
from .events import MillwrightEvents

ROUTE = {
    "type": "http",
    "auth": "none",
    "methods": ["POST"],
    "csrf": False,
    "save_session": False,
    "readonly": False,
    "max_content_length": MAX_BYTES_PER_BATCH,
}


class MillwrightOutboxEndpoint(MillwrightEvents):
    """Where the sidecar takes what is to be written, and says how it went."""

    @http.route("/millwright/v1/<string:code>/outbox/lease", **ROUTE)
    def lease(self, code, **_query):
        """Lease messages that are due."""
        backend, body, refusal = self._open_body(code)
        if refusal is not None:
            return refusal
        named, limit = body.get("environment"), body.get("limit", 50)
        if named != backend.environment:
            return self._error(
                409,
                "environment_mismatch",
                f"This is environment {backend.environment!r}, the sidecar works for {named!r}.",
            )
        if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
            return self._error(400, "bad_limit", "limit is a whole number above zero.")
        return self._json(200, backend.env["millwright.outbox"]._lease(backend, limit))

    @http.route("/millwright/v1/<string:code>/outbox/settle", **ROUTE)
    def settle(self, code, **_query):
        """Take the results of leased messages."""
        backend, body, refusal = self._open_body(code)
        if refusal is not None:
            return refusal
        results = body.get("results")
        if not isinstance(results, list):
            return self._error(400, "not_a_batch", "results is a list.")
        if len(results) > MAX_EVENTS_PER_BATCH:
            return self._error(413, "too_many", f"Send {MAX_EVENTS_PER_BATCH} results at the most.")
        outbox = backend.env["millwright.outbox"]
        problem = next(filter(None, map(outbox._check_result, results)), None)
        if problem:
            return self._error(400, "bad_result", problem)
        return self._json(200, {"results": outbox._settle_results(backend, results)})

    def _open_body(self, code):
        """The backend and the JSON object of a request, or the refusal: (backend, body, refusal)."""
        backend, refusal = self._open_backend(code)
        if refusal is not None:
            return None, None, refusal
        if request.httprequest.mimetype != "application/json":
            return None, None, self._error(415, "content_type", "Send application/json.")
        try:
            body = json.loads(request.httprequest.get_data())
        except ValueError as error:
            return None, None, self._error(400, "not_json", f"The body is not JSON: {error}")
        if not isinstance(body, dict):
            return None, None, self._error(400, "not_an_object", "The body is a JSON object.")
        return backend, body, None
