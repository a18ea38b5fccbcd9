from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError

BADGES = {"done": "success", "held": "warning", "ignored": "secondary", "failed": "danger"}
EMPTY = Markup('<span class="text-muted">–</span>')


class MillwrightExplain(models.TransientModel):
    """Shows what a message would create and change, record by record and field by field.

    The message is carried out and undone. What is shown was seen in that run; it is not kept
    longer than this dialog.
    """

    _name = "millwright.explain"
    _description = "Explain a message"

    message_id = fields.Many2one("millwright.inbox", readonly=True)
    backend_id = fields.Many2one("millwright.backend", required=True)
    event = fields.Char(required=True, help="Name of the event, as the contract has it.")
    payload = fields.Text(help="Body of the callback, as JSON.")
    fetched = fields.Text(help="What is read for it, as JSON by name: {} when nothing is.", default="{}")
    result = fields.Html(readonly=True, sanitize=False)

    @api.model
    def _check_operator(self):
        if not self.env.user.has_group("millwright.group_operator"):
            raise AccessError(self.env._("Only an operator may do this."))

    def action_explain(self):
        """Run what was pasted and show what it would do."""
        self.ensure_one()
        self._check_operator()
        simulation = self.env["millwright.simulation"]
        told = simulation._explain_payload(self.backend_id, self.event, self.payload or "", self.fetched)
        self.result = self._render(told)
        return self._open()

    def _open(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("What it would do"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    # -- what a person reads --------------------------------------------------------------

    @api.model
    def _render(self, told):
        parts = [self._render_command(command) for command in told["commands"]]
        parts += [self._render_record(record) for record in told["records"]]
        if not told["records"]:
            nothing = self.env._("No record would be created or changed.")
            parts.append(Markup('<p class="text-muted">%s</p>') % nothing)
        parts.append(self._render_rest(told))
        return Markup('<div class="o_millwright_explanation">%s</div>') % Markup("").join(parts)

    @api.model
    def _render_command(self, command):
        badge = Markup('<span class="badge text-bg-%s">%s</span>') % (
            BADGES.get(command["state"], "secondary"),
            self.env._("Would end as: %s", command["state_label"]),
        )
        names = [command["flow"], command["operation"], command["key"][:40], command["code"]]
        title = Markup(" · ").join(name for name in names if name)
        text = Markup("<div>%s <strong>%s</strong></div>") % (badge, title)
        if command["message"]:
            text += Markup("<div>%s</div>") % command["message"]
        if command["mode"]:
            modes = dict(self.env["millwright.route"]._fields["mode"]._description_selection(self.env))
            note = self.env._(
                "Its route is “%s”: by itself it would not run now. This is what it would do if it ran.",
                modes[command["mode"]],
            )
            text += Markup('<div class="text-muted">%s</div>') % note
        return Markup('<div class="mb-2">%s</div>') % text

    @api.model
    def _render_record(self, record):
        words = {
            "create": self.env._("new"),
            "change": self.env._("changed"),
            "delete": self.env._("deleted"),
        }
        head = Markup('<h4 class="mt-3 mb-1">%s: %s <span class="badge text-bg-info">%s</span></h4>') % (
            record["label"],
            record["name"],
            words[record["operation"]],
        )
        columns = (self.env._("Field"), self.env._("Before"), self.env._("After"))
        rows = Markup("").join(self._render_field(line) for line in record["fields"])
        return head + Markup(
            '<table class="table table-sm table-striped" style="table-layout: fixed"><thead><tr><th class="w-25">%s</th><th>%s</th><th>%s</th>'
            "</tr></thead><tbody>%s</tbody></table>"
        ) % (*columns, rows)

    @api.model
    def _render_field(self, line):
        look = Markup(' class="fst-italic text-muted"') if line["hidden"] else Markup("")
        return Markup('<tr title="%s"><td>%s</td><td%s>%s</td><td%s>%s</td></tr>') % (
            line["name"],
            line["label"],
            look,
            line["before"] or EMPTY,
            look,
            line["after"] or EMPTY,
        )

    @api.model
    def _render_rest(self, told):
        texts = [self.env._("All of it was undone: nothing was created, changed, sent or filed.")]
        if told["accompanying"]:
            counts = ", ".join(f"{count} × {label}" for label, count in told["accompanying"])
            texts.append(self.env._("Beside these records it would write: %s.", counts))
        if told["numbers"]:
            numbers = ", ".join(f"{number} ({name})" for name, number in told["numbers"])
            texts.append(self.env._("Numbers that this run has used up: %s.", numbers))
        return Markup('<p class="mt-3 text-muted">%s</p>') % Markup("<br/>").join(texts)


class MillwrightInbox(models.Model):
    _inherit = "millwright.inbox"

    def action_explain(self):
        """Show what this message would do if it ran now."""
        self.ensure_one()
        explain = self.env["millwright.explain"]
        explain._check_operator()
        # Before the dialog exists: it refers to the message, and so would keep its row locked.
        result = explain._render(self.env["millwright.simulation"]._explain_message(self))
        values = {"message_id": self.id, "backend_id": self.backend_id.id, "event": self.event}
        return explain.create({**values, "result": result})._open()
