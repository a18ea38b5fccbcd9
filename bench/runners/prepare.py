"""Stores the events in a copy, says how many runners there are, and lets the database note when they work.

Defines functions only; the bench calls `prepare(env, options)` and `parts_by_runner(env, options)` in the Odoo shell.
"""

from odoo.addons.millwright.tools.sharding import shard_of, shard_range

# Each statement that changes the inbox leaves a time: the first is a claim, the last one settles.
TABLES = """
CREATE TABLE bench_time (at timestamp DEFAULT clock_timestamp());
CREATE FUNCTION bench_worked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO bench_time DEFAULT VALUES; RETURN NULL; END $$;
CREATE TRIGGER bench_worked AFTER UPDATE ON millwright_inbox FOR EACH STATEMENT EXECUTE FUNCTION bench_worked();
"""


def prepare(env, options):
    env["millwright.identity"].confirm("bench")  # as an administrator does who works on a copy
    env["ir.config_parameter"].set_param("millwright.runners", str(options["runners"]))
    backend = env["millwright.backend"].search([("code", "=", options["backend"])])
    inbox = env["millwright.inbox"]
    store(env, backend, options["events"])  # noqa: F821, of bench/odoo/store.py
    # What Odoo does by itself from time to time would fall on single measures.
    env["ir.cron"].search([("id", "not in", inbox._runners().ids)]).write({"active": False})
    inbox._wake()
    env.cr.execute(TABLES)
    env.cr.commit()
    return {}


def parts_by_runner(env, options):
    """Numbers of the parts whose products belong to each of two runners."""
    backend = env["millwright.backend"].search([("code", "=", options["backend"])])
    inbox, company = env["millwright.inbox"], backend.plant_ids.company_id
    found = [[], []]
    for part in backend.part_ids.sorted("id"):
        shard = shard_of(inbox._stock_shard(part.product_id, company))
        found[shard >= shard_range(1, 2)[0]].append(int(part.external_id))
    return {"parts": found}
