from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, sql

from ..const import ROTATION_HOURS
from ..tools.issued_token import ISSUER_EXPECTED, read_issuer
from ..tools.proof import Secret


class MillwrightSecret(models.Model):
    """What proves the callbacks of a backend in mode direct. It can be written and never read.

    The text is in a column that is no field: no read, export, search or cache of the ORM meets it.
    """

    _name = "millwright.secret"
    _description = "Secret of callbacks"
    _order = "backend_id, name, event, id"

    backend_id = fields.Many2one("millwright.backend", required=True, index=True, ondelete="cascade")
    name = fields.Char(
        string="Scheme", help="The name that the spec gives the secret of a scheme; empty for most products."
    )
    event = fields.Char(help="The only event that it speaks for; empty: all of them.")
    until = fields.Datetime(help="Counts no longer from then on; empty: for good.")
    value = fields.Char(
        string="Secret", store=False, copy=False, exportable=False, groups="base.group_system"
    )

    def init(self):
        result = super().init()
        if not sql.column_exists(self.env.cr, self._table, "secret_text"):
            self.env.cr.execute("ALTER TABLE millwright_secret ADD COLUMN secret_text varchar")
        return result

    @api.depends("backend_id", "name", "event")
    def _compute_display_name(self):
        for secret in self:
            parts = (secret.backend_id.name, secret.name, secret.event)
            secret.display_name = " / ".join(part for part in parts if part)

    @api.model_create_multi
    def create(self, vals_list):
        texts = [vals.get("value") for vals in vals_list]
        for text in texts:
            self._check_text(text)
        clean = [{name: value for name, value in vals.items() if name != "value"} for vals in vals_list]
        secrets = super().create(clean)
        for secret, text in zip(secrets, texts, strict=True):
            secret._keep(text)
        return secrets

    def write(self, vals):
        self.check_access("write")
        result = super().write({name: value for name, value in vals.items() if name != "value"})
        if "value" in vals:
            self._check_text(vals["value"])
            self._keep(vals["value"])
        return result

    def action_rotate(self):
        """Let these end after the time of a rotation; add the new one beside them."""
        end = fields.Datetime.now() + timedelta(hours=ROTATION_HOURS)
        self.filtered(lambda secret: not secret.until or secret.until > end).write({"until": end})
        return True

    @api.model
    def _check_text(self, text):
        if not isinstance(text, str) or not text or "\x00" in text:
            raise UserError(
                self.env._("A secret has a text. To take one away, end it with a date or delete its row.")
            )

    def _check_issuer(self, text):
        """The secret of tokens that an issuer signs says who that is: with anything else all are refused."""
        for secret in self:
            if secret.backend_id._goes_by_issuer(secret.name) and not read_issuer(text):
                raise UserError(
                    self.env._(
                        "This secret names no issuer of tokens. Expected: %(expected)s.",
                        expected=ISSUER_EXPECTED,
                    )
                )

    def _keep(self, text):
        self._check_issuer(text)
        self.flush_recordset()
        self.env.cr.execute(
            SQL("UPDATE millwright_secret SET secret_text = %s WHERE id IN %s", text, tuple(self.ids))
        )

    @api.model
    def _read_for(self, backend):
        """The secrets of a backend as `Secret`, those that have ended too: who proves looks at the time."""
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """SELECT secret_text, NULLIF(name, ''), NULLIF(event, ''),
                          (extract(epoch FROM until) * 1000)::bigint
                     FROM millwright_secret
                    WHERE backend_id = %s AND secret_text IS NOT NULL ORDER BY id""",
                backend.id,
            )
        )
        return [Secret(*row) for row in self.env.cr.fetchall()]
