from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..const import KEY_DAYS, KEY_SCOPE, PATH_LOCK, POSTING_MODES
from .recorder import recorder_of

TECHNICAL_GROUPS = (
    "millwright.group_technical",
    "stock.group_stock_user",
    "purchase.group_purchase_user",
    "base.group_user",
)


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

    # -- set-up ---------------------------------------------------------------------------

    def action_prepare(self):
        """Create the technical user and the routes, as far as they are missing."""
        self._set_up()
        self.env["millwright.identity"]._stamp()
        return True

    def _set_up(self):
        for backend in self:
            companies = backend.plant_ids.company_id
            if not companies:
                raise UserError(self.env._("Choose the plants of backend %s first.", backend.name))
            if not backend.user_id:
                backend.user_id = backend._create_technical_user(companies)
            backend.user_id.sudo().write(
                {
                    "company_ids": [Command.set(companies.ids)],
                    "company_id": companies[0].id,
                    "group_ids": [Command.link(self.env.ref(group).id) for group in TECHNICAL_GROUPS],
                }
            )
            backend._create_routes()

    def _create_technical_user(self, companies):
        # Administrators of the integration need not be administrators of users; the rights
        # given here are fixed by the addon, not by who presses the button.
        users_sudo = self.env["res.users"].sudo().with_context(no_reset_password=True)
        return users_sudo.create(
            {
                "name": self.env._("Millwright: %s", self.name),
                "login": f"millwright+{self.code}",
                "company_id": companies[0].id,
                "company_ids": [Command.set(companies.ids)],
                "group_ids": [Command.set([self.env.ref(group).id for group in TECHNICAL_GROUPS])],
                "notification_type": "email",
                "tz": self.env.user.tz or "UTC",
            }
        )

    def _create_routes(self):
        known = {(route.flow, route.plant_id) for route in self.route_ids}
        flows = self.contract_id._get_document()["flows"] if self.contract_id else {}
        self.env["millwright.route"].create(
            [
                {
                    "backend_id": self.id,
                    "flow": name,
                    "plant_id": plant.id,
                    "mode": "off" if self._get_rival_routes(flow["kind"], plant) else "active",
                }
                for name, flow in flows.items()
                for plant in self.plant_ids
                if (name, plant) not in known
            ]
        )

    # -- one path -------------------------------------------------------------------------

    def _get_siblings(self, plants=None):
        """The other backends that stand for the same maintenance system at one of these plants (else of its own)."""
        self.ensure_one()
        plants = self.plant_ids if plants is None else plants
        return self.search(
            [("system", "=", self.system), ("id", "!=", self.id), ("plant_ids", "in", plants.ids)]
        )

    def _get_family_ids(self, plants):
        """Ids of this backend and its siblings at plants; in shadow of this one alone, which shall tell what
        it would do."""
        recorder = recorder_of(self.env)
        if recorder and recorder.in_shadow:
            return self.ids
        return [*self.ids, *self.sudo()._get_siblings(plants.sudo()).ids]

    def _get_rival_routes(self, kind, plant):
        """Routes of siblings that may post this kind of traffic at a plant."""
        return self.env["millwright.route"].search(
            [
                ("system", "=", self.system),
                ("kind", "=", kind),
                ("plant_id", "=", plant.id),
                ("backend_id", "!=", self.id),
                ("mode", "in", POSTING_MODES),
            ]
        )

    def _close_paths(self):
        """Wait until no effect of these backends is under way, and let none begin before this transaction ends.

        Effects hold the same lock shared. The lock manager queues, so that a change of route gets its turn
        under any load; row locks alone would let ever new effects pass it.
        """
        for backend_id in sorted(self.ids):
            self.env.cr.execute("SELECT pg_advisory_xact_lock(%s, %s)", [PATH_LOCK, backend_id])

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

    def _get_responsible(self):
        """Who is told of incidents: the responsible, else somebody who can see the backend."""
        self.ensure_one()
        user = self.responsible_id
        if user.active and user.has_group("millwright.group_viewer"):
            return user
        managers = self.env.ref("millwright.group_manager").all_user_ids
        return managers.filtered("active")[:1] or self.env.ref("base.user_admin")

    # -- references -----------------------------------------------------------------------

    def _get_references(self, kind, keys):
        """Records of Odoo by the external ids they are bound to.

        :param str kind: `equipment`, `work_order` or `part`
        :param keys: external ids
        :return: dict of external id to record; an unbound key is not in it
        """
        self.ensure_one()
        keys = list(keys)
        if kind == "part":
            parts = self.env["millwright.part"].search(
                [
                    ("backend_id", "=", self.id),
                    ("external_id", "in", keys),
                    ("product_id", "!=", False),
                ]
            )
            return {part.external_id: part.product_id for part in parts}
        found = {}
        for model in self._get_integration_models(kind):
            record_field = self.env[model]._millwright_record
            if not record_field:  # no handler binds this kind yet
                continue
            rows = self.env[model].search(
                [
                    ("backend_id", "=", self.id),
                    ("external_id", "in", keys),
                    (record_field, "!=", False),
                ]
            )
            found.update(self._get_siblings_records(model, set(keys) - found.keys()))
            found.update({row.external_id: row[record_field] for row in rows})
        return found

    def _get_sibling_rows(self, model, keys):
        """Bound integration rows of siblings: what the backend that posted before knows of these external ids.

        Of the same model only, so of the same connector: ids of another product mean other things.
        """
        self.ensure_one()
        siblings_sudo = self.sudo()._get_siblings()
        rows_sudo = self.env[model].sudo()
        record_field = rows_sudo._millwright_record
        if not siblings_sudo or not keys or not record_field:
            return rows_sudo.browse()
        return rows_sudo.search(
            [
                ("backend_id", "in", siblings_sudo.ids),
                ("external_id", "in", list(keys)),
                (record_field, "!=", False),
                ("plant_id", "in", self.sudo().plant_ids.ids),
            ],
            order="synchronised_version",
        )

    def _get_siblings_records(self, model, keys):
        """Records that siblings have bound, by external id, in this environment."""
        rows_sudo = self._get_sibling_rows(model, keys)
        return {
            row_sudo.external_id: row_sudo[row_sudo._millwright_record].with_env(self.env)
            for row_sudo in rows_sudo
        }

    def _get_external_ids_of(self, kind, records):
        """External ids by record id, of those of the records that are bound.

        :param str kind: `equipment` or `work_order`
        """
        self.ensure_one()
        found = {}
        for model in self._get_integration_models(kind):
            name = self.env[model]._millwright_record
            if name and self.env[model]._fields[name].comodel_name == records._name:
                rows = self.env[model].search([("backend_id", "=", self.id), (name, "in", records.ids)])
                found.update({row[name].id: row.external_id for row in rows})
        return found

    def _locate(self, chains):
        """The plant of each chain of candidates; the first candidate that is known counts.

        :param chains: lists of `("cross_reference", "plant", code)`, `("work_order", external id)`
            and `("only",)`
        :return: list of `millwright.plant`, empty where none is known
        """
        self.ensure_one()
        codes, orders = set(), set()
        for step in (step for chain in chains for step in chain):
            if step[0] == "cross_reference":
                codes.add(step[2])
            elif step[0] == "work_order":
                orders.add(step[1])
        known = {
            "cross_reference": self._plants_by_code(codes),
            "work_order": self._plants_by_work_order(orders),
        }
        only = self.plant_ids if len(self.plant_ids) == 1 else self.plant_ids.browse()
        none = self.plant_ids.browse()
        located = []
        for chain in chains:
            found = (only if step[0] == "only" else known[step[0]].get(step[-1], none) for step in chain)
            located.append(next(filter(None, found), none))
        return located

    def _plants_by_code(self, codes):
        references = self.env["millwright.cross.reference"].search(
            [("backend_id", "=", self.id), ("table", "=", "plant"), ("code", "in", list(codes))]
        )
        return {reference.code: reference.plant_id for reference in references}

    def _plants_by_work_order(self, external_ids):
        plants = {}
        for model in self._get_integration_models("work_order") if external_ids else []:
            rows = self.env[model].search(
                [
                    ("backend_id", "=", self.id),
                    ("external_id", "in", list(external_ids)),
                    ("plant_id", "!=", False),
                ]
            )
            known = {row.external_id: row.plant_id for row in rows}
            others_sudo = self._get_sibling_rows(model, set(external_ids) - known.keys())
            plants.update({row.external_id: row.plant_id.with_env(self.env) for row in others_sudo})
            plants.update(known)
        return plants

    def _get_integration_models(self, kind):
        """Names of the integration models whose flow is of this kind."""
        flows = self.sudo().contract_id._get_document()["flows"].values()
        return [flow["model"] for flow in flows if flow["kind"] == kind]
