from odoo import api, fields, models
from odoo.exceptions import ValidationError


class MillwrightBackend(models.Model):
    """One configured instance of a maintenance system."""

    _name = "millwright.backend"
    _description = "Backend"
    _inherit = ["mail.thread", "mail.activity.mixin"]

    name = fields.Char(required=True, tracking=True)
    code = fields.Char(required=True, help="Stands in the address that the sidecar posts to.", tracking=True)
    connector_id = fields.Many2one("millwright.connector", required=True, ondelete="restrict")
    system = fields.Char(
        string="Maintenance system",
        compute="_compute_system",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        tracking=True,
        help="Backends with the same word stand for the same system, one replacing the other: only one of "
        "them may post a kind of traffic at a plant.",
    )
    contract_id = fields.Many2one(
        "millwright.contract",
        string="Running contract",
        compute="_compute_contract_id",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        ondelete="restrict",
        domain="[('connector_id', '=', connector_id), ('state', '=', 'approved')]",
        tracking=True,
    )
    environment = fields.Char(
        required=True,
        default="production",
        tracking=True,
        help="Messages that name another environment are refused.",
    )
    enabled = fields.Boolean(default=True, tracking=True, help="A disabled backend holds, it never drops.")
    plant_ids = fields.Many2many("millwright.plant", string="Plants", required=True)
    user_id = fields.Many2one(
        "res.users",
        string="Technical user",
        readonly=True,
        copy=False,
        ondelete="restrict",
        help="Acts for this backend, with user rights only.",
    )
    route_ids = fields.One2many("millwright.route", "backend_id")
    cross_reference_ids = fields.One2many(
        "millwright.cross.reference", "backend_id", string="Cross-references"
    )
    part_ids = fields.One2many("millwright.part", "backend_id")
    responsible_id = fields.Many2one(
        "res.users",
        default=lambda self: self.env.user,
        help="Is told of dead letters and when messages wait for longer than their flow allows.",
    )
    runbook = fields.Char(help="Address of a page that says what to do; incidents link to it.")
    held_count = fields.Integer(string="Held", compute="_compute_counts")
    dead_count = fields.Integer(string="Dead letters", compute="_compute_counts")
    is_confirmed = fields.Boolean(
        string="Database confirmed",
        compute="_compute_is_confirmed",
        help="No: this is a copy of the database that was set up, and nothing goes in or out.",
    )
    unbound_count = fields.Integer(string="Parts to bind", compute="_compute_unbound_count")
    events_path = fields.Char(
        string="Address", compute="_compute_events_path", help="Path that the sidecar posts to."
    )

    _code_uniq = models.Constraint("UNIQUE (code)", "A backend with this code exists already.")
    _user_uniq = models.Constraint("UNIQUE (user_id)", "A technical user serves one backend.")

    @api.depends("connector_id")
    def _compute_contract_id(self):
        for backend in self:
            if backend.contract_id.connector_id != backend.connector_id:
                approved = backend.connector_id.contract_ids.filtered(lambda c: c.state == "approved")
                backend.contract_id = approved[:1]

    @api.depends("connector_id")
    def _compute_system(self):
        for backend in self:
            backend.system = backend.system or backend.connector_id.code

    @api.depends_context("uid", "allowed_company_ids")  # each counts what he may see
    def _compute_counts(self):
        groups = self.env["millwright.inbox"]._read_group(
            [("backend_id", "in", self.ids), ("state", "in", ("held", "dead"))],
            ["backend_id", "state"],
            ["__count"],
        )
        counts = {(backend, state): count for backend, state, count in groups}
        for backend in self:
            backend.held_count = counts.get((backend, "held"), 0)
            backend.dead_count = counts.get((backend, "dead"), 0)

    def _compute_is_confirmed(self):
        self.is_confirmed = self.env["millwright.identity"]._is_confirmed()

    @api.depends("part_ids.product_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_unbound_count(self):
        groups = self.env["millwright.part"]._read_group(
            [("backend_id", "in", self.ids), ("product_id", "=", False)], ["backend_id"], ["__count"]
        )
        counts = {backend.id: count for backend, count in groups}
        for backend in self:
            backend.unbound_count = counts.get(backend.id, 0)

    @api.depends("code")
    def _compute_events_path(self):
        for backend in self:
            backend.events_path = backend.code and f"/millwright/v1/{backend.code}/events"

    @api.constrains("code")
    def _check_code(self):
        for backend in self:
            if not backend.code.replace("-", "").replace("_", "").isalnum():
                raise ValidationError(
                    self.env._("A backend's code has letters, digits, hyphens and underscores only.")
                )

    @api.constrains("runbook")
    def _check_runbook(self):
        for backend in self:
            if backend.runbook and not backend.runbook.startswith(("https://", "http://")):
                raise ValidationError(self.env._("A runbook's address begins with https:// or http://."))

    @api.constrains("contract_id", "connector_id")
    def _check_contract(self):
        for backend in self:
            contract = backend.contract_id
            if contract and (contract.state != "approved" or contract.connector_id != backend.connector_id):
                raise ValidationError(self.env._("A backend runs an approved contract of its own connector."))

    def write(self, vals):
        if {"enabled", "contract_id", "system"} & vals.keys():
            self._close_paths()
        result = super().write(vals)
        if "plant_ids" in vals:
            self.filtered("user_id")._set_up()
        if {"enabled", "contract_id", "plant_ids"} & vals.keys():
            self.env["millwright.inbox"]._wake()
        return result

    def _get_responsible(self):
        """Who is told of incidents: the responsible, else somebody who can see the backend."""
        self.ensure_one()
        user = self.responsible_id
        if user.active and user.has_group("millwright.group_viewer"):
            return user
        managers = self.env.ref("millwright.group_manager").all_user_ids
        return managers.filtered("active")[:1] or self.env.ref("base.user_admin")
