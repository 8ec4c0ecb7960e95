"""What the customer's line lost, and when to ask for it again: the gate's own NACK. Pure.

A number that is missing is waited for before it is asked for, since it may only be late. How long is learned: a packet
that comes late, unasked, raises the wait beyond its lateness at once; each real loss lowers it a little. Asked again is
after one and a half times of what an answer takes, and no more once it is too old to be shown in time.

    expected --a higher number--> waited for --wait over--> asked for --retry over--> asked for again ... given up
                                      \\--comes late, or as a retransmission--> here

While a number is on this way, the agent's own asking for it is not passed on: the answer is under way.
Numbers are the customer's, extended (`numbering`). All of it is of one stretch and forgotten with it.
"""

from typing import Final

FIRST_WAIT_MS: Final = 10
SHORTEST_WAIT_MS: Final = 4
LONGEST_WAIT_MS: Final = 80
_BEYOND_MS: Final = 4  # what the wait is longer than the latest packet was late
_LOWERED: Final = 0.95
FIRST_ANSWER_MS: Final = 100
_SHORTEST_RETRY_MS: Final = 20
MOST_MISSING: Final = 256
_TRIES: Final = 10
_TOO_OLD_MS: Final = 1_000


class _Missing:
    __slots__ = ("ask_ms", "asked", "asked_ms", "noticed_ms")

    def __init__(self, now_ms: int, ask_ms: int) -> None:
        self.noticed_ms = now_ms
        self.ask_ms = ask_ms
        self.asked = 0
        self.asked_ms = 0


class Recovery:
    """`expected` is the next number in order: who reads packets compares it himself, and calls `out_of_order` else."""

    def __init__(self) -> None:
        self.expected = 0
        self.wait_ms: float = FIRST_WAIT_MS
        self._answer_ms: float = FIRST_ANSWER_MS
        self._missing: dict[int, _Missing] = {}

    def begin(self, number: int) -> None:
        """A stretch begins with this number. What was learned of the line stays."""
        self._missing.clear()
        self.expected = number + 1

    def end(self) -> None:
        """Nothing of the stretch is asked for any more."""
        self._missing.clear()

    def out_of_order(self, number: int, now_ms: int) -> None:
        """A packet of the picture came with another number than `expected`."""
        if number < self.expected:
            self._late(number, now_ms)
            return
        ask_ms = now_ms + round(self.wait_ms)
        for lost in range(max(self.expected, number - MOST_MISSING), number):
            self._missing[lost] = _Missing(now_ms, ask_ms)
        self.expected = number + 1
        while len(self._missing) > MOST_MISSING:
            del self._missing[next(iter(self._missing))]

    def repeated(self, number: int, now_ms: int) -> None:
        """A packet of the picture came as a retransmission."""
        found = self._missing.pop(number, None)
        if found is None or not found.asked:
            return
        self.wait_ms = max(SHORTEST_WAIT_MS, self.wait_ms * _LOWERED)
        if found.asked == 1:  # else nobody knows which asking it answers
            self._answer_ms += (now_ms - found.asked_ms - self._answer_ms) / 8

    def recovering(self, number: int) -> bool:
        return number in self._missing

    def due(self, now_ms: int) -> list[int]:
        """Numbers to ask for now, in order. What is too old, or was asked for ten times, is given up."""
        retry_ms = max(_SHORTEST_RETRY_MS, 1.5 * self._answer_ms)
        asked: list[int] = []
        for number, missing in list(self._missing.items()):
            if missing.asked >= _TRIES or now_ms - missing.noticed_ms > _TOO_OLD_MS:
                del self._missing[number]
            elif now_ms >= missing.ask_ms:
                missing.asked += 1
                missing.asked_ms, missing.ask_ms = now_ms, now_ms + round(retry_ms)
                asked.append(number)
        return sorted(asked)

    def next_ms(self) -> int | None:
        """When `due` is to be asked next; None while nothing is missing."""
        return min((missing.ask_ms for missing in self._missing.values()), default=None)

    def _late(self, number: int, now_ms: int) -> None:
        """Late by itself, or sent again as it was (by a browser without retransmissions of their own stream)."""
        found = self._missing.get(number)
        if found is None:
            return
        if found.asked and now_ms - found.asked_ms > self._answer_ms / 2:
            self.repeated(number, now_ms)
            return
        del self._missing[number]
        self.wait_ms = min(LONGEST_WAIT_MS, max(self.wait_ms, now_ms - found.noticed_ms + _BEYOND_MS))
