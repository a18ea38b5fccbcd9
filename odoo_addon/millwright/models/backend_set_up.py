from odoo import Command, models
from odoo.exceptions import UserError

TECHNICAL_GROUPS = (
    "millwright.group_technical",
    "stock.group_stock_user",
    "purchase.group_purchase_user",
    "base.group_user",
)


class MillwrightBackendSetUp(models.Model):
    """The technical user and the routes of a backend, and what acts in its name."""

    _inherit = "millwright.backend"

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
                "lang": self.env.user.lang,
            }
        )

    def _get_handler(self, kind, company):
        """The handler of a kind as the technical user has it, in a company and in its own language."""
        handler = self.env(su=False)[f"millwright.handler.{kind}"]
        return self._in_own_language(handler.with_user(self.user_id).with_company(company))

    def _in_own_language(self, records):
        """Records whose translated names are those that the maintenance system knows."""
        known = self.env["res.users"].with_user(self.user_id).context_get()  # remembered by Odoo
        return records.with_context(lang=known.get("lang"), tz=known.get("tz"))

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
