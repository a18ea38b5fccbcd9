"""Lets the database note when runners work, says how many there are, and stores what they carry out.

Defines functions only; the bench calls `prepare`, `store_backlog` and `parts_by_runner` in the Odoo shell, each with (env, options).
"""

from odoo.addons.millwright.const import RUNNERS_MOST
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
    # What Odoo does by itself from time to time would fall on single measures.
    _set_runners(env, RUNNERS_MOST)
    runners = env["millwright.inbox"]._runners()
    env["ir.cron"].search([("id", "not in", runners.ids)]).write({"active": False})
    env.cr.execute(TABLES)
    env.cr.commit()
    return {}


def store_backlog(env, options):
    """All in one commit, which wakes the runners as any stored message does; the clock begins anew."""
    _set_runners(env, options["runners"])
    backend = env["millwright.backend"].search([("code", "=", options["backend"])])
    store(env, backend, options["events"])  # noqa: F821, of bench/odoo/store.py
    env.cr.execute("DELETE FROM bench_time")
    env.cr.commit()
    return {}


def _set_runners(env, count):
    env["ir.config_parameter"].set_param("millwright.runners", str(count))
    env.cr.commit()
    env.registry.signal_changes()  # the server's processes remember the parameter


def parts_by_runner(env, options):
    """Numbers of the parts whose products belong to each of two runners."""
    backend = env["millwright.backend"].search([("code", "=", options["backend"])])
    inbox, company = env["millwright.inbox"], backend.plant_ids.company_id
    found = [[], []]
    for part in backend.part_ids.sorted("id"):
        shard = shard_of(inbox._stock_shard(part.product_id, company))
        found[shard >= shard_range(1, 2)[0]].append(int(part.external_id))
    return {"parts": found}
