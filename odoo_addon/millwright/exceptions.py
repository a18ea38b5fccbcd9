"""Errors that carry the decision what becomes of a command."""


class MillwrightError(Exception):
    """Base of our own errors.

    :param str message: what was found and what was expected, for a person
    :param str code: stable code, shown and asserted
    """

    code = "error"

    def __init__(self, message, *, code=None):
        super().__init__(message)
        if code:
            self.code = code


class RetryableError(MillwrightError):
    """Can heal by itself: tried again after `seconds` (None: the backoff rule)."""

    code = "retryable"

    def __init__(self, message, *, code=None, seconds=None):
        super().__init__(message, code=code)
        self.seconds = seconds


class PermanentError(MillwrightError):
    """Cannot heal by itself: the command becomes a dead letter at once."""

    code = "permanent"
