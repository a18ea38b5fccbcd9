"""Makes a copy tell when an event was stored and when it was done, and gives it an empty scheduled job.

Times are written by triggers of the bench's own, in the transactions that store and that carry out. Defines
functions only; the bench calls `prepare(env, options)` in the Odoo shell.
"""

TABLES = """
CREATE TABLE bench_time (what varchar, name varchar, at timestamp DEFAULT clock_timestamp());
CREATE FUNCTION bench_stored() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO bench_time (what, name) VALUES ('stored', NEW.event_id); RETURN NULL; END $$;
CREATE FUNCTION bench_done() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO bench_time (what, name) VALUES ('done', NEW.event_id); RETURN NULL; END $$;
CREATE TRIGGER bench_stored AFTER INSERT ON millwright_inbox FOR EACH ROW EXECUTE FUNCTION bench_stored();
CREATE TRIGGER bench_done AFTER UPDATE ON millwright_inbox FOR EACH ROW
  WHEN (NEW.state = 'done' AND OLD.state <> 'done') EXECUTE FUNCTION bench_done();
"""
RAN = "env.cr.execute(\"INSERT INTO bench_time (what, name) SELECT 'ran', max(name) FROM bench_time WHERE what = 'asked'\")"


def prepare(env, options):
    env["millwright.identity"].confirm("bench")  # as an administrator does who works on a copy
    backend = env["millwright.backend"].search([("code", "=", options["backend"])])
    key = backend.issue_key("bench")
    env.cr.execute(TABLES)
    # What Odoo does by itself from time to time would fall on single measures.
    ours = env.ref("millwright.cron_runner")
    env["ir.cron"].search([("id", "!=", ours.id)]).write({"active": False})
    cron = env["ir.cron"].create(
        {
            "name": "Nothing",
            "model_id": env.ref("base.model_res_partner").id,
            "state": "code",
            "code": RAN,
            "interval_number": 1,
            "interval_type": "months",
        }
    )
    cron.nextcall = "2099-01-01 00:00:00"
    ask = env["ir.actions.server"].create(
        {
            "name": "Ask",
            "model_id": env.ref("base.model_res_partner").id,
            "state": "code",
            "code": "env.cr.execute(\"INSERT INTO bench_time (what, name) SELECT 'asked', lpad((count(*) + 1)::text, 6, '0') "
            f"FROM bench_time WHERE what = 'asked'\")\nenv['ir.cron'].browse({cron.id})._trigger()",
        }
    )
    env.cr.commit()
    return {"key": key, "ask": ask.id}
