"""Failed attempts by address: whoever guesses is made to wait. Good tokens and sessions are never slowed."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable

from andon_platform.api.problems import TooOften

#: A class of thirty behind one address may mistype; a guesser of 256 bits gets nowhere either way.
ALLOWED, WINDOW_S = 30, 60.0
_ADDRESSES = 10_000


class Attempts:
    """A sliding window per address; the address that failed longest ago is forgotten first."""

    def __init__(self, allowed: int = ALLOWED, window_s: float = WINDOW_S, now: Callable[[], float] = time.monotonic):
        self._allowed, self._window_s, self._now = allowed, window_s, now
        self._failed: OrderedDict[str, deque[float]] = OrderedDict()

    def check(self, address: str) -> None:
        """Raises :class:`TooOften` while the address has failed too often."""
        failed = self._failed.get(address)
        now = self._now()
        while failed and now - failed[0] >= self._window_s:
            failed.popleft()
        if failed and len(failed) >= self._allowed:
            wait = max(1, round(self._window_s - (now - failed[0])))
            raise TooOften(f"try again in {wait} s", headers={"Retry-After": str(wait)})

    def failed(self, address: str) -> None:
        """Count a failure."""
        times = self._failed.setdefault(address, deque(maxlen=self._allowed))
        times.append(self._now())
        self._failed.move_to_end(address)
        while len(self._failed) > _ADDRESSES:
            self._failed.popitem(last=False)
