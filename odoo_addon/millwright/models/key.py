from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..const import KEY_SCOPE, KEY_WARNING_DAYS


class MillwrightKey(models.Model):
    """The sidecar's keys of the backends: a query over Odoo's keys, without what opens anything.

    Odoo does not record when a key was used.
    """

    _name = "millwright.key"
    _description = "Key of a sidecar"
    _auto = False
    _order = "issued_at desc, id desc"
    _depends = {"millwright.backend": ["user_id"]}

    name = fields.Char(string="What for", readonly=True)
    backend_id = fields.Many2one("millwright.backend", readonly=True)
    issued_at = fields.Datetime(string="Issued at", readonly=True)
    expires_at = fields.Datetime(string="Expires at", readonly=True)
    is_expiring = fields.Boolean(string="Expires soon", compute="_compute_is_expiring")

    @property
    def _table_query(self):
        return SQL(
            """SELECT held.id, held.name, backend.id AS backend_id,
                      held.create_date AS issued_at, held.expiration_date AS expires_at
                 FROM res_users_apikeys AS held
                 JOIN millwright_backend AS backend ON backend.user_id = held.user_id
                WHERE held.scope = %s""",
            KEY_SCOPE,
        )

    @api.depends("expires_at")
    def _compute_is_expiring(self):
        soon = fields.Datetime.now() + timedelta(days=KEY_WARNING_DAYS)
        for key in self:
            key.is_expiring = bool(key.expires_at) and key.expires_at < soon

    def action_remove(self):
        """Remove the keys: what uses one of them is refused from now on.

        :raises AccessError: for others than integration managers
        """
        if not self.env.user.has_group("millwright.group_manager"):
            raise AccessError(self.env._("Only an integration manager removes keys."))
        self.check_access("read")
        for key in self:
            key.backend_id.message_post(body=self.env._("Key “%s” removed.", key.name))
        # They belong to the technical user; whose backends these are was checked above.
        keys_sudo = self.env["res.users.apikeys"].sudo().browse(self.ids)
        backends = self.backend_id
        keys_sudo.unlink()
        self.env.invalidate_all()
        return backends and {"type": "ir.actions.client", "tag": "soft_reload"}


class MillwrightBackendKeys(models.Model):
    """Which keys a backend has, and what to do before the last of them ends."""

    _inherit = "millwright.backend"

    key_ids = fields.One2many(
        "millwright.key", "backend_id", string="Keys", readonly=True, groups="millwright.group_manager"
    )
    key_warning = fields.Char(
        string="About the keys", compute="_compute_key_warning", groups="millwright.group_manager"
    )
    api_url = fields.Char(
        string="Address of its API",
        tracking=True,
        help="Where the maintenance system answers reads and takes changes; the sidecar is told it.",
    )

    @api.depends("key_ids.expires_at", "mode", "user_id")
    def _compute_key_warning(self):
        for backend in self:
            backend.key_warning = backend.mode == "sidecar" and backend._get_key_warning()

    def _get_key_warning(self):
        """A sentence, or nothing when a key is good for a while or none is needed yet."""
        if not self.user_id:
            return False
        live = self.key_ids.filtered(lambda key: not key.expires_at or key.expires_at > fields.Datetime.now())
        if not live:
            return self.env._(
                "No key is valid, so the sidecar is refused. Issue one and give it to the sidecar."
            )
        expiring = live.filtered("is_expiring").sorted("expires_at")
        if not expiring:
            return False
        return self.env._(
            "Key “%(name)s” ends on %(day)s. Issue another, give it to the sidecar, then remove this one.",
            name=expiring[0].name,
            day=fields.Date.to_string(expiring[0].expires_at.date()),
        )

    @api.model
    def _cron_warn_of_keys(self):
        """An activity for the responsible of each backend whose keys need something done; one at a time."""
        for backend in self.search([("enabled", "=", True), ("mode", "=", "sidecar")]):
            warning = backend.key_warning
            open_ones = backend.activity_ids.filtered(
                lambda activity: activity.automated and activity.summary == self._get_key_summary()
            )
            if warning and not open_ones:
                backend.activity_schedule(
                    "mail.mail_activity_data_todo",
                    summary=self._get_key_summary(),
                    note=warning,
                    user_id=backend._get_responsible().id,
                )
            elif not warning and open_ones:
                open_ones.action_feedback(feedback=self.env._("A valid key is there."))

    @api.model
    def _get_key_summary(self):
        return self.env._("Key of the sidecar")
