from odoo.addons.millwright.tools.canonical import contract_hash

from .core import CoreMixin
from .fake_contract import fake_contract, fake_writes

ASSET_FIELDS = ("name", "serial_no", "note", "cost", "location")
ORDER_FIELDS = ("name", "status", "equipment", "description")


class OutboxMixin(CoreMixin):
    """The backend of `CoreMixin` under a contract that writes assets and work orders.

    Odoo is the system of record of assets, but for `location`.
    """

    @classmethod
    def set_up_backend(cls):
        result = super().set_up_backend()
        cls.contract = cls.register_contract(cls.outgoing_contract())
        cls.backend.contract_id = cls.contract
        cls.outbox = cls.env["millwright.outbox"]
        return result

    @classmethod
    def outgoing_contract(cls, version="2.0.0", **rules):
        """A contract; `rules` are (system of record, on_conflict) by asset field."""
        document = fake_contract(version)
        document.pop("hash")
        document["writes"] = fake_writes(asset=ASSET_FIELDS, work_order=ORDER_FIELDS)
        asset = document["flows"]["asset"]
        asset["system_of_record"] = "odoo"
        mapped = asset["inputs"]["event"]["fields"]
        for name in ASSET_FIELDS:
            default = {"type": "text", "from": [f"event.{name}"], "required": False}
            default.update(absent="keep", null="clear", empty="clear")
            if name == "cost":
                continue
            side, conflict = rules.get(name, ("cmms", "cmms") if name == "location" else ("odoo", "odoo"))
            mapping = mapped.setdefault(name, default)
            mapping.update(system_of_record=side, on_conflict=conflict)
        document["hash"] = contract_hash(document)
        return document

    def commit(self):
        """What a commit does before it: flush and run the functions that wait for it."""
        self.env.cr.flush()

    def create_equipment(self, name="Press", **values):
        values.setdefault("company_id", self.company.id)
        return self.env["maintenance.equipment"].create({"name": name, **values})

    def rows(self, record=None, **domain):
        search = [(name, "=", value) for name, value in domain.items()]
        if record:
            search += [("record_model", "=", record._name), ("record_id", "=", record.id)]
        return self.outbox.search(search, order="id")

    def lease(self, limit=50, backend=None):
        self.commit()
        return self.outbox._lease(backend or self.backend, limit)["messages"]

    def settle(self, leased, status="done", **result):
        result = {"id": leased["id"], "token": leased["token"], "status": status, **result}
        return self.outbox._settle_results(self.backend, [result])[0]["status"]

    def deliver(self, record, external_id):
        """Create a record there: lease, settle, bound."""
        (message,) = [m for m in self.lease() if self.rows(record, idempotency_key=m["id"])]
        self.settle(message, external_id=external_id)
        return message

    def binding(self, record):
        return self.env["millwright.fake.asset"].search([("equipment_id", "=", record.id)])
