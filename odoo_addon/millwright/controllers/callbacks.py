import logging

import psycopg2
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from odoo import http
from odoo.http import Dispatcher, Response, request

from ..const import CALLBACK_RETRY_SECONDS, MAX_CALLBACK_BYTES
from ..tools.callback import Callback

_logger = logging.getLogger(__name__)


class RawDispatcher(Dispatcher):
    """Routes whose body nobody reads before the controller: what is proved is the bytes as they came."""

    routing_type = "millwright_raw"
    mimetypes = ("application/json",)

    @classmethod
    def is_compatible_with(cls, _request):
        return True

    def dispatch(self, endpoint, args):
        self.request.params = dict(args)
        if not self.request.db:
            return endpoint(**args)
        return self.request.registry["ir.http"]._dispatch(endpoint)

    def handle_error(self, exc):
        """Nothing of ours that failed may look like success to a sender."""
        if isinstance(exc, HTTPException):
            return exc
        _logger.error("A callback could not be stored.", exc_info=exc)
        status = getattr(self.request, "millwright_overloaded", 503) if self._is_passing(exc) else 500
        error = {"code": "not_stored", "message": "Not stored; send it again"}
        headers = [("Retry-After", str(CALLBACK_RETRY_SECONDS))]
        return self.request.make_json_response({"error": error}, status=status, headers=headers)

    @staticmethod
    def _is_passing(exc):
        return isinstance(exc, psycopg2.OperationalError)


class MillwrightCallbacks(http.Controller):
    """Mode direct: what a maintenance system posts to. Odoo commits before the answer leaves."""

    @http.route(
        ["/millwright/v1/<string:code>/callbacks", "/millwright/v1/<string:code>/callbacks/<path:rest>"],
        type="millwright_raw",
        auth="none",
        csrf=False,
        save_session=False,
        readonly=False,
        max_content_length=MAX_CALLBACK_BYTES,
    )
    def callbacks(self, code, **_rest):
        """Prove, identify and store a delivery, or answer a question of the sender."""
        backend = request.env["millwright.backend"]._open_direct(code) if request.db else None
        if not backend:
            error = {"code": "unknown_backend", "message": "No such backend"}
            return request.make_json_response({"error": error}, status=404)
        if not request.env["millwright.identity"]._is_confirmed():
            _logger.warning("Refused a callback: database %s is not the one that was set up.", request.db)
            error = {"code": "copy_unconfirmed", "message": "A copy that nobody has confirmed; not stored"}
            return request.make_json_response({"error": error}, status=409)
        request.update_env(user=backend.user_id.id)
        backend = backend.with_user(backend.user_id).sudo()
        source = backend._get_direct_contract()["source"]
        request.millwright_overloaded = source["accept"]["answers"]["overloaded"]
        reply = backend._receive_callback(self._callback(backend), self._read_body)
        # The server finds the length itself; an unread body would be taken for the next request.
        return Response(reply.body, status=reply.status, headers=[*reply.headers.items()])

    def _callback(self, backend):
        """The head of the request, with the address as the sender wrote it."""
        http_request = request.httprequest
        environ = http_request.environ
        uri = environ.get("REQUEST_URI") or environ.get("RAW_URI") or http_request.full_path
        path, mark, search = uri.partition("?")
        rest = path.partition("/callbacks")[2]
        search = mark + search
        public = backend.public_url and backend.public_url.rstrip("/") + rest + search
        headers = {name.lower(): value for name, value in http_request.headers.items()}
        address = http_request.remote_addr or ""
        return Callback(http_request.method, headers, rest, search, public or None, address)

    def _read_body(self, limit):
        """The raw body; None when it is longer than the limit."""
        if (request.httprequest.content_length or 0) > limit:
            return None
        try:
            raw = request.httprequest.get_data(parse_form_data=False)
        except RequestEntityTooLarge:
            return None
        return raw if len(raw) <= limit else None
