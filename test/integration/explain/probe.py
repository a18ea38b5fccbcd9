"""Presses Explain on a message and looks at the database from a second connection, meanwhile and afterwards.

Defines functions only; the test calls `probe(env, options)` in the Odoo shell.
"""

from pathlib import Path

import psycopg2

from odoo.tools import config, mute_logger


def probe(env, options):
    env["ir.config_parameter"].set_param("ir_attachment.location", "file")
    env.cr.commit()
    message = env["millwright.inbox"].search([("subject", "=", options["subject"]), ("state", "=", "pending")])
    found, sent = {}, []
    spoil_handler(env, lambda: found.update(during=locked(env)))
    type(env["ir.mail_server"]).send_email = lambda *args, **kwargs: sent.append("mail")
    before = everything(env)
    action = message.with_user(env.ref("base.user_admin")).action_explain()
    found["after"] = locked(env)  # the transaction of who pressed the button is still open
    env.cr.commit()
    after = everything(env)
    shown = env["millwright.explain"].browse(action["res_id"]).result
    changed = [key for key in before.keys() | after.keys() if before.get(key) != after.get(key)]
    return {**found, "changed": changed, "sent": sent, "shown": shown, "state": message.state}


def spoil_handler(env, look):
    """The handler of parts also sends mail, keeps a file and triggers a job, and lets somebody look."""
    handler = type(env["millwright.handler.parts_consumption"])
    original = handler._apply

    def apply(model, works):
        outcomes = original(model, works)
        inner = model.env(su=True)
        mail = {"email_to": "x@example.com", "body_html": "x", "subject": "x"}
        inner["mail.mail"].create(mail).send()
        inner["ir.attachment"].create({"name": "photo", "raw": b"only tried, never kept"})
        inner["bus.bus"]._sendone("channel", "kind", {})
        inner.ref("base.autovacuum_job")._trigger()
        inner.flush_all()
        look()
        return outcomes

    handler._apply = apply


def tables(cr):
    # The dialog keeps what it shows, for an hour.
    cr.execute(
        """SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
              AND relname <> 'millwright_explain' ORDER BY relname"""
    )
    return [table for (table,) in cr.fetchall()]


def locked(env):
    """Tables of which another connection cannot change every row at once, and advisory locks that somebody holds.

    The dialog's own row, which the person's transaction makes, keeps what it names from being deleted only.
    """
    names = []
    with env.registry.cursor() as cr, mute_logger("odoo.sql_db"):
        for table in tables(cr):
            try:
                with cr.savepoint(flush=False):
                    cr.execute(f'SELECT 1 FROM "{table}" FOR NO KEY UPDATE NOWAIT')
            except psycopg2.errors.LockNotAvailable:
                names.append(table)
        cr.execute(
            """SELECT DISTINCT 'advisory' FROM pg_locks
                WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = %s)""",
            [cr.dbname],
        )
        names += [kind for (kind,) in cr.fetchall()]
        cr.rollback()
    return names


def everything(env):
    """Number and content of the rows of every table, and all files of the filestore."""
    found = {}
    with env.registry.cursor() as cr:
        for table in tables(cr):
            cr.execute(f'SELECT count(*), sum(hashtext(t::text)::bigint) FROM "{table}" AS t')
            found[table] = [str(value) for value in cr.fetchone()]
    store = Path(config.filestore(env.cr.dbname))
    found["files"] = sorted(str(path) for path in store.rglob("*") if path.is_file())
    return found
