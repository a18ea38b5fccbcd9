from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.sidecar_config import backends_file, reads_needed, variables, writes_offered


class MillwrightIssueKey(models.TransientModel):
    """Issues a key for the sidecar and shows it once, with the sidecar's configuration."""

    _name = "millwright.issue.key"
    _description = "Issue a key"

    backend_id = fields.Many2one("millwright.backend", required=True)
    name = fields.Char(string="What for", required=True, default=lambda self: self.env._("Sidecar"))
    odoo_url = fields.Char(
        string="Address of Odoo",
        compute="_compute_places",
        store=True,
        readonly=False,
        precompute=True,
        help="As the sidecar reaches it.",
    )
    public_url = fields.Char(
        string="Address of callbacks",
        compute="_compute_places",
        store=True,
        readonly=False,
        precompute=True,
        help="As the maintenance system reaches the sidecar.",
    )
    api_url = fields.Char(
        string="Address of its API", compute="_compute_places", store=True, readonly=False, precompute=True
    )
    writes = fields.Boolean(
        string="Write back",
        compute="_compute_places",
        store=True,
        readonly=False,
        precompute=True,
        help="Changes of Odoo go to the maintenance system.",
    )
    needs_reads = fields.Boolean(compute="_compute_needs")
    offers_writes = fields.Boolean(compute="_compute_needs")

    # On the screen only, never stored
    shown_key = fields.Char(string="Key", store=False, readonly=True)
    shown_variables = fields.Text(string="Variables", store=False, readonly=True)
    configuration = fields.Text(string="Backends file", store=False, readonly=True)
    backend_code = fields.Char(related="backend_id.code")
    environment = fields.Char(related="backend_id.environment")
    events_path = fields.Char(related="backend_id.events_path", string="Path of events")
    database = fields.Char(compute="_compute_database")

    @api.depends("backend_id")
    def _compute_places(self):
        for wizard in self:
            backend = wizard.backend_id
            wizard.odoo_url = wizard.get_base_url()
            wizard.public_url = backend.public_url or f"https://sidecar.example.com/callbacks/{backend.code}"
            wizard.api_url = backend.api_url
            wizard.writes = wizard.offers_writes

    @api.depends("backend_id")
    def _compute_needs(self):
        for wizard in self:
            contract = wizard.backend_id.contract_id
            document = contract and contract._get_document()
            wizard.needs_reads = bool(document) and reads_needed(document)
            wizard.offers_writes = bool(document) and writes_offered(document)

    def _compute_database(self):
        self.database = self.env.cr.dbname

    def action_issue(self):
        """Make the key. It is not stored here: it exists on the screen only."""
        self.ensure_one()
        document = self._get_document()
        self.backend_id.write({"public_url": self.public_url, "api_url": self.api_url})
        key = self.backend_id.issue_key(self.name)
        settings = self._get_settings()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Key of %s: copy it now, it is not shown again", self.backend_id.name),
            "res_model": self._name,
            "view_mode": "form",
            "view_id": self.env.ref("millwright.issue_key_shown_view").id,
            "target": "new",
            "context": {
                "default_shown_key": key,
                "default_backend_id": self.backend_id.id,
                "default_odoo_url": self.odoo_url,
                "default_public_url": self.public_url,
                "default_configuration": backends_file(settings, document),
                "default_shown_variables": variables(settings, document, self.backend_id.environment, key),
            },
        }

    def _get_document(self):
        """The contract that the configuration is written for."""
        backend = self.backend_id
        if not backend.contract_id:
            raise UserError(
                self.env._("Backend %s runs no contract: approve one and choose it first.", backend.name)
            )
        if (self.needs_reads or self.writes) and not self.api_url:
            raise UserError(
                self.env._("Say where the API of the maintenance system is: the sidecar reads there.")
            )
        return backend.contract_id._get_document()

    def _get_settings(self):
        return {
            "code": self.backend_id.code,
            "connector": self.backend_id.connector_id.code,
            "odoo_url": self.odoo_url,
            "database": self.env.cr.dbname,
            "public_url": self.public_url,
            "api_url": self.api_url,
            "writes": self.writes,
        }
