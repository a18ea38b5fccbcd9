"""What the scripts of the benches share; it stands before each of them in the Odoo shell. Defines functions only."""


def store(env, backend, events):
    """Store events as the endpoint does, and fail when one is not accepted."""
    for start in range(0, len(events), 500):
        answers = env["millwright.inbox"]._store(backend, events[start : start + 500])
        if any(answer["status"] != "accepted" for answer in answers):
            raise ValueError(f"Not stored: {answers[:3]}")
