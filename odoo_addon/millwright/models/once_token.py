from datetime import UTC, datetime

from odoo import api, fields, models
from odoo.tools import SQL


class MillwrightOnceToken(models.Model):
    """Tokens of callbacks that count once, until they end."""

    _name = "millwright.once.token"
    _description = "Token that counts once"
    _log_access = False

    backend_id = fields.Many2one("millwright.backend", required=True, readonly=True, ondelete="cascade")
    key = fields.Char(required=True, readonly=True)
    body_hash = fields.Char(required=True, readonly=True)
    expires = fields.Datetime(required=True, readonly=True, index=True)

    _key_uniq = models.Constraint("UNIQUE (backend_id, key)", "This token was used before.")

    @api.model
    def _spend(self, backend, tokens, body_hash):
        """Whether the tokens are new, or came with the very same body before: then it is a repeat.

        One statement for all: of two calls at once the second waits for the first, or is tried again.

        :param tokens: `Token` of `tools/proof.py`
        """
        if not tokens:
            return True
        now = self.env.cr.now()
        rows = {
            token.key: datetime.fromtimestamp(token.expires / 1000, UTC).replace(tzinfo=None)
            for token in tokens
        }
        values = SQL(", ").join(
            SQL("(%s, %s, %s, %s)", backend.id, key, body_hash, end) for key, end in sorted(rows.items())
        )
        self.env.cr.execute(
            SQL(
                """INSERT INTO millwright_once_token AS known (backend_id, key, body_hash, expires) VALUES %(values)s
                   ON CONFLICT (backend_id, key) DO UPDATE
                   SET body_hash = CASE WHEN known.expires <= %(now)s THEN EXCLUDED.body_hash
                                        ELSE known.body_hash END,
                       expires = CASE WHEN known.expires <= %(now)s THEN EXCLUDED.expires
                                      ELSE known.expires END
                   RETURNING body_hash""",
                values=values,
                now=now,
            )
        )
        return all(found == body_hash for (found,) in self.env.cr.fetchall())

    @api.autovacuum
    def _gc_tokens(self):
        """Forget those that have ended: a thousand at a time."""
        ended = self.sudo().search([("expires", "<=", self.env.cr.now())], limit=1000)
        ended.unlink()
        return len(ended), len(ended) == 1000
