"""What the hub sees of the flow: messages by channel, how long they took to come, how old is what is not settled."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from andon_contracts.messages import Telemetry
from msgspec import UNSET

from andon_platform.flow.hops import Hop

#: (machine, epoch)
Key = tuple[str, int]

#: A machine's messages are remembered so far apart (us): ages are known to a tenth of a second.
APART_US: Final = 100_000
#: Points remembered of each epoch; with more every second one goes, and ages of long outages become rougher.
POINTS: Final = 400
#: Deliveries kept of a machine while somebody follows a message of it.
WATCHED: Final = 2_000


class Lag:
    """Since when the oldest message waits that is heard and not settled."""

    def __init__(self) -> None:
        self._points: dict[Key, deque[tuple[int, int]]] = {}

    def note(self, key: Key, seq: int, now: int) -> None:
        """Message ``seq`` was heard."""
        points = self._points.get(key)
        if points is None:
            points = self._points[key] = deque()
        if points and (now - points[-1][1] < APART_US or seq <= points[-1][0]):
            return
        points.append((seq, now))
        if len(points) > POINTS:
            self._points[key] = deque(list(points)[::2])

    def age_us(self, key: Key, settled: int, now: int) -> int:
        """How long the message behind ``settled`` is known; 0: there is none, or for less than :data:`APART_US`."""
        points = self._points.get(key)
        while points and points[0][0] <= settled:
            points.popleft()
        return max(0, now - points[0][1]) if points else 0


@dataclass(slots=True)
class Watch:
    """Deliveries of a machine's telemetry: (epoch, seq) to (heard, handed to the readers), us UTC."""

    machine: str
    heard: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)


class Pulse:
    """Everything here runs in the API's loop. ``live`` is the hop from a machine's journal to the live stream,
    ``age`` the whole way from a sample's stamp to it."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self.channels: Counter[str] = Counter(telemetry=0, event=0, birth=0, reply=0)
        self.replies: Counter[str] = Counter()
        self.live, self.age = Hop(), Hop()
        self.lag = Lag()
        self._watches: dict[str, list[Watch]] = {}

    def telemetry(self, message: Telemetry, heard: int) -> None:
        """A message was handed to the readers; ``heard`` is when it came."""
        self.age.add(heard - message.samples[-1].t)
        if message.journaled is not UNSET:
            self.live.add(heard - message.journaled)
        for watch in self._watches.get(message.machine, ()):
            if len(watch.heard) < WATCHED:
                watch.heard[message.epoch, message.seq] = (heard, self._now())

    def watch(self, machine: str) -> Watch:
        """From now on remember the machine's deliveries, until :meth:`unwatch`."""
        watch = Watch(machine)
        self._watches.setdefault(machine, []).append(watch)
        return watch

    def unwatch(self, watch: Watch) -> None:
        """It is enough."""
        left = [w for w in self._watches.get(watch.machine, ()) if w is not watch]
        if left:
            self._watches[watch.machine] = left
        else:
            self._watches.pop(watch.machine, None)
