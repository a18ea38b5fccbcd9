import logging

from odoo import api, models
from odoo.tools import SQL

from ..const import ATTEMPT_LIMIT, PARAM_ATTEMPT_LIMIT
from ..tools.canonical import canonical
from ..tools.outgoing import equals, is_written, version_text

_logger = logging.getLogger(__name__)

STATUSES = ("done", "retry", "held", "dead")
# Nothing was written, so it counts as nobody's failed try.
NOBODYS_TRY = {
    "rate_limited",
    "lease_over",
    "earlier_in_key",
    "stopping",
    "write_refused",
    "contract_mismatch",
}
TEXTS = ("external_id", "remote_version", "code", "message")


class MillwrightOutboxSettle(models.Model):
    """What the sidecar says became of a message; `done` binds the record in the same transaction."""

    _inherit = "millwright.outbox"

    @api.model
    def _settle_results(self, backend, results):
        """Settle leased messages; one answer per result, in order.

        :param backend: `millwright.backend`
        :param list results: checked by `_check_result`
        :return: list of dicts with `id` and `status` (`settled`, or `stale`: another lease has it)
        """
        answers = []
        for result in results:
            row = self._relock(backend, result)
            if row.state == "processing":
                row._apply_result(result)
            settled = bool(row)
            answers.append({"id": result["id"], "status": "settled" if settled else "stale"})
        if results:
            self._wake()
        return answers

    @api.model
    def _check_result(self, result):
        """What is wrong with a result, as a sentence, or None."""
        if not isinstance(result, dict):
            return "Each result is an object."
        if not all(isinstance(result.get(name), str) and result[name] for name in ("id", "token")):
            return "A result has the texts id and token."
        if result.get("status") not in STATUSES:
            return f"The status of a result is one of {', '.join(STATUSES)}."
        if not all(result.get(name) is None or self._is_text(result[name]) for name in TEXTS):
            return f"{', '.join(TEXTS)} are texts or null."
        seconds = result.get("retry_after_seconds")
        if seconds is not None and (isinstance(seconds, bool) or not isinstance(seconds, int | float)):
            return "retry_after_seconds is a number or null."
        return None

    @staticmethod
    def _is_text(value):
        return isinstance(value, str) and "\x00" not in value

    @api.model
    def _relock(self, backend, result):
        """The row of a result, locked, if the result's lease is the last it had."""
        self.flush_model(["state", "lease_token", "last_token"])
        self.env.cr.execute(
            SQL(
                """SELECT id FROM millwright_outbox
                    WHERE backend_id = %s AND idempotency_key = %s
                      AND (lease_token = %s OR (state <> 'processing' AND last_token = %s)) FOR UPDATE""",
                backend.id,
                result["id"],
                result["token"],
                result["token"],
            )
        )
        return self.browse(row_id for (row_id,) in self.env.cr.fetchall())

    def _apply_result(self, result):
        self.ensure_one()
        values = {"code": result.get("code") or False, "last_error": result.get("message") or False}
        values["last_token"] = self.lease_token
        status = result["status"]
        external_id = result.get("external_id") or self.external_id
        if external_id and status in ("done", "retry") and self.operation != "delete":
            problem = self._bind(external_id)
            if problem:
                self._set_state("held", **{**values, **problem})
                return
            values["external_id"] = external_id
        if status == "done":
            self._finish(values, result)
        elif status == "retry":
            self._plan_retry(values, result)
        else:
            self._set_state(status, **values)

    def _finish(self, values, result):
        if self.operation != "delete" and not values.get("external_id"):
            text = self.env._("The sidecar calls it done and names no external id; nothing can be bound.")
            self._set_state("held", **{**values, "code": "external_id_missing", "last_error": text})
            return
        version = version_text(result.get("remote_version"))
        state = self._get_remote_state()
        if self.operation == "delete":
            state.write({"is_gone": True})
        else:
            state._confirm(self._get_fields(), version)
        self._set_state("done", remote_version=version or False, doubt=False, **values)

    def _plan_retry(self, values, result):
        if values["code"] in NOBODYS_TRY:
            seconds = result.get("retry_after_seconds")
            delay = self._backoff_seconds(1) if seconds is None else max(seconds, 0)
            values["attempts"] = max(self.attempts - 1, 0)  # the lease counted it
            self._set_state("pending", next_attempt_at=self._next_attempt_at(delay), **values)
            return
        limit = self._int_param(PARAM_ATTEMPT_LIMIT, ATTEMPT_LIMIT)
        if self.attempts >= limit:
            _logger.warning("Outbox message %s is given up: %s", self.idempotency_key, values["code"])
            self._set_state("dead", **values)
            return
        seconds = result.get("retry_after_seconds")
        delay = self._backoff_seconds(self.attempts) if seconds is None else max(seconds, 0)
        self._set_state("pending", next_attempt_at=self._next_attempt_at(delay), **values)

    def _get_remote_state(self):
        states = self.env["millwright.remote.state"]._ensure(
            self.backend_id, self.flow, self.record_model, [self.record_id]
        )
        return states[self.record_id]

    # -- bindings -------------------------------------------------------------------------

    def _bind(self, external_id):
        """Bind the record to its external id; why that cannot be, as values of a held row, or None."""
        flow = self._get_flow(self.backend_id, self.flow)
        integration = self.env[flow["model"]]
        link = integration._millwright_record
        domain = [("backend_id", "=", self.backend_id.id)]
        by_id = integration.search([*domain, ("external_id", "=", external_id)])
        by_record = integration.search([*domain, (link, "=", self.record_id)])
        if by_record and by_record != by_id:
            return self._get_binding_problem("bound_otherwise", by_record.external_id, external_id)
        if by_id[link] and by_id[link].id != self.record_id:
            return self._get_binding_problem("external_id_taken", by_id[link].display_name, external_id)
        record = self.env[self.record_model].browse(self.record_id).exists()
        if not by_id:
            integration.create(self._get_integration_values(link, record, external_id))
        elif record and not by_id[link]:
            by_id.write({link: record.id})
        self._rename_followers(external_id)
        return None

    def _get_integration_values(self, link, record, external_id):
        return {
            "backend_id": self.backend_id.id,
            "external_id": external_id,
            "plant_id": self.plant_id.id,
            "company_id": self.company_id.id,
            "lane": self.lane,
            "state": "done",
            link: record.id,
        }

    def _get_binding_problem(self, code, found, external_id):
        text = self.env._(
            "The maintenance system says the record is %(external_id)s there, but here that binding is "
            "taken (%(found)s). Look at both records there; correct the binding, or ignore this message.",
            external_id=external_id,
            found=found,
        )
        return {"code": code, "last_error": text}

    def _rename_followers(self, external_id):
        """Later messages of the record know its external id from now on."""
        followers = self.search(
            [
                ("backend_id", "=", self.backend_id.id),
                ("ordering_key", "=", self.ordering_key),
                ("state", "in", ("pending", "held")),
                ("external_id", "=", False),
            ]
        )
        followers.write({"external_id": external_id})

    def _become_update(self, binding):
        """A create of what is bound by now: what differs from what the other side has, or nothing."""
        known = self._get_remote_state()._get_known()
        given = self._get_fields()
        changed = sorted(name for name in given if not equals(given[name], known.get(name)))
        document = self.backend_id.contract_id._get_document()
        if not changed or not is_written(document, self.flow, "update"):
            text = self.env._("The other side has it already.")
            self._set_state("ignored", code="unchanged", last_error=text)
            return
        self.write({"operation": "update", "external_id": binding.external_id, "changed": canonical(changed)})
