"""The subject: changes of work orders from stored inbox rows to written requests, by the runner.

Storing is not measured. Defines functions only; the bench calls `measure(env, options)` in the Odoo shell.
"""

import time


def measure(env, options):
    env["millwright.identity"].confirm("bench")  # as an administrator does who works on a copy
    backend = env["millwright.backend"].search([("code", "=", options["backend"])])
    inbox = env["millwright.inbox"]
    store(env, backend, options["events"])  # noqa: F821, of bench/odoo/store.py
    env.cr.commit()
    started = time.perf_counter()
    inbox._cron_run()
    return {"seconds": time.perf_counter() - started}
