"""How much the engine holds at a time, so that a hundred clients at once find their turn and not the end of memory."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio

# Bytes of request bodies held at a time: two of the largest.
BODIES = 128 * 1024 * 1024
# Calls between the first look at their pictures and the answer; each may hold pictures of 16 megapixels.
CALLS = 4


class Room:
    """Room for `most`, given out in turn."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.taken = 0
        self._waiting: deque[tuple[int, anyio.Event]] = deque()

    @asynccontextmanager
    async def holding(self, amount: int) -> AsyncIterator[None]:
        """While `amount` of it is in use; waits for its turn. What is more than all of it waits for all."""
        amount = min(amount, self.most)
        if self._waiting or self.taken + amount > self.most:
            turn = (amount, anyio.Event())
            self._waiting.append(turn)
            try:
                await turn[1].wait()
            except BaseException:
                self._give_up(turn)
                raise
        else:
            self.taken += amount
        try:
            yield
        finally:
            self._free(amount)

    def _give_up(self, turn: tuple[int, anyio.Event]) -> None:
        if turn[1].is_set():
            self._free(turn[0])
        else:
            self._waiting.remove(turn)
            self._free(0)

    def _free(self, amount: int) -> None:
        self.taken -= amount
        while self._waiting and self.taken + self._waiting[0][0] <= self.most:
            wanted, turn = self._waiting.popleft()
            self.taken += wanted
            turn.set()
