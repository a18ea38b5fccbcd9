"""What the tools raise: a value that has to wait for a person, and a contract that is wrong."""

_LONGEST_EXCERPT = 80


class HoldError(Exception):
    """One value of one message cannot be used; the message waits for a person, never guesses.

    ``code`` is stable and documented, the other parts are sentences for a screen. None of them
    carries more of the payload than one short scalar.
    """

    def __init__(self, code: str, place: str, found: str, expected: str, remedy: str):
        self.code = code
        self.place = place
        self.found = found
        self.expected = expected
        self.remedy = remedy
        super().__init__(f"{place}: found {found}, expected {expected}; {remedy}")

    def within(self, part: str) -> "HoldError":
        """The same finding with its place narrowed to a part (a line)."""
        return HoldError(self.code, f"{self.place}, {part}", self.found, self.expected, self.remedy)


class ContractError(Exception):
    """The contract cannot be executed; ``problems`` names every unknown key, type or value."""

    def __init__(self, problems: list[str]):
        self.problems = tuple(problems)
        super().__init__("; ".join(problems))


def excerpt(value: object) -> str:
    """A JSON value in a few words: short scalars as they are, everything else by its type."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= _LONGEST_EXCERPT else text[:_LONGEST_EXCERPT] + "…"
