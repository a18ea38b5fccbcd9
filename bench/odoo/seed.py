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
    _create_parts(env, backend, plant, options)
    env.cr.commit()
    _open_work_orders(env, backend, options)
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


def _create_parts(env, backend, plant, options):
    for part in options["parts"]:
        product = env["product.product"].create(
            {
                "name": f"Part {part}",
                "default_code": f"BENCH-{part}",
                "is_storable": True,
                "standard_price": 7.5,
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
