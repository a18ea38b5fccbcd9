from odoo import api, models

from .. import faults


class MillwrightInbox(models.Model):
    _inherit = "millwright.inbox"

    @api.model
    def _checkpoint(self, name, rows=None):
        result = super()._checkpoint(name, rows)
        faults.meet(name, rows)
        if name == "storing":
            # Runs after the commit of the request, before its answer is sent.
            self.env.cr.postcommit.add(lambda: faults.meet("stored"))
        return result
