import json
from itertools import count

from odoo import Command
from odoo.tests import TransactionCase

from odoo.addons.millwright.tools.work import Work

from .core import StatementsMixin

INPUT = {"archive_when": []}
FLOWS = {
    "asset": {
        "kind": "equipment",
        "model": "millwright.fake.asset",
        "shortage": None,
        "delete": "archive",
        "match": [["serial_no"], ["name", "plant"]],
        "empty_match_key": "skip",
        "ambiguous_match": "hold",
        "inputs": {"event": INPUT},
    },
    "work_order": {
        "kind": "work_order",
        "model": "millwright.fake.work_order",
        "shortage": None,
        "delete": "archive",
        "match": [],
        "inputs": {"event": INPUT},
    },
    "consumption": {
        "kind": "parts_consumption",
        "model": "millwright.fake.consumption",
        "shortage": "post",
        "delete": None,
        "match": [],
        "inputs": {"event": INPUT, "snapshot": {**INPUT, "role": "converge"}},
    },
}
T1 = "2026-09-03T10:05:00.310000Z"
T2 = "2026-09-03T11:05:00.000000Z"
T3 = "2026-09-04T09:00:00.000000Z"


class HandlerCase(StatementsMixin, TransactionCase):
    """A backend with a technical user, two companies with a plant each, and no connector but a fake one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.counter = count(1)
        cls.company = cls.env.company
        cls.other_company = cls.env["res.company"].create({"name": "Second works"})
        cls.env.user.company_ids = [Command.link(cls.other_company.id)]
        cls.env = cls.env(
            context=dict(cls.env.context, allowed_company_ids=[cls.company.id, cls.other_company.id])
        )
        cls.company = cls.company.with_env(cls.env)
        cls.plant = cls._create_plant(cls.company)
        cls.other_plant = cls._create_plant(cls.other_company)
        cls.backend = cls._create_backend("fake-1")
        cls.unit = cls.env.ref("uom.product_uom_unit")
        cls.dozen = cls.env.ref("uom.product_uom_dozen")
        cls.dozen.active = True

    @classmethod
    def _create_plant(cls, company):
        location = cls.env["stock.location"].create(
            {"name": "Maintenance", "usage": "production", "company_id": company.id}
        )
        warehouse = cls.env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1)
        team = cls.env["maintenance.team"].create(
            {"name": f"Team of {company.name}", "company_id": company.id}
        )
        return cls.env["millwright.plant"].create(
            {
                "name": f"Plant of {company.name}",
                "code": f"P{company.id}",
                "company_id": company.id,
                "warehouse_id": warehouse.id,
                "consumption_location_id": location.id,
                "maintenance_team_id": team.id,
            }
        )

    @classmethod
    def _create_backend(cls, code):
        connector = cls.env["millwright.connector"].search([("code", "=", "fake")])
        if not connector:
            connector = connector.create({"code": "fake", "name": "Fake"})
            cls.env["millwright.contract"].create(
                {
                    "connector_id": connector.id,
                    "version": "1.0.0",
                    "hash": "sha256:fake",
                    "document": json.dumps({"flows": FLOWS}),
                }
            ).action_approve()
        backend = cls.env["millwright.backend"].create(
            {
                "name": code,
                "code": code,
                "connector_id": connector.id,
                "plant_ids": [Command.set([cls.plant.id, cls.other_plant.id])],
            }
        )
        backend.action_prepare()
        return backend

    # -- works ----------------------------------------------------------------------------

    def _work(self, flow, operation, key, fields, *, backend=None, plant=None, version=T1, **flow_values):
        """What the runner hands to a handler, in the technical user's environment."""
        backend, plant = backend or self.backend, plant or self.plant
        user, company = backend.user_id, plant.company_id
        event_id = f"event-{next(self.counter)}"
        command = {
            "kind": FLOWS[flow]["kind"],
            "flow": flow,
            "input": "event",
            "operation": operation,
            "key": key,
            "version": version,
            "occurred_at": version,
            "fields": fields,
        }
        if operation == "post":
            command["operation_id"] = key
        elif operation == "converge":
            command["operation_id"] = event_id
        inbox = self.env["millwright.inbox"].create(
            {"backend_id": backend.id, "event_id": event_id, "event": "TEST", "version": version}
        )
        row = self._integration(flow, key, backend, plant) if operation != "check" else None
        return Work(
            inbox_id=inbox.id,
            command=command,
            given=fields,
            flow={**FLOWS[flow], **flow_values},
            backend=backend.with_user(user).with_company(company),
            plant=plant.with_user(user).with_company(company),
            integration=row and row.with_user(user).with_company(company),
            event_id=event_id,
        )

    @classmethod
    def _integration(cls, flow, key, backend=None, plant=None):
        backend, plant = backend or cls.backend, plant or cls.plant
        model = cls.env[FLOWS[flow]["model"]]
        row = model.search([("backend_id", "=", backend.id), ("external_id", "=", key)])
        return row or model.create(
            {
                "backend_id": backend.id,
                "plant_id": plant.id,
                "company_id": plant.company_id.id,
                "external_id": key,
            }
        )

    def _apply(self, *works, user=None):
        """Outcomes of one batch, or the outcome when there is one work only."""
        kind = works[0].command["kind"]
        handler = (
            self.env(context={}, su=False)[f"millwright.handler.{kind}"]
            .with_user(user or works[0].backend.env.user)
            .with_company(works[0].plant.company_id)
        )
        self.env.flush_all()
        self.env.invalidate_all()  # no right comes from the cache
        outcomes = handler._apply(list(works))
        self.env.flush_all()
        self.assertEqual(len(outcomes), len(works))
        return outcomes if len(works) > 1 else outcomes[0]

    def assertHeld(self, outcome, code, wait_kind="", wait_key=""):
        self.assertEqual((outcome.state, outcome.code), ("held", code), outcome)
        self.assertEqual((outcome.wait_kind, outcome.wait_key), (wait_kind, wait_key))
        self.assertTrue(outcome.message)

    def assertIgnored(self, outcome, code):
        self.assertEqual((outcome.state, outcome.code), ("ignored", code), outcome)

    def assertDone(self, outcome, code=None):
        self.assertEqual(outcome.state, "done", outcome)
        if code:
            self.assertEqual(outcome.code, code)
        return outcome.record

    # -- records --------------------------------------------------------------------------

    def _asset(self, key, operation="upsert", *, version=T1, plant=None, backend=None, flow=None, **fields):
        fields = fields or {"name": f"Asset {key}"}
        return self._work(
            "asset", operation, key, fields, version=version, plant=plant, backend=backend, **(flow or {})
        )

    def _order(self, key, operation="upsert", *, version=T1, plant=None, backend=None, **fields):
        if operation != "delete":
            fields = {"name": f"Order {key}", "status": "open", **fields}
        return self._work("work_order", operation, key, fields, version=version, plant=plant, backend=backend)

    def _ref(self, ref, value, missing="hold", by="external_id"):
        return {"ref": ref, "by": by, "value": value, "missing": missing}

    def _post(
        self, operation_id, quantity, *, part="88", order="5120", unit=None, lot=None, shortage="post", **work
    ):
        fields = {
            "work_order": self._ref("work_order", order),
            "part": {**self._ref("part", part), "name": "Tension spring"},
            "quantity": quantity,
            "unit": unit,
        }
        if lot:
            fields["lot"] = lot
        return self._work("consumption", "post", operation_id, fields, shortage=shortage, **work)

    def _check(self, *lines, order="5120", **work):
        """Lines are (part, quantity), with a unit or None behind, and a lot behind that."""
        return self._work("consumption", "check", f"{order}/check", self._total(lines, order), **work)

    def _converge(self, *lines, order="5120", unlisted="zero", **work):
        """A snapshot: what the order has used so far. Lines as of a check."""
        fields = {**self._total(lines, order), "unlisted": unlisted}
        return self._work("consumption", "converge", f"{order}/converge", fields, **work)

    def _total(self, lines, order):
        return {
            "work_order": self._ref("work_order", order),
            "lines": [
                {
                    "part": self._ref("part", part),
                    "quantity": quantity,
                    "unit": more[0] if more else None,
                    **({"lot": more[1]} if more[1:] else {}),
                }
                for part, quantity, *more in lines
            ],
        }

    @classmethod
    def _product(cls, name="Tension spring", *, on_hand=0, plant=None, lots=None, **values):
        product = cls.env["product.product"].create(
            {"name": name, "is_storable": True, "standard_price": 3, "company_id": False, **values}
        )
        plant = plant or cls.plant
        quants = cls.env["stock.quant"]
        if on_hand:
            quants._update_available_quantity(product, plant.stock_location_id, on_hand)
        for lot_name, quantity in (lots or {}).items():
            lot = cls.env["stock.lot"].create({"name": lot_name, "product_id": product.id})
            if quantity:
                quants._update_available_quantity(product, plant.stock_location_id, quantity, lot_id=lot)
        return product

    @classmethod
    def _bind_part(cls, key, product, backend=None):
        return cls.env["millwright.part"].create(
            {
                "backend_id": (backend or cls.backend).id,
                "external_id": key,
                "product_id": product.id,
            }
        )

    @classmethod
    def _bind_order(cls, key="5120", plant=None, backend=None, **values):
        """A request that is bound already."""
        plant = plant or cls.plant
        request = cls.env["maintenance.request"].create(
            {
                "name": f"Order {key}",
                "company_id": plant.company_id.id,
                "maintenance_team_id": plant.maintenance_team_id.id,
                **values,
            }
        )
        cls._integration("work_order", key, backend, plant).request_id = request
        return request

    def _on_hand(self, product, plant=None, lot=None):
        location = (plant or self.plant).stock_location_id
        domain = [("product_id", "=", product.id), ("location_id", "=", location.id)]
        if lot:
            domain.append(("lot_id.name", "=", lot))
        return sum(self.env["stock.quant"].search(domain).mapped("quantity"))
