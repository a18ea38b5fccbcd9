from odoo import api, models
from odoo.tools import SQL

from ..const import CRITICAL_RANK

GLANCES = "millwright.glances"  # key of what a transaction has seen, in `cr.precommit.data`
KINDS = [(planned, suspect) for planned in (False, True) for suspect in (False, True)]


class MillwrightInboxGlance(models.Model):
    """What there may be to do, seen in the indexes: a claim that would find nothing is not made."""

    _inherit = "millwright.inbox"

    @api.model
    def _look_around(self):
        """Whether this database is confirmed, and which runners hold rows: (bool, set of their ids).

        What is critical comes first in a run; it is looked for in the same statement.
        """
        self.flush_model()
        self.env.cr.execute(
            SQL(
                "SELECT %s, ARRAY (SELECT DISTINCT runner FROM millwright_inbox WHERE state = 'processing'), %s",
                self.env["millwright.identity"]._is_confirmed_sql(),
                self._get_glances(critical=True),
            )
        )
        is_confirmed, working, *seen = self.env.cr.fetchone()
        self._get_seen()[True] = seen
        return is_confirmed, set(working)

    @api.model
    def _worth_claiming(self, planned, critical):
        """Which claims are worth their price: of what is new (False), of what failed before (True).

        A runner looks once in a transaction, in which it sees the same again until it claims and commits.

        :param bool planned: claims of commands, to carry them out; else of messages, to plan them
        :return: list of what `suspect` is for the queries that claim
        """
        seen = self._get_seen()
        if critical not in seen:
            self.flush_model()
            self.env.cr.execute(SQL("SELECT %s", self._get_glances(critical)))
            seen[critical] = self.env.cr.fetchone()
        return [
            kind[1]
            for kind, is_there in zip(KINDS, seen[critical], strict=True)
            if is_there and kind[0] == planned
        ]

    @api.model
    def _get_seen(self):
        """What this transaction has seen: whether there is any, for each of `KINDS`, by whether it is critical."""
        return self.env.cr.precommit.data.setdefault(GLANCES, {})

    @api.model
    def _get_glances(self, critical):
        """SQL: whether there is any row for a claim, for each of `KINDS`.

        Blind to order and time: most claims would find nothing. The order makes it a glance at an index: with
        statistics of a time when much was waiting, PostgreSQL would read the table for any row.
        """
        glances = [
            SQL(
                """(SELECT TRUE FROM millwright_inbox AS candidate
                     WHERE state = 'pending' AND fanned_out IS NOT TRUE AND %s AND %s
                  ORDER BY lane_rank LIMIT 1)""",
                self._is_for(planned, suspect),
                self._is_critical(critical),
            )
            for planned, suspect in KINDS
        ]
        return SQL(", ").join(glances)

    @api.model
    def _is_critical(self, critical):
        """SQL: whether a candidate is of the lane that is asked for."""
        return SQL("candidate.lane_rank = %s", CRITICAL_RANK) if critical else SQL("TRUE")
