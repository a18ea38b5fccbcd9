import logging
import os
import signal
from pathlib import Path

from odoo import api, models

_logger = logging.getLogger(__name__)


class MillwrightInbox(models.Model):
    _inherit = "millwright.inbox"

    @api.model
    def _checkpoint(self, name, rows=None):
        result = super()._checkpoint(name, rows)
        self._die_if_armed(name)
        if name == "storing":
            # Runs after the commit of the request, before its answer is sent.
            self.env.cr.postcommit.add(lambda: self._die_if_armed("stored"))
        return result

    @staticmethod
    def _die_if_armed(name):
        folder = os.environ.get("TEST_MILLWRIGHT_FAULTS")
        if not folder:
            return
        armed = Path(folder, name)
        try:
            passes = int(armed.read_text() or 0)
        except FileNotFoundError:
            return
        if passes > 0:
            armed.write_text(str(passes - 1))
            return
        armed.rename(armed.with_suffix(".killed"))
        _logger.warning("Killed at point %s, as a test asked for.", name)
        os.kill(os.getpid(), signal.SIGKILL)
