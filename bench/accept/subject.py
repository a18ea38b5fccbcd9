"""Prepares a copy for the subject: confirmed, with a key. Defines functions only, for the Odoo shell."""


def prepare(env, options):
    env["millwright.identity"].confirm("bench")  # as an administrator does who works on a copy
    backend = env["millwright.backend"].search([("code", "=", options["backend"])])
    key = backend.issue_key("bench")
    env.cr.commit()
    return {"key": key}
