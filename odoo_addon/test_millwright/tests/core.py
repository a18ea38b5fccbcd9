from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

from odoo import SUPERUSER_ID, Command, api
from odoo.tests import TransactionCase
from odoo.tests.test_cursor import TestCursor
from odoo.tools import SQL

from odoo.addons.millwright.tools.canonical import canonical

from .fake_contract import fake_contract


class StatementsMixin:
    """What a test case sees of the statements that are executed."""

    @contextmanager
    def watch_statements(self):
        """What is executed inside, and commits of the runner's cursor: a list of (text, parameters)."""
        cursor, statements = type(self.env.cr), []
        execute, commit = cursor.execute, TestCursor.commit

        def record(cr, query, params=None, log_exceptions=True):
            is_sql = isinstance(query, SQL)
            statements.append((query.code, query.params) if is_sql else (query, params))
            return execute(cr, query, params, log_exceptions)

        def end(cr):
            statements.append(("COMMIT", None))
            return commit(cr)

        with patch.object(cursor, "execute", record), patch.object(TestCursor, "commit", end):
            yield statements


class CoreMixin(StatementsMixin):
    """A backend of the fake connector with one plant, a product and a part bound to it."""

    @classmethod
    def set_up_backend(cls):
        cls.company = cls.env.company
        cls.warehouse = cls.env["stock.warehouse"].search([("company_id", "=", cls.company.id)], limit=1)
        cls.consumption_location = cls.env["stock.location"].search(
            [("usage", "=", "production"), ("company_id", "=", cls.company.id)], limit=1
        )
        cls.plant = cls.create_plant("P1")
        cls.contract = cls.register_contract(fake_contract())
        cls.backend = cls.env["millwright.backend"].create(
            {
                "name": "Fake",
                "code": "fake-1",
                "connector_id": cls.contract.connector_id.id,
                "plant_ids": [Command.set(cls.plant.ids)],
            }
        )
        cls.backend.action_prepare()
        cls.product = cls.env["product.product"].create(
            {"name": "Spring", "is_storable": True, "standard_price": 7.5}
        )
        cls.part = cls.env["millwright.part"].create(
            {"backend_id": cls.backend.id, "external_id": "S1", "product_id": cls.product.id}
        )
        cls.inbox = cls.env["millwright.inbox"]

    @classmethod
    def create_plant(cls, code, company=None, **values):
        """A plant of the company of the tests, or of another one with its own warehouse and location."""
        warehouse, location = cls.warehouse, cls.consumption_location
        if company:
            own = [("company_id", "=", company.id)]
            warehouse = cls.env["stock.warehouse"].search(own, limit=1)
            location = cls.env["stock.location"].search([("usage", "=", "production"), *own], limit=1)
        return cls.env["millwright.plant"].create(
            {
                "name": code,
                "code": code,
                "company_id": (company or cls.company).id,
                "warehouse_id": warehouse.id,
                "consumption_location_id": location.id,
                **values,
            }
        )

    @classmethod
    def register_contract(cls, document):
        contracts = cls.env["millwright.contract"]
        connector = contracts._register_connector(document["connector"])
        contract = contracts.create(
            {
                "connector_id": connector.id,
                "version": document["connector"]["version"],
                "hash": document["hash"],
                "document": canonical(document),
            }
        )
        contract.action_approve()
        return contract

    def cloud_event(self, event, event_id, **payload):
        payload.setdefault("at", "2026-09-01T08:00:00Z")
        return {
            "specversion": "1.0",
            "id": event_id,
            "source": f"/millwright/{self.backend.code}",
            "type": f"fake.{event}",
            "time": payload["at"],
            "subject": f"{event}/{payload.get('id') or payload.get('order')}",
            "dataschema": f"urn:millwright:fake:1.0.0:{self.contract.hash}",
            "lane": "standard",
            "environment": "production",
            "data": {"event": event, "payload": payload, "fetched": {}},
        }

    def store(self, event, event_id, **payload):
        """Store one event and give its inbox row."""
        self.inbox._store(self.backend, [self.cloud_event(event, event_id, **payload)])
        return self.inbox.search([("event_id", "=", event_id)])

    def run_inbox(self, times=1):
        """Run the runner as a cron does, with transactions of its own."""
        with self.enter_registry_test_mode():
            for _time in range(times):
                with self.registry.cursor() as cr:
                    api.Environment(cr, SUPERUSER_ID, {})["millwright.inbox"]._cron_run()
        self.env.invalidate_all()

    def plan_inbox(self):
        """Run the runner; it plans what there is and carries out none of it."""
        inbox = type(self.inbox)
        with (
            patch.object(inbox, "_apply_next", lambda *_args, **_named: 0),
            patch.object(inbox, "_get_plan_steps", lambda model, *_args: (model._plan_claimed,)),
        ):
            self.run_inbox()

    def write_later(self, row, **delta):
        """A row as it is when the clock was turned back by so much after it was written."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE %s SET write_date = %s WHERE id = %s",
                SQL.identifier(row._table),
                self.env.cr.now() + timedelta(**delta),
                row.id,
            )
        )
        row.invalidate_recordset(["write_date"])

    def moves(self):
        return self.env["stock.move"].search([("millwright_backend_id", "=", self.backend.id)])


class CoreCase(CoreMixin, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_backend()
