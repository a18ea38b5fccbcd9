"""Sets up, in a fresh database, one plant with products on the shelf and open work orders.

The work orders are bound the real way: their events go through the inbox. Defines functions only;
the bench calls `seed(env, options)` in the Odoo shell.
"""

import hashlib
import json


def seed(env, options):
    plant = _create_plant(env)
    backend = env["millwright.backend"].create(
        {
            "name": "Bench",
            "code": options["backend"],
            "connector_id": env["millwright.connector"].search([("code", "=", "atlas")]).id,
            "plant_ids": [(6, 0, plant.ids)],
        }
    )
    backend.action_prepare()
    category = _create_category(env, plant) if options["real_time"] else env["product.category"]
    _create_parts(env, backend, plant, category, options)
    env.cr.commit()
    _open_work_orders(env, backend, options)
    _add_finished(env, backend, plant, options["finished"])
    return {"work_orders": env["maintenance.request"].search_count([("stage_id.done", "=", False)])}


def _create_plant(env):
    warehouse = env["stock.warehouse"].search([], limit=1)
    consumption = env["stock.location"].create(
        {
            "name": "Maintenance consumption",
            "usage": "production",
            "company_id": warehouse.company_id.id,
        }
    )
    return env["millwright.plant"].create(
        {
            "name": "Packing",
            "code": "PACKING",
            "company_id": warehouse.company_id.id,
            "warehouse_id": warehouse.id,
            "consumption_location_id": consumption.id,
        }
    )


def _create_category(env, plant):
    """A category under real-time valuation: what is consumed is booked from stock to an expense."""
    company = plant.company_id
    parts = env["account.account"].create(
        {
            "name": "Maintenance parts",
            "code": "MWPARTS",
            "account_type": "expense",
            "company_ids": [(6, 0, company.ids)],
        }
    )
    stock = parts.copy({"name": "Stock", "code": "MWSTOCK", "account_type": "asset_current"})
    company.account_stock_journal_id = env["account.journal"].create(
        {"name": "Stock", "code": "MWST", "type": "general", "company_id": company.id}
    )
    plant.consumption_location_id.valuation_account_id = parts
    return env["product.category"].create(
        {
            "name": "Maintenance parts",
            "property_valuation": "real_time",
            "property_cost_method": "standard",
            "property_stock_valuation_account_id": stock.id,
        }
    )


def _create_parts(env, backend, plant, category, options):
    for part in options["parts"]:
        product = env["product.product"].create(
            {
                "name": f"Part {part}",
                "default_code": f"BENCH-{part}",
                "is_storable": True,
                "standard_price": 7.5,
                **({"categ_id": category.id} if category else {}),
            }
        )
        env["stock.quant"]._update_available_quantity(product, plant.stock_location_id, options["opening"])
        env["millwright.part"].create(
            {
                "backend_id": backend.id,
                "external_id": str(part),
                "name": product.name,
                "product_id": product.id,
            }
        )


def _open_work_orders(env, backend, options):
    inbox = env["millwright.inbox"]
    answers = inbox._store(backend, [_work_order_event(backend, order) for order in options["work_orders"]])
    env.cr.commit()
    inbox._cron_run()
    open_rows = inbox.search([("state", "!=", "done")])
    if any(answer["status"] != "accepted" for answer in answers) or open_rows:
        raise ValueError(f"Work orders were not opened: {open_rows.mapped('last_error')[:3]}")


FINISHED = """
    INSERT INTO millwright_atlas_consumption
           (backend_id, plant_id, company_id, external_id, state, lane, attempts, occurred_at, create_date, write_date)
    SELECT %(backend)s, %(plant)s, %(company)s, 'old-' || number, 'done', 'standard', 1,
           now() - number * interval '30 seconds', now(), now()
      FROM generate_series(1, %(count)s) AS number;
    INSERT INTO millwright_inbox
           (backend_id, event_id, event, subject, event_time, received_at, finished_at, payload, fetched, flow, kind,
            operation, command, command_key, version, occurred_at, ordering_key, group_key, shard_key, shard, plant_id,
            company_id, contract_hash, route_epoch, state, lane, lane_rank, attempts, integration_model, integration_id)
    SELECT %(backend)s, old.external_id, 'PART_QUANTITY_CHANGED', 'work_order/' || old.id %% 5000, old.occurred_at,
           old.occurred_at, old.occurred_at, template.payload, '{}', 'consumption', 'parts_consumption', 'post',
           template.command, old.external_id, template.version, old.occurred_at, 'old/' || old.id,
           'work_order/' || old.id %% 5000, 'old/' || old.id %% 500, old.id %% 32768, %(plant)s, %(company)s,
           template.contract_hash, 1, 'done', 'standard', 1, 1, 'millwright.atlas.consumption', old.id
      FROM millwright_atlas_consumption AS old, (SELECT * FROM millwright_inbox ORDER BY id LIMIT 1) AS template
     WHERE old.external_id LIKE 'old-%%';
    INSERT INTO millwright_audit (at, backend_code, plant_code, flow, event_id, operation, record_ref, company_ref)
    SELECT old.occurred_at, %(code)s, 'PACKING', 'consumption', old.external_id, 'post', 0, %(company)s
      FROM millwright_atlas_consumption AS old WHERE old.external_id LIKE 'old-%%';
"""


def _add_finished(env, backend, plant, count):
    """Messages that were done long ago, with what they leave behind; written by SQL, as they are many."""
    if not count:
        return
    names = {"backend": backend.id, "code": backend.code, "plant": plant.id, "company": plant.company_id.id}
    env.cr.execute(FINISHED, {**names, "count": count})
    env.cr.commit()
    env.cr.execute("ANALYZE")
    env.cr.commit()


def _work_order_event(backend, order):
    occurred_at = "2026-09-01T07:10:02.200+00:00"
    record = {
        "id": order,
        "title": f"Conveyor {order}: inspection",
        "customId": f"WO{order:06}",
        "status": "OPEN",
        "priority": "MEDIUM",
        "createdAt": "2026-09-01T07:10:02.120334Z",
        "archived": False,
        "asset": None,
        "location": None,
        "team": None,
    }
    body = {"companyId": 7, "newWorkOrder": record, "workOrderId": order, "occurredAt": occurred_at}
    digest = hashlib.sha256(json.dumps(["NEW_WORK_ORDER", order, occurred_at]).encode()).hexdigest()
    return {
        "specversion": "1.0",
        "id": digest,
        "source": f"/millwright/{backend.code}",
        "type": "atlas.NEW_WORK_ORDER",
        "time": occurred_at,
        "subject": f"work_order/{order}",
        "lane": "standard",
        "data": {
            "event": "NEW_WORK_ORDER",
            "payload": body,
            "fetched": {},
            "received_at": occurred_at,
        },
    }
