import json
import uuid
from datetime import datetime

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, html2plaintext

from ..tools.delivery import event_id

COPIED = ("backend_id", "event", "subject", "event_time", "received_at", "sequence", "traceparent")
COPIED += ("sent_contract_hash", "lane", "lane_rank")


class MillwrightExplanation(models.AbstractModel):
    """What a message would do if it ran now, for a person: record by record, field by field.

    A person sees no value here that he may not read on the record itself.
    """

    _inherit = "millwright.simulation"

    @api.model
    def _explain_message(self, message):
        """Explain a stored message with all its commands, in whatever state it is; nothing of it changes.

        :return: see `_explain`
        :raises UserError: when its content was purged, or somebody works on it just now
        """
        message.check_access("read")
        message_sudo = (message.parent_id or message).sudo()
        if message_sudo.payload_purged_at:
            raise UserError(self.env._("The content of this message was purged: there is nothing to run."))
        values = {name: message_sudo[name] for name in COPIED}
        values["backend_id"] = message_sudo.backend_id.id
        values.update(
            payload=message_sudo.payload, fetched=message_sudo.fetched, event_id=message_sudo.event_id
        )
        return self._explain(values)

    @api.model
    def _explain_payload(self, backend, event, payload, fetched):
        """Explain a payload that a person pasted, as if it had just arrived.

        :param str payload: JSON of the callback's body
        :param str fetched: JSON of what is read for it, by name; empty for none
        :raises UserError: when one of them is no JSON
        """
        backend.check_access("read")
        texts = {}
        for name, text in (("payload", payload), ("fetched", fetched or "{}")):
            try:
                json.loads(text)
            except ValueError as error:
                raise UserError(
                    self.env._("The %(name)s is no JSON: %(error)s", name=name, error=error)
                ) from error
            texts[name] = text
        identity = event_id(event, [str(uuid.uuid4())])
        return self._explain({"backend_id": backend.id, "event": event, "event_id": identity, **texts})

    @api.model
    def _explain(self, values):
        """What a message of these values would do.

        :return: {commands: [{flow, operation, key, state, code, message, notices}], records: [{label, model,
            operation, fields: [{label, before, after}]}], accompanying: [(label, count)], numbers: [(name, number)]}
        """
        try:
            with self._undone() as (env, recorder):
                row = self._insert_copy(env, values)
                commands = [self._tell_command(command) for command in self._run_all(row)]
                env.cr.flush()
                changes = self._get_changes(env, recorder)
                return {
                    "commands": commands,
                    "records": self._tell_records(env, changes),
                    "accompanying": [
                        (self._label(env, model), count) for model, count in recorder.accompanying.items()
                    ],
                    "numbers": [
                        (name, number) for name, number, kind in recorder.numbers if kind == "standard"
                    ],
                }
        except psycopg2.errors.LockNotAvailable as error:
            raise UserError(
                self.env._("Somebody works on it, or on what it changes, just now. Try again in a moment.")
            ) from error
        except psycopg2.errors.QueryCanceled as error:
            raise UserError(self.env._("It took too long and was stopped. Nothing was changed.")) from error

    # -- running it -----------------------------------------------------------------------

    @api.model
    def _insert_copy(self, env, values):
        """The message as a new row with the same event id; the stored one steps aside, in this transaction."""
        env.cr.execute(
            SQL(
                """UPDATE millwright_inbox SET event_id = event_id || '~'
                    WHERE backend_id = %(backend)s
                      AND (event_id = %(event)s OR parent_id = (
                               SELECT id FROM millwright_inbox
                                WHERE backend_id = %(backend)s AND event_id = %(event)s))""",
                backend=values["backend_id"],
                event=values["event_id"],
            )
        )
        now = fields.Datetime.now()
        defaults = {"lane": "standard", "received_at": now, "state": "processing"}
        return env["millwright.inbox"].create({**defaults, **values})

    @api.model
    def _run_all(self, row):
        """Plan the message and carry out its commands in their order: (row, outcome) of each."""
        row._plan_rows()
        outcomes = []
        for command in row.child_ids.sorted("id") if row.fanned_out else row:
            if command.state != "pending":
                outcomes.append((command, self._get_planned(command)))
            elif command.operation not in command._get_operations(command.kind):
                code = "handler_missing"
                outcomes.append((command, {"state": "held", "code": code, "message": ""}))
            else:
                outcomes.append((command, self._carry_out(command)))
        return outcomes

    @api.model
    def _get_planned(self, row):
        return {"state": row.state, "code": row.code or "", "message": row.last_error or ""}

    @api.model
    def _tell_command(self, pair):
        row, outcome = pair
        states = dict(row._fields["state"]._description_selection(self.env))
        return {
            "flow": row.flow or "",
            "operation": row.operation or "",
            "key": row.command_key or "",
            "state": outcome["state"],
            "state_label": states.get(outcome["state"]) or self.env._("Failed"),
            "code": outcome["code"],
            "message": outcome["message"],
            "mode": self._get_mode(row),
        }

    @api.model
    def _get_mode(self, row):
        """The mode of the command's route, when it would not run by itself."""
        routes = row.backend_id.route_ids.filtered(
            lambda route: route.flow == row.flow and route.plant_id == row.plant_id
        )
        return routes.mode if routes and routes.mode != "active" else ""

    # -- telling it to a person -----------------------------------------------------------

    @api.model
    def _label(self, env, model):
        return env["ir.model"]._get(model).with_context(lang=self.env.lang).name

    @api.model
    def _tell_records(self, env, changes):
        """Changes in words, as far as the person may read them."""
        env.invalidate_all()
        reader_env = env(user=self.env.uid, context=dict(self.env.context), su=False)
        return [self._tell_record(env, reader_env, change) for change in changes]

    @api.model
    def _tell_record(self, env, reader_env, change):
        record = reader_env[change.model].browse(change.record_id)
        may_read = change.operation != "delete" and bool(record._filtered_access("read"))
        hidden = self.env._("not yours to see")
        lines = []
        for name, pair in change.values.items():
            column = record._fields[name]
            may = may_read and record._has_field_access(column, "read")
            before, after = (self._tell_value(reader_env, column, value) if may else hidden for value in pair)
            is_new = change.operation == "create"
            lines.append(
                {
                    "label": column.get_description(self.env, ["string"])["string"],
                    "name": name,
                    "before": "" if is_new else before,
                    "after": after,
                    "hidden": not may,
                }
            )
        label = self._label(env, change.model)
        return {
            "model": change.model,
            "label": label,
            "name": self._tell_name(record) if may_read else hidden,
            "operation": change.operation,
            "fields": lines,
        }

    @api.model
    def _tell_name(self, record):
        """A record's name; it may be made of a field that the person may not read."""
        try:
            return record.display_name or ""
        except AccessError:
            return self.env._("not yours to see")

    @api.model
    def _tell_value(self, env, column, value):
        """A column's value as a screen would show it."""
        if value is None:
            return ""
        if column.type == "many2one":
            target = env[column.comodel_name].browse(value)
            if not target._filtered_access("read"):
                return self.env._("not yours to see")
            return self._tell_name(target) or f"#{value}"
        if column.type == "selection":
            return dict(column._description_selection(self.env)).get(value, value)
        if column.type == "boolean":
            return self.env._("yes")
        if column.type == "html":
            return html2plaintext(value)
        if column.type == "binary":
            return self.env._("(content)")
        if isinstance(value, datetime):
            return fields.Datetime.to_string(fields.Datetime.context_timestamp(env.user, value))
        if isinstance(value, dict):
            return json.dumps(value, ensure_ascii=False)
        return f"{value:g}" if isinstance(value, float) else str(value)
