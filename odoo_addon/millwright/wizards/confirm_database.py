from odoo import api, fields, models
from odoo.exceptions import UserError


class MillwrightConfirmDatabase(models.TransientModel):
    """Asks what a database is that does not bear its own stamp: a copy, or the original elsewhere."""

    _name = "millwright.confirm.database"
    _description = "Confirm this database"

    kind = fields.Selection(
        [
            ("copy", "A copy: the original goes on elsewhere"),
            ("moved", "The original, restored or moved: no other runs"),
        ],
        string="This database is",
        required=True,
        default="copy",
    )
    environment = fields.Char(help="Another name than the original's, for example test.")
    database = fields.Char(compute="_compute_database")
    stamped_database = fields.Char(compute="_compute_database")

    @api.depends_context("uid")
    def _compute_database(self):
        stamp = self.env["millwright.identity"].search([], limit=1)
        for wizard in self:
            wizard.database = self.env.cr.dbname
            wizard.stamped_database = stamp.database

    def action_confirm(self):
        """Confirm the database under the environment that was given, or keep it."""
        self.ensure_one()
        if self.kind == "copy" and not (self.environment or "").strip():
            raise UserError(self.env._("Name the environment of the copy, for example test."))
        self.env["millwright.identity"].confirm(self.environment if self.kind == "copy" else None)
        return {"type": "ir.actions.client", "tag": "soft_reload"}
