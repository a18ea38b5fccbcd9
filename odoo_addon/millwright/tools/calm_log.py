"""Conflicts between transactions are part of the plan: in a runner they are no errors of the log."""

import logging
from contextlib import contextmanager
from contextvars import ContextVar

CONFLICTS = ("could not serialize access", "deadlock detected", "could not obtain lock", "lock timeout")

_calm = ContextVar("millwright_calm", default=False)


def soften(record):
    """Filter of the logger of queries: what a runner tries again is told at level info."""
    if _calm.get() and record.levelno >= logging.ERROR:
        text = record.getMessage()
        if any(conflict in text for conflict in CONFLICTS):
            record.levelno, record.levelname = logging.INFO, logging.getLevelName(logging.INFO)
    return True


@contextmanager
def calm_log():
    """Within it, conflicts of this thread's queries are logged at level info."""
    token = _calm.set(True)
    try:
        yield
    finally:
        _calm.reset(token)


logging.getLogger("odoo.sql_db").addFilter(soften)
