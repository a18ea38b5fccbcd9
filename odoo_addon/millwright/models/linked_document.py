from odoo import fields, models


class MillwrightLinkedMixin(models.AbstractModel):
    """For records that messages make or change: the way back to those messages.

    It goes over the integration rows, whose binding is indexed, and never searches the inbox by record.
    """

    _name = "millwright.linked.mixin"
    _description = "Record with inbox messages"

    millwright_message_count = fields.Integer(
        string="Inbox messages", compute="_compute_millwright_message_count", groups="millwright.group_viewer"
    )

    def _compute_millwright_message_count(self):
        for record in self:
            domain = record._get_millwright_domain()
            record.millwright_message_count = self.env["millwright.inbox"].search_count(domain)

    def _get_millwright_domain(self):
        """Inbox messages of the integration rows that are bound to this record."""
        domain = fields.Domain.FALSE
        for name in self.pool["millwright.integration.mixin"]._inherit_children:
            integration = self.env[name]
            binding = integration._fields.get(integration._millwright_record)
            if self.ids and binding is not None and binding.comodel_name == self._name:
                rows = integration.search([(binding.name, "in", self.ids)])
                domain |= fields.Domain(
                    [("integration_model", "=", name), ("integration_id", "in", rows.ids)]
                )
        return domain

    def action_open_millwright_messages(self):
        """Open the inbox messages that made or changed this record."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("millwright.inbox_action")
        action["domain"] = list(self._get_millwright_domain())
        action["context"] = {}
        return action


class MaintenanceEquipment(models.Model):
    _name = "maintenance.equipment"
    _inherit = ["maintenance.equipment", "millwright.linked.mixin"]


class MaintenanceRequest(models.Model):
    _name = "maintenance.request"
    _inherit = ["maintenance.request", "millwright.linked.mixin"]


class StockMove(models.Model):
    _name = "stock.move"
    _inherit = ["stock.move", "millwright.linked.mixin"]

    def _get_millwright_domain(self):
        """Several moves of one snapshot share a message, and none of them is bound to its row."""
        domain = super()._get_millwright_domain()
        return domain | fields.Domain("id", "in", self.millwright_message_id.ids)
