"""What a run of a runner has learnt: how many commands take about a second, how often it met others, what it let go of."""

BATCH_SECONDS = 1.0
FIRST_BATCH = 25
STUMBLE_LIMIT = 5
WAIT_LIMIT = 20
FIRST_REST = 2


class Pace:
    """What one run of a runner has learnt; it starts careful and forgets at its end.

    :param int ceiling: the most commands of one batch, however fast they are
    """

    def __init__(self, ceiling):
        self.ceiling = ceiling
        self.stumbles = 0
        self._waits = 0
        self._rest, self._next_rest = 0, FIRST_REST
        self._seconds = {}
        self._let_go = set()

    def fit(self, kinds):
        """How many of the commands, given by their kinds in order, make a batch: at least one."""
        budget, count = BATCH_SECONDS, 0
        for kind in kinds[: self.ceiling]:
            budget -= self._seconds.get(kind, BATCH_SECONDS / FIRST_BATCH)
            if budget < -1e-9:
                break
            count += 1
        return count or min(len(kinds), 1)

    def learn(self, kind, count, seconds):
        """Note that so many commands of a kind took so many seconds.

        The mean of old and new: one odd batch moves the next by half at the most, and a slow
        kind is down to its size after a few.
        """
        measured = max(seconds / count, BATCH_SECONDS / (4 * self.ceiling))
        self._seconds[kind] = (self._seconds.get(kind, measured) + measured) / 2

    def lets_go(self, row_id, kind, key):
        """Note that a row is let go of, and whether it may be: for one and the same thing once in a run.

        If what it waits for is not what it lacks, it is held for it again at once, and so on without end.
        """
        if (row_id, kind, key) in self._let_go:
            return False
        if kind != "row":  # it may stand behind one after the other
            self._let_go.add((row_id, kind, key))
        return True

    def goes_through(self):
        """Whether the next batch of messages is planned and carried out in one transaction."""
        if not self._rest:
            return True
        self._rest -= 1
        return False

    def falter(self):
        """Note that a batch failed in one transaction: some go in two steps now, twice as many after the next that fails.

        What fails is often not alone, and a whole backlog may fail.
        """
        self._rest, self._next_rest = self._next_rest, 2 * self._next_rest

    def stumble(self):
        """Note a conflict; whether it is worth trying again at once."""
        self.stumbles += 1
        return self.stumbles < STUMBLE_LIMIT

    def waits(self):
        """Note that there was nothing to do while another runner planned; whether it is worth waiting for."""
        self._waits += 1
        return self._waits <= WAIT_LIMIT

    def stride(self):
        """Note that something was done: conflicts and waits before it count no longer."""
        self.stumbles = self._waits = 0
