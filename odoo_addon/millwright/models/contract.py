import json

from odoo import api, fields, models, tools
from odoo.exceptions import AccessError, UserError
from odoo.tools import file_open

from ..tools.canonical import canonical, contract_hash
from ..tools.contract_reader import compile_contract
from ..tools.errors import ContractError
from ..tools.outgoing import Policies, outgoing_fields


class MillwrightContract(models.Model):
    """One released state of a connector's mappings, known by its hash and never changed.

    Contracts stand side by side; which one a backend runs is the backend's `contract_id`.
    """

    _name = "millwright.contract"
    _description = "Contract"
    _order = "id desc"

    connector_id = fields.Many2one(
        "millwright.connector", required=True, readonly=True, index=True, ondelete="restrict"
    )
    version = fields.Char(required=True, readonly=True)
    hash = fields.Char(required=True, readonly=True)
    document = fields.Text(required=True, readonly=True)
    names_document = fields.Text(
        readonly=True,
        help="The same under the names that a later release of the connector gave its flows and columns.",
    )
    state = fields.Selection(
        [("candidate", "Candidate"), ("approved", "Approved")],
        default="candidate",
        required=True,
        readonly=True,
    )
    approved_by_id = fields.Many2one("res.users", string="Approved by", readonly=True)
    approved_at = fields.Datetime(string="Approved at", readonly=True)

    backend_ids = fields.One2many("millwright.backend", "contract_id", string="Run by", readonly=True)
    document_pretty = fields.Text(string="Content", compute="_compute_document_pretty")

    _hash_uniq = models.Constraint("UNIQUE (connector_id, hash)", "A contract is registered once.")

    @api.depends("document")
    def _compute_document_pretty(self):
        for contract in self:
            content = json.loads(contract.document or "{}")
            contract.document_pretty = json.dumps(content, indent=2, ensure_ascii=False)

    @api.depends("version", "hash")
    def _compute_display_name(self):
        for contract in self:
            digest = (contract.hash or "").removeprefix("sha256:")[:8]
            contract.display_name = f"{contract.connector_id.name} {contract.version} ({digest})"

    @api.model
    def _load_contract(self, module):
        """Register the `contract.json` of an addon; called by the addon's data on install and upgrade.

        The first contract of a connector is approved by whoever installs the addon; a later one
        is a candidate until somebody approves it and a backend is switched to it.

        :param str module: technical name of the generated addon
        :raises UserError: when the file's hash is not that of its content
        """
        with file_open(f"{module}/contract.json") as file:
            document = json.load(file)
        if contract_hash(document) != document["hash"]:
            raise UserError(
                self.env._(
                    "%s/contract.json was changed by hand: its hash does not fit its content. "
                    "Generate the addon again.",
                    module,
                )
            )
        try:
            compile_contract(document)
        except ContractError as error:
            raise UserError(
                self.env._("%(module)s/contract.json cannot be run: %(error)s", module=module, error=error)
            ) from error
        connector = self._register_connector(document["connector"])
        contract = connector.contract_ids.filtered(lambda c: c.hash == document["hash"])
        if not contract:
            first = not connector.contract_ids
            contract = self.create(
                {
                    "connector_id": connector.id,
                    "version": document["connector"]["version"],
                    "hash": document["hash"],
                    "document": canonical(document),
                }
            )
            if first:
                contract.action_approve()
        return contract.id

    @api.model
    def _register_connector(self, header):
        connector = self.env["millwright.connector"].search([("code", "=", header["code"])])
        if not connector:
            return connector.create({"code": header["code"], "name": header["title"]})
        if connector.name != header["title"]:
            connector.name = header["title"]
        return connector

    def action_approve(self):
        """Let backends run this contract, once: who approved it first stays the one who did.

        :raises AccessError: for others than integration managers, and for whoever acts for a backend: what
            carries mappings out does not approve them
        """
        user = self.env.user
        if not self.env.su and not user.has_group("millwright.group_manager"):
            raise AccessError(self.env._("Only an integration manager approves contracts."))
        if user.has_group("millwright.group_technical") or self.env["millwright.backend"].sudo().search_count(
            [("user_id", "=", user.id)], limit=1
        ):
            raise AccessError(self.env._("A technical user approves no contract: a person does."))
        candidates_sudo = self.filtered(lambda contract: contract.state != "approved").sudo()
        candidates_sudo.write(
            {
                "state": "approved",
                "approved_by_id": self.env.uid,
                "approved_at": fields.Datetime.now(),
            }
        )
        self.env["millwright.inbox"]._wake()

    # -- what ran under it ----------------------------------------------------------------

    def action_open_messages(self):
        """Open the messages that were planned under this contract."""
        return self._open_traces("millwright.inbox_action")

    def action_open_audit(self):
        """Open the audit rows of what was carried out under this contract."""
        return self._open_traces("millwright.audit_action")

    def _open_traces(self, reference):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(reference)
        action["domain"] = [("contract_hash", "=", self.hash)]
        action["context"] = {}
        return action

    @api.model
    def _get_by_hash(self, hashes):
        """Contracts by hash. A hash stands for one content, so for one contract."""
        contracts = self.search([("hash", "in", [value for value in hashes if value])], order="id desc")
        return {contract.hash: contract for contract in contracts}

    @tools.ormcache("self.id")
    def _get_document(self):
        """The contract as Python objects, under the names of this database.

        Cached: a contract never changes, and its names change with an upgrade of the addon only.
        """
        self.ensure_one()
        contract = self.sudo()
        return json.loads(contract.names_document or contract.document)

    @tools.ormcache("self.id")
    def _get_compiled(self):
        """The contract ready for the interpreter."""
        return compile_contract(self._get_document())

    @tools.ormcache("self.id", "flow")
    def _get_policies(self, flow):
        """Whose value counts of each field of a flow (`tools/outgoing.py`)."""
        return Policies(self._get_document()["flows"][flow])

    @tools.ormcache("self.id", "flow")
    def _get_outgoing_fields(self, flow):
        """Canonical fields of a flow that go out; None when it does not go out."""
        return outgoing_fields(self._get_document(), flow)

    def write(self, vals):
        if {"document", "hash", "version", "connector_id"} & vals.keys():
            raise UserError(self.env._("A contract never changes; register another one."))
        if {"state", "approved_by_id", "approved_at"} & vals.keys() and not self.env.su:
            raise AccessError(self.env._("A contract is approved by its button alone."))
        return super().write(vals)
