"""What a test can make happen at a named point of processing. Without its environment variable: nothing."""

import json
import logging
import os
import signal
import threading
from pathlib import Path

_logger = logging.getLogger(__name__)

MEGABYTE = 1024 * 1024
HOARD_MOST = 16 * 1024 * MEGABYTE  # the pages are never touched: an address space, not memory


class HandlerFault(Exception):
    """Raised where a test wants a handler to raise."""


def meet(point, rows=None):
    """Do what the file of the point says, if there is one and it means these rows.

    :param rows: commands that the point is about, or None
    :raise HandlerFault: where the file says so
    """
    folder = os.environ.get("TEST_MILLWRIGHT_FAULTS")
    if not folder:
        return
    file = Path(folder, point)
    try:
        order = json.loads(file.read_text() or "{}")
    except (FileNotFoundError, json.JSONDecodeError):
        return  # not armed, or taken away while we looked
    if "text" in order and not any(order["text"] in (row.command or "") for row in rows or ()):
        return
    ACTS[order["act"]](file, order)


def _note(file, what):
    """Leave the id of this process where the test looks."""
    with file.with_suffix(f".{what}").open("a") as notes:
        notes.write(f"{os.getpid()}\n")


def _kill(file, order):
    if order.get("passes", 0) > 0:
        file.write_text(json.dumps({**order, "passes": order["passes"] - 1}))
        return
    try:
        file.rename(file.with_suffix(".fired"))
    except FileNotFoundError:
        return  # another process came by first: one arming, one kill
    _note(file, "killed")
    _logger.warning("Killed at point %s, as a test asked for.", file.name)
    os.kill(os.getpid(), signal.SIGKILL)


def _raise(file, _order):
    _note(file, "raised")
    raise HandlerFault(f"raised at point {file.name}, as a test asked for")


def _hang(file, _order):
    _note(file, "hung")
    threading.Event().wait()


def _eat(file, _order):
    _note(file, "ate")
    hoard = []
    while len(hoard) * 64 * MEGABYTE < HOARD_MOST:
        hoard.append(bytearray(64 * MEGABYTE))


def _wait(file, _order):
    """Stand still until the test opens the gate of this process."""
    gate = file.with_suffix(f".gate-{os.getpid()}")
    os.mkfifo(gate)
    try:
        with gate.open("rb") as opened:
            opened.read()
    finally:
        gate.unlink(missing_ok=True)


ACTS = {"kill": _kill, "raise": _raise, "hang": _hang, "eat": _eat, "wait": _wait}
