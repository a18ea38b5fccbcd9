import json

from odoo import SUPERUSER_ID, Command, api
from odoo.tools import file_open

from odoo.addons.millwright.tests.common import RECORDS, ConnectorCase
from odoo.addons.millwright.tools.canonical import canonical
from odoo.addons.millwright.tools.contract_reader import compile_contract
from odoo.addons.millwright.tools.jsontext import loads
from odoo.addons.millwright.tools.mapping import plan

EVENT_ID = "sample"
REFERENCES = {"equipment": "equipment", "work_order": "work_order"}
# A person decides about these, whatever the message says; they are right to be held.
DECISIONS = ("handler_missing",)


class SampleCase(ConnectorCase):
    """For the tests that are generated with a spec's samples: does each become the commands that it has to,
    and are these carried out?

    The samples stand in `tests/samples.json` of the connector; `_connector` is its code.
    """

    _connector = ""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        module = f"millwright_{cls._connector}"
        with file_open(f"{module}/contract.json") as file:
            cls._document = json.load(file)
        with file_open(f"{module}/tests/samples.json") as file:
            cls._samples = loads(file.read())
        cls._compiled = compile_contract(cls._document)
        cls._backend = cls._create_backend()

    @classmethod
    def _create_backend(cls):
        company = cls.env.company
        plant = cls.env["millwright.plant"].create(
            {
                "name": "Plant of the samples",
                "code": "samples",
                "company_id": company.id,
                "warehouse_id": cls.env["stock.warehouse"]
                .search([("company_id", "=", company.id)], limit=1)
                .id,
                "consumption_location_id": cls.env["stock.location"]
                .create({"name": "Maintenance", "usage": "production", "company_id": company.id})
                .id,
            }
        )
        contract = cls.env["millwright.contract"].search(
            [("connector_id.code", "=", cls._connector), ("hash", "=", cls._document["hash"])]
        )
        if contract.state != "approved":
            contract.action_approve()
        backend = cls.env["millwright.backend"].create(
            {
                "name": "Samples",
                "code": "samples",
                "connector_id": contract.connector_id.id,
                "contract_id": contract.id,
                "plant_ids": [Command.set(plant.ids)],
            }
        )
        backend.action_prepare()
        return backend

    def check_sample(self, name):
        """Plan a sample, compare it with what it has to give, and carry it out.

        What the commands refer to is made before: plants for the codes, products for the parts,
        equipment and requests for the rest.
        """
        sample = self._samples[name]
        made = plan(self._compiled, sample["event"], sample["payload"], sample.get("fetched") or {}, EVENT_ID)
        self._check_commands(sample, made.commands)
        reasons = {flow: reason.partition(":")[0] for flow, reason in made.ignored}
        self.assertEqual(
            {flow: reasons.get(flow) for flow in sample.get("ignored", {})}, sample.get("ignored", {})
        )
        handled = [c for c in made.commands if not c.hold and c.kind in RECORDS]
        for command in handled:
            self._create_references(command)
        self._check_effect(sample, made.commands)

    # -- the plan -------------------------------------------------------------------------

    def _check_commands(self, sample, commands):
        gives = [{key: part for key, part in wanted.items() if key != "ends"} for wanted in sample["gives"]]
        self.assertEqual([(c.flow, c.input) for c in commands], [(w["flow"], w["input"]) for w in gives])
        self.assertEqual(
            [self._tell(command, wanted) for command, wanted in zip(commands, gives, strict=True)], gives
        )

    def _tell(self, command, wanted):
        """What a command says to the keys of what is wanted of it."""
        fields = json.loads(command.text())["fields"] if command.command is not None else {}
        told = {
            "flow": command.flow,
            "input": command.input,
            "operation": command.operation,
            "key": command.key,
            "plant": command.plant_steps[0][-1] if command.plant_steps else None,
            "version": command.version,
            "fields": self._simplify(fields),
            "columns": {
                name: None if value is None else str(value) for name, value in command.columns.items()
            },
            "held": command.hold.code if command.hold else None,
        }
        return {key: value for key, value in told.items() if key in wanted or (key == "held" and value)}

    def _simplify(self, value):
        """Canonical values with references by what they refer to."""
        if isinstance(value, dict):
            if "ref" in value and "value" in value:
                return value["value"]
            return {key: self._simplify(part) for key, part in value.items()}
        if isinstance(value, list):
            return [self._simplify(part) for part in value]
        return value

    # -- the effect -----------------------------------------------------------------------

    def _create_references(self, command):
        for step in command.plant_steps:
            if step[0] == "cross_reference":
                self._create_once(
                    "millwright.cross.reference", {"table": "plant", "code": step[2]}, self._plant_values
                )
            elif step[0] == "work_order":
                self._bind("work_order", step[1])
        fields = command.command["fields"]
        for part in [fields, *fields.get("lines", ())]:
            for reference in part.values():
                if isinstance(reference, dict) and reference.get("by") == "external_id":
                    self._create_reference(reference["ref"], reference["value"])
            if part.get("unit"):
                self._create_once(
                    "millwright.cross.reference", {"table": "unit", "code": part["unit"]}, self._unit_values
                )
        if command.operation in ("delete", "archive"):
            self._bind(command.kind, command.key)

    def _create_reference(self, kind, external_id):
        if kind == "part":
            self._create_once("millwright.part", {"external_id": external_id}, self._product_values)
        elif kind in REFERENCES:
            self._bind(kind, external_id)

    def _plant_values(self):
        return {"plant_id": self._backend.plant_ids.id}

    def _unit_values(self):
        return {"uom_id": self.env.ref("uom.product_uom_unit").id}

    def _product_values(self):
        product = self.env["product.product"].create({"name": "Part of a sample", "is_storable": True})
        return {"product_id": product.id}

    def _create_once(self, model, key, more):
        domain = [("backend_id", "=", self._backend.id), *((name, "=", value) for name, value in key.items())]
        if not self.env[model].search_count(domain):
            self.env[model].create({"backend_id": self._backend.id, **key, **more()})

    def _bind(self, kind, external_id):
        """A record of this kind that is known by this id."""
        for model in self._backend._get_integration_models(kind)[:1]:
            rows = self.env[model]
            domain = [("backend_id", "=", self._backend.id), ("external_id", "=", external_id)]
            if rows.search_count(domain):
                continue
            record = self.env[RECORDS[kind]].create({"name": f"Known as {external_id}"})
            rows.create(
                {
                    "backend_id": self._backend.id,
                    "external_id": external_id,
                    "plant_id": self._backend.plant_ids.id,
                    "company_id": self._backend.plant_ids.company_id.id,
                    rows._millwright_record: record.id,
                }
            )

    def _check_effect(self, sample, commands):
        """Every command ends as it should: what a handler takes is done, the rest waits with its reason."""
        event = {
            "specversion": "1.0",
            "id": EVENT_ID,
            "source": f"/millwright/{self._backend.code}",
            "type": f"{self._connector}.{sample['event']}",
            "subject": EVENT_ID,
            "data": {
                "event": sample["event"],
                "payload": json.loads(canonical(sample["payload"])),
                "fetched": json.loads(canonical(sample.get("fetched") or {})),
            },
        }
        inbox = self.env["millwright.inbox"]
        self.assertEqual(inbox._store(self._backend, [event])[0]["status"], "accepted")
        self._run_inbox()
        message = inbox.search([("backend_id", "=", self._backend.id), ("event_id", "=", EVENT_ID)])
        rows = message.child_ids.sorted("id") or message
        if not commands:
            self.assertEqual(rows.state, "ignored")
            return
        for row, command, wanted in zip(rows, commands, sample["gives"], strict=True):
            self._check_end(row, command, wanted)

    def _check_end(self, row, command, wanted):
        told = f"{row.state} {row.code or ''} {row.last_error or ''}"
        if command.hold:
            self.assertEqual((row.state, row.code), ("held", wanted["held"]), told)
        elif command.kind not in RECORDS:
            self.assertEqual((row.state, row.code in DECISIONS), ("held", True), told)
        else:
            self.assertEqual(row.state, wanted.get("ends", "done"), told)
            if row.state == "done":
                self._check_own_fields(row, command, wanted.get("fields", {}))

    def _check_own_fields(self, row, command, told):
        """What the spec adds to the record, or names there, stands in Odoo."""
        own = self._document["flows"][command.flow].get("own_fields", {})
        record = row.document_model and self.env[row.document_model].browse(row.document_id)
        for name in own.keys() & told.keys():
            value = record[own[name]["odoo"]]
            if own[name]["type"] == "decimal":
                self.assertEqual(value, float(told[name] or 0), name)
            else:
                written = {True: "true", False: None}.get(value, value)
                self.assertEqual(written and str(written), told[name], name)

    def _run_inbox(self):
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            api.Environment(cr, SUPERUSER_ID, {})["millwright.inbox"]._cron_run()
        self.env.invalidate_all()
