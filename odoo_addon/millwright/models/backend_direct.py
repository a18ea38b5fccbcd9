import hashlib
import json
import logging
import re
import time
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..const import MODES, OVERLAP_HOURS
from ..tools.delivery import early_name, open_delivery
from ..tools.handshake import Reply, answer, takes
from ..tools.proof import prove

_logger = logging.getLogger(__name__)

JSON_TYPE = re.compile(r"application/(?:json|[a-z0-9.+-]+\+json)\s*(?:;|$)", re.IGNORECASE)
# Code: the usual status, which answer of the contract stands for it, what was expected.
REFUSALS = {
    "method_not_allowed": (405, None, "Callbacks are sent with another method"),
    "not_json": (415, "unsupported", "Send application/json without content encoding"),
    "too_large": (413, "too_large", "The body is longer than the limit"),
    "bad_signature": (401, "bad_signature", "The signature is missing or wrong"),
    "token_used": (401, "bad_signature", "The token has been used for something else"),
}


class MillwrightBackendDirect(models.Model):
    """A backend whose maintenance system posts to Odoo itself: refusals in order of cost, then store."""

    _inherit = "millwright.backend"

    mode = fields.Selection(
        MODES,
        required=True,
        default="sidecar",
        tracking=True,
        help="Sidecar: callbacks go to the sidecar, which keeps them while Odoo is away. Direct: they "
        "come to Odoo's own address; what needs reads at the maintenance system is held.",
    )
    direct_until = fields.Datetime(
        string="Also here until",
        copy=False,
        tracking=True,
        help="A backend that moved to the sidecar takes callbacks at Odoo's own address too until then: the "
        "maintenance system changes its address without a gap, and what it sends twice counts once.",
    )
    is_overlapping = fields.Boolean(string="Takes callbacks both ways", compute="_compute_is_overlapping")
    public_url = fields.Char(
        string="Address outside",
        tracking=True,
        help="The address that the maintenance system posts to, as it writes it; for signatures over it.",
    )
    callbacks_path = fields.Char(string="Address of callbacks", compute="_compute_callbacks_path")
    fetching_events = fields.Char(
        string="Events that need reads",
        compute="_compute_fetching_events",
        help="They are held until the sidecar brings what was read, unless they carry it themselves.",
    )
    secret_ids = fields.One2many(
        "millwright.secret", "backend_id", string="Secrets", groups="base.group_system", copy=False
    )

    @api.depends("code")
    def _compute_callbacks_path(self):
        for backend in self:
            backend.callbacks_path = backend.code and f"/millwright/v1/{backend.code}/callbacks"

    @api.depends("mode", "direct_until")
    def _compute_is_overlapping(self):
        now = fields.Datetime.now()
        for backend in self:
            until = backend.direct_until
            backend.is_overlapping = backend.mode != "direct" and bool(until and until > now)

    @api.depends("contract_id")
    def _compute_fetching_events(self):
        for backend in self:
            events = backend.contract_id._get_document()["events"] if backend.contract_id else {}
            names = sorted(name for name, rule in events.items() if rule["fetch"])
            backend.fetching_events = ", ".join(names)

    def write(self, vals):
        """A move to the sidecar leaves Odoo's own address open for a while; a move back needs no end."""
        leaving = self.filtered(lambda backend: backend.mode == "direct")
        result = super().write(vals)
        if "direct_until" in vals:
            return result
        if vals.get("mode") == "sidecar" and leaving:
            leaving.direct_until = fields.Datetime.now() + timedelta(hours=OVERLAP_HOURS)
        elif vals.get("mode") == "direct":
            self.filtered("direct_until").direct_until = False
        return result

    def action_end_overlap(self):
        """Take no callbacks at Odoo's own address any more: the maintenance system has the new one."""
        self.filtered("is_overlapping").direct_until = fields.Datetime.now()
        return True

    @api.constrains("mode", "contract_id", "direct_until")
    def _check_direct(self):
        for backend in self.filtered(lambda backend: backend.mode == "direct" or backend.is_overlapping):
            source = backend._get_direct_contract()["source"] if backend.contract_id else {}
            if not isinstance(source.get("verify"), list) or "handshakes" not in source:
                raise ValidationError(
                    self.env._(
                        "Backend %s cannot work directly: its contract does not say in full how callbacks "
                        "are proved. Generate the connector again and let the backend run the new contract.",
                        backend.name,
                    )
                )

    @api.model
    def _open_direct(self, code):
        """The backend that takes callbacks under this code, or none."""
        is_open = Domain("mode", "=", "direct") | Domain("direct_until", ">", fields.Datetime.now())
        return self.sudo().search(Domain("code", "=", code) & Domain("user_id", "!=", False) & is_open)

    def _get_direct_contract(self):
        return self.sudo().contract_id._get_document()

    def _goes_by_issuer(self, name):
        """Whether secrets of this name say who signs tokens."""
        schemes = self._get_direct_contract()["source"].get("verify") if self.contract_id else []
        return any(
            scheme["profile"] == "jwt" and scheme["secret"] == (name or None) for scheme in schemes or []
        )

    # -- a callback -----------------------------------------------------------------------

    def _receive_callback(self, call, read_body):
        """Refuse in order of cost, or store and answer.

        :param call: `Callback` of `tools/callback.py`
        :param read_body: gives the raw body for a limit in bytes, None when it is longer
        :return: `Reply`
        """
        source = self._get_direct_contract()["source"]
        is_ours = takes(source, call.method)
        early = answer(source, call, None, False) if is_ours else None
        if early:
            return early
        refusal = self._refusal_of_head(source["accept"], call, is_ours)
        if refusal:
            return self._refuse_callback(source, refusal)
        raw = read_body(source["accept"]["max_body_bytes"])
        if raw is None:
            return self._refuse_callback(source, "too_large")
        return self._prove_and_store(source, call, raw)

    @staticmethod
    def _refusal_of_head(accept, call, is_ours):
        if not is_ours:
            return "method_not_allowed"
        if call.method not in accept["methods"]:
            return None  # a question; its body is no delivery
        is_json = JSON_TYPE.match(call.headers.get("content-type", ""))
        is_plain = call.headers.get("content-encoding", "identity") == "identity"
        return None if is_json and is_plain else "not_json"

    def _prove_and_store(self, source, call, raw):
        now = int(time.time() * 1000)
        secrets = self.env["millwright.secret"]._read_for(self)
        name = early_name(source["event_name"], call)
        proof = prove(source["verify"], secrets, call, raw, name, now)
        asked = answer(source, call, raw, proof is not None)
        if asked:
            return asked
        if call.method not in source["accept"]["methods"]:
            return self._refuse_callback(source, "method_not_allowed")
        if proof is None:
            return self._refuse_callback(source, "bad_signature")
        events = open_delivery(self._get_direct_contract(), call, raw)
        if not all(proof.speaks_for(event.name) for event in events):
            return self._refuse_callback(source, "bad_signature")
        body_hash = hashlib.sha256(raw).hexdigest()
        if not self.env["millwright.once.token"]._spend(self, proof.tokens, body_hash):
            return self._refuse_callback(source, "token_used")
        return self._answer_stored(source, self.env["millwright.inbox"]._store_direct(self, events))

    @staticmethod
    def _answer_stored(source, results):
        statuses = [result["status"] for result in results]
        order = ("accepted", "held", "duplicate")
        best = next((status for status in order if status in statuses), "accepted")
        status = source["accept"]["answers"][best]
        body = {"id": results[0]["id"] if results else "", "status": best}
        if len(results) != 1:
            body["events"] = len(results)
        if status == 204:
            return Reply(status)
        return Reply(status, json.dumps(body).encode(), {"content-type": "application/json"})

    def _refuse_callback(self, source, code):
        usual, named, message = REFUSALS[code]
        status = source["accept"]["answers"][named] if named else usual
        _logger.warning("Refused a callback for backend %s: %s.", self.code, code)
        headers = {"content-type": "application/json"}
        if code == "method_not_allowed":
            headers["allow"] = ", ".join(source["accept"]["methods"])
        body = json.dumps({"error": {"code": code, "message": message}}).encode()
        return Reply(status, body, headers)
