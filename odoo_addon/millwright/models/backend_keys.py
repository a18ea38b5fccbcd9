from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..const import KEY_DAYS, KEY_SCOPE


class MillwrightBackendKeys(models.Model):
    """The keys that open a backend's endpoints, and nothing else."""

    _inherit = "millwright.backend"

    def issue_key(self, name):
        """Make a key for the sidecar. It is shown once and cannot be read again.

        Keys issued before stay live until they are removed: so a key is rotated.

        :param str name: what the key is for
        :return: the key
        :raises AccessError: for others than integration managers
        """
        self.ensure_one()
        if not self.env.user.has_group("millwright.group_manager"):
            raise AccessError(self.env._("Only an integration manager issues keys."))
        if not self.user_id:
            raise UserError(self.env._("Prepare backend %s first.", self.name))
        # An ordinary user's keys live 90 days at the most; this key belongs to a machine and is
        # rotated by an administrator, hence sudo.
        keys_sudo = self.env["res.users.apikeys"].with_user(self.user_id).sudo()
        expires = fields.Datetime.now() + timedelta(days=KEY_DAYS)
        key = keys_sudo._generate(KEY_SCOPE, name, expires)
        self.message_post(body=self.env._("Key “%s” issued.", name))
        return key

    @api.model
    def _authenticate(self, code, key):
        """The backend that a key opens, or none.

        Only keys of our own scope count: one of global scope would open every other door too.
        """
        apikeys = self.env["res.users.apikeys"].sudo()
        uid = key and apikeys._check_credentials(scope=KEY_SCOPE, key=key)
        if not uid:
            return self.browse()
        own_scope = apikeys.search_count([("user_id", "=", uid), ("scope", "=", KEY_SCOPE)], limit=1)
        other_scopes = apikeys.search_count([("user_id", "=", uid), ("scope", "!=", KEY_SCOPE)], limit=1)
        if not own_scope or other_scopes:
            return self.browse()
        return self.sudo().search([("code", "=", code), ("user_id", "=", uid)])
