import re

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import MODES

STEPS = [("system", "Maintenance system"), ("plants", "Plants")]
CODE = re.compile(r"[a-z0-9][a-z0-9_-]*")


class MillwrightSetUp(models.TransientModel):
    """Leads through the set-up of one backend. It can be left and is taken up where it was left.

    The backend comes into being after the last step, whole: with its technical user and its routes.
    Then follows the key, or in mode direct the backend with its secrets.
    """

    _name = "millwright.set.up"
    _description = "Set up a backend"
    _transient_max_hours = 14 * 24.0

    step = fields.Selection(STEPS, default="system", required=True, readonly=True)
    connector_id = fields.Many2one("millwright.connector", domain="[('contract_ids.state', '=', 'approved')]")
    no_connector = fields.Boolean(compute="_compute_no_connector")
    name = fields.Char(string="Name of the backend")
    code = fields.Char(
        compute="_compute_code",
        store=True,
        readonly=False,
        help="Stands in the address of its callbacks: lower case letters, digits, hyphens and underscores.",
    )
    environment = fields.Char(
        default="production", help="Messages that name another environment are refused."
    )
    mode = fields.Selection(MODES, default="sidecar", required=True)
    plant_ids = fields.Many2many(
        "millwright.plant",
        string="Plants",
        default=lambda self: self.env["millwright.plant"].search([]) if self._is_single_plant() else False,
    )

    @api.model
    def _is_single_plant(self):
        return self.env["millwright.plant"].search_count([], limit=2) == 1

    @api.depends_context("uid")
    def _compute_no_connector(self):
        approved = [("contract_ids.state", "=", "approved")]
        self.no_connector = not self.env["millwright.connector"].search_count(approved, limit=1)

    @api.depends("connector_id")
    def _compute_code(self):
        for wizard in self:
            wizard.code = wizard.code or (wizard.connector_id.code or "").replace("_", "-")

    @api.model
    def action_open(self):
        """Open the set-up that this user left last, or a new one."""
        left = self.search([("create_uid", "=", self.env.uid)], order="id desc", limit=1)
        return left._show()

    def _show(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Set up a backend"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(self.env.ref("millwright.set_up_view_form").id, "form")],
            "target": "new",
        }

    def action_next(self):
        """Go on to the plants, when the first page is complete."""
        self.ensure_one()
        self._check_system()
        self.step = "plants"
        return self._show()

    def action_back(self):
        """Go back to the first page; nothing is lost."""
        self.ensure_one()
        self.step = "system"
        return self._show()

    def action_start_again(self):
        """Forget what was filled in."""
        self.unlink()
        return self.browse()._show()

    def action_finish(self):
        """Create the backend with its technical user and routes; then ask for what is left.

        :return: the action that issues a key, or in mode direct the backend
        """
        self.ensure_one()
        self._check_system()
        if not self.plant_ids:
            raise UserError(
                self.env._("Choose at least one plant, or create one: messages belong to a plant.")
            )
        backend = self.env["millwright.backend"].create(
            {
                "name": self.name,
                "code": self.code,
                "connector_id": self.connector_id.id,
                "environment": self.environment,
                "mode": self.mode,
                "plant_ids": [fields.Command.set(self.plant_ids.ids)],
            }
        )
        backend.action_prepare()
        self.unlink()
        if backend.mode == "direct":
            return self._show_backend(backend)
        action = self.env["ir.actions.act_window"]._for_xml_id("millwright.issue_key_action")
        return {
            **action,
            "name": self.env._("Connect the sidecar of %s", backend.name),
            "context": {"default_backend_id": backend.id},
        }

    def _check_system(self):
        missing = [
            self._fields[name]._description_string(self.env)
            for name in ("connector_id", "name", "code", "environment")
            if not self[name]
        ]
        if missing:
            raise UserError(self.env._("Fill in: %s.", ", ".join(missing)))
        if not CODE.fullmatch(self.code):
            raise UserError(
                self.env._(
                    "The code “%s” has to be of lower case letters, digits, hyphens and underscores, for "
                    "example packing-1.",
                    self.code,
                )
            )
        if self.env["millwright.backend"].sudo().search_count([("code", "=", self.code)], limit=1):
            raise UserError(self.env._("A backend with the code “%s” exists already.", self.code))

    def _show_backend(self, backend):
        return {
            "type": "ir.actions.act_window",
            "res_model": backend._name,
            "res_id": backend.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "current",
        }
