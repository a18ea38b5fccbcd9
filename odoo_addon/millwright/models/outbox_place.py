from collections import defaultdict

from odoo import api, models


class MillwrightOutboxPlace(models.Model):
    """Where a row that goes out belongs, and whether it may go now."""

    _inherit = "millwright.outbox"

    @api.model
    def _get_plants(self, backend, exporter, records, bindings):
        """The plant of each record: by its integration row, by its place, by its company; never guessed."""
        places = {record.id: exporter._get_place(record) for record in records}
        hosts = {host for host, _code in places.values() if host}
        by_host = {}
        for model, group in self.env["millwright.outbox"]._by_model(hosts).items():
            for kind_exporter in self.env["millwright.exporter"]._get_exporters(model):
                for name in backend._get_integration_models(kind_exporter._millwright_kind):
                    rows = self._get_bindings(backend, {"model": name}, group)
                    by_host.update({(model, key): row.plant_id for key, row in rows.items()})
        codes = backend._plants_by_code({code for _host, code in places.values() if code})
        plants = {}
        for record in records:
            host, code = places[record.id]
            own = bindings[record.id].plant_id if record.id in bindings else None
            of_host = by_host.get((host._name, host.id)) if host else None
            plants[record.id] = own or of_host or codes.get(code) or self._get_only_plant(backend, record)
        return plants

    @api.model
    def _by_model(self, records):
        groups = defaultdict(list)
        for record in records:
            groups[record._name].append(record.id)
        return {model: self.env[model].browse(ids) for model, ids in groups.items()}

    @api.model
    def _get_only_plant(self, backend, record):
        plants = backend.plant_ids.filtered(lambda plant: plant.company_id == record.company_id)
        return plants if len(plants) == 1 else plants.browse()

    @api.model
    def _get_route(self, backend, flow, plant):
        return backend.route_ids.filtered(lambda route: route.flow == flow and route.plant_id == plant)

    @api.model
    def _get_epoch(self, backend, flow, plant):
        return self._get_route(backend, flow, plant).epoch if plant else 0

    @api.model
    def _get_verdict(self, backend, flow, plant, unbound=None):
        """Whether a row may go: (state, why not and what it waits for)."""
        if not backend.enabled:
            text = self.env._("The backend is disabled. Enable it to go on.")
            return "held", self._hold("backend_disabled", text, "backend", backend.code)
        if backend.contract_id._get_outgoing_fields(flow) is None:
            text = self.env._("The running contract does not write the flow %s.", flow)
            return "held", self._hold("flow_not_written", text, "contract", flow)
        if not plant:
            text = self.env._(
                "No plant is known for it. Give the backend one plant of its company, or add a "
                "cross-reference for its place."
            )
            return "held", self._hold("plant_unknown", text, "plant", flow)
        route = self._get_route(backend, flow, plant)
        if route.mode != "active":
            code = f"route_{route.mode}" if route else "route_missing"
            text = self.env._(
                "The flow %(flow)s does not run at plant %(plant)s.", flow=flow, plant=plant.name
            )
            return "held", self._hold(code, text, "route", f"{flow}/{plant.id}")
        if unbound:
            text = self.env._(
                "It names a record (%(model)s #%(id)s) that the maintenance system does not know yet.",
                model=unbound["model"],
                id=unbound["id"],
            )
            key = f"{unbound['model']},{unbound['id']}"
            return "held", self._hold("reference_unbound", text, "record", key)
        return "pending", {"code": False, "last_error": False}

    @staticmethod
    def _hold(code, text, kind, key):
        return {"code": code, "last_error": text, "wait_kind": kind, "wait_key": key}
