from functools import partial

from odoo import api, models

from ..const import THROUGH_MOST


class MillwrightInboxThrough(models.Model):
    """Few messages on a quiet system: planned and carried out in one transaction, under the claim committed before.

    A command that may go as soon as it is planned need not be committed, claimed and read again in between: where
    nothing else is to be done, that is what one waits for. When anything of it fails, nothing has happened: the
    messages are planned by themselves then, and carried out under claims of their own, where a failure is found by
    halving and counts as an attempt of its command. Of many messages the rows that one transaction writes again and
    again would cost more than the commit.
    """

    _inherit = "millwright.inbox"

    @api.model
    def _get_plan_steps(self, ids, pace, critical):
        """What `_run` does with messages claimed to be planned, and what instead when that fails.

        A claim that is full has more behind it. A run in which it failed keeps to planning alone: what fails is often
        not alone.
        """
        if len(ids) > THROUGH_MOST or len(ids) == pace.ceiling or not pace.goes_through:
            return (self._plan_claimed,)
        through = partial(self._plan_through, pace=pace, critical=critical)
        return through, partial(self._plan_after_failure, pace=pace)

    @api.model
    def _plan_through(self, ids, token, pace, critical):
        """Plan claimed messages and carry out what may go, under the same claim."""
        planned = self._plan_claimed(ids, token)
        due = self._find_due(planned, pace, critical)
        if due:
            self._take(due, token)
            for group in self._groups(due):
                self._apply_claimed(group, token)

    @api.model
    def _plan_after_failure(self, ids, token, pace):
        """Only plan them, and keep to that."""
        pace.goes_through = False
        self._plan_claimed(ids, token)

    @api.model
    def _find_due(self, planned, pace, critical):
        """Ids of those just planned that may be carried out now, as many as make a batch, as a claim would find them.

        What a route has in shadow is tried on a cursor of its own, which sees only what is committed.
        """
        planned -= planned._filter_in_shadow()
        if not planned:
            return []
        self.flush_model()
        share = self._get_share(critical)
        self.env.cr.execute(self._due_query(False, pace.ceiling, critical, share, among=planned.ids))
        found = self.env.cr.fetchall()
        if 0 < len(found) < len(planned):
            room = pace.ceiling - len(found)
            found += self._get_followers(found, room, critical=critical, share=share, among=planned.ids)
        fits = pace.fit([kind for _id, kind in found])
        return sorted(row_id for row_id, _kind in found[:fits])
