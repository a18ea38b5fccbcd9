from odoo import api, fields, models


class MillwrightIssueKey(models.TransientModel):
    """Issues a key for the sidecar and shows it once."""

    _name = "millwright.issue.key"
    _description = "Issue a key"

    backend_id = fields.Many2one("millwright.backend", required=True)
    name = fields.Char(string="What for", required=True, default=lambda self: self.env._("Sidecar"))
    shown_key = fields.Char(string="Key", store=False, readonly=True)

    # What else the sidecar's configuration asks for
    backend_code = fields.Char(related="backend_id.code")
    environment = fields.Char(related="backend_id.environment")
    events_path = fields.Char(related="backend_id.events_path", string="Path of events")
    odoo_url = fields.Char(string="Address of Odoo", compute="_compute_place")
    database = fields.Char(compute="_compute_place")

    @api.depends("backend_id")
    def _compute_place(self):
        for wizard in self:
            wizard.odoo_url = wizard.get_base_url()
            wizard.database = self.env.cr.dbname

    def action_issue(self):
        """Make the key. It is not stored here: it exists on the screen only."""
        self.ensure_one()
        key = self.backend_id.issue_key(self.name)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Key of %s: copy it now, it is not shown again", self.backend_id.name),
            "res_model": self._name,
            "view_mode": "form",
            "view_id": self.env.ref("millwright.issue_key_shown_view").id,
            "target": "new",
            "context": {"default_shown_key": key, "default_backend_id": self.backend_id.id},
        }
