import json

from markupsafe import Markup

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import format_datetime

from ..const import ATTEMPTS_SHOWN, STATES

COLOURS = {"held": "warning", "dead": "danger", "done": "success", "pending": "info", "ignored": "secondary"}


class MillwrightQueueAttempts(models.AbstractModel):
    """What happened to a message that did not go through at once: the gate notes it, bounded per message.

    A message that is done at its first try has no such notes, so that the usual way costs nothing.
    """

    _inherit = "millwright.queue.mixin"

    attempt_log = fields.Text(readonly=True, copy=False, prefetch=False)
    attempt_timeline = fields.Html(
        string="Attempts, newest first", compute="_compute_attempt_timeline", sanitize=False
    )

    @api.model
    def _settle(self, changes):
        moving = [
            (rows.filtered(lambda row, move=(state, values): row._is_noted(*move)), state, values)
            for rows, state, values in changes
        ]
        result = super()._settle(changes)
        moving = [move for move in moving if move[0]]
        if moving:
            noted = moving[0][0]
            worker = noted._get_worker()
            noted.browse(row.id for rows, _state, _values in moving for row in rows).fetch(["attempt_log"])
            for rows, state, values in moving:
                rows._note_attempt(state, values, worker)
        return result

    def _is_noted(self, state, values):
        """Whether a move says something; that a message was claimed or planned says nothing."""
        planned = self.state == "processing" and state == "pending" and not values.get("code")
        return state not in ("processing", self.state) and not planned

    @api.model
    def _is_person(self):
        """Whether a person moves rows, or what works by itself."""
        return self.env.uid != SUPERUSER_ID and not self.env.user.has_group("millwright.group_technical")

    @api.model
    def _get_worker(self):
        """Who moves rows, for people."""
        if self._is_person():
            return self.env.user.name
        return self.env._("Runner") if self._name == "millwright.inbox" else self.env._("Sidecar")

    def _note_attempt(self, state, values, worker):
        text, is_person = (values.get("last_error") or "")[:500], self._is_person()
        for row in self:
            if state in ("done", "ignored") and not row.attempt_log and not is_person:
                continue
            entry = {
                "at": fields.Datetime.to_string(fields.Datetime.now()),
                "by": worker,
                "state": state,
                "try": row.attempts,
                "code": values.get("code") or "",
                "text": text,
            }
            notes = [*json.loads(row.attempt_log or "[]"), entry][-ATTEMPTS_SHOWN:]
            row.attempt_log = json.dumps(notes, ensure_ascii=False)

    @api.depends("attempt_log")
    def _compute_attempt_timeline(self):
        labels = dict(STATES)
        for row in self:
            lines = [
                row._get_attempt_line(note, labels) for note in reversed(json.loads(row.attempt_log or "[]"))
            ]
            row.attempt_timeline = lines and Markup('<ul class="list-unstyled">%s</ul>') % Markup().join(
                lines
            )

    def _get_attempt_line(self, note, labels):
        return Markup(
            '<li class="border-start border-2 ps-3 pb-3"><span class="text-muted">%s</span> '
            '<span class="badge text-bg-%s">%s</span> <b>%s</b> <code>%s</code> '
            '<span class="text-muted">%s</span><div>%s</div></li>'
        ) % (
            format_datetime(self.env, fields.Datetime.to_datetime(note["at"])),
            COLOURS[note["state"]],
            labels[note["state"]],
            note["by"],
            note["code"],
            self.env._("attempt %s", note["try"]) if note["try"] else "",
            note["text"],
        )
