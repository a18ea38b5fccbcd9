"""The subject: changes of work orders from stored inbox rows to written requests, by the runner.

Storing is not measured. Defines functions only; the bench calls `measure(env, options)` in the Odoo shell.
"""

import time


def measure(env, options):
    env["millwright.identity"].confirm("bench")  # as an administrator does who works on a copy
    backend = env["millwright.backend"].search([("code", "=", options["backend"])])
    inbox = env["millwright.inbox"]
    for start in range(0, len(options["events"]), 500):
        answers = inbox._store(backend, options["events"][start : start + 500])
        if any(answer["status"] != "accepted" for answer in answers):
            raise ValueError(f"Not stored: {answers[:3]}")
    env.cr.commit()
    started = time.perf_counter()
    inbox._cron_run()
    return {"seconds": time.perf_counter() - started}
