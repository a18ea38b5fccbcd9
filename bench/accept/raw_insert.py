"""The peer `raw_insert`: the same rows with the same columns, put in by nothing but SQL.

One connection, one `INSERT … ON CONFLICT DO NOTHING` and one commit per batch. The rows are those that
the endpoint would make of the events, made before the clock runs. Defines functions only; the bench calls
`measure(env, options)` in the Odoo shell.
"""

import time

from psycopg2.extras import execute_values

from odoo.addons.millwright.models.inbox_intake import COLUMNS


def measure(env, options):
    env["millwright.identity"].confirm("bench")  # as an administrator does who works on a copy
    backend = env["millwright.backend"].search([("code", "=", options["backend"])])
    backend = backend.with_user(backend.user_id).sudo()
    inbox = backend.env["millwright.inbox"]
    approved = inbox._get_approved(backend)
    made = [[inbox._intake_row(backend, event, approved) for event in batch] for batch in options["batches"]]
    batches = [[[row[column] for column in COLUMNS] for row in batch] for batch in made]
    env.cr.commit()
    insert = (
        f"INSERT INTO millwright_inbox ({', '.join(COLUMNS)}) VALUES %s "
        "ON CONFLICT (backend_id, event_id) DO NOTHING"
    )
    started = time.perf_counter()
    for rows in batches:
        execute_values(env.cr._obj, insert, rows, page_size=len(rows))
        env.cr.commit()
    return {"seconds": time.perf_counter() - started}
