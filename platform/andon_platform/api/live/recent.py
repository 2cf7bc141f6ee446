"""The newest frames of all machines, so that a stream that broke goes on where it was.

A reader names the last message that it saw of a machine, (epoch, sequence number). What came after it is sent
first; what is not remembered, :mod:`andon_platform.api.live.resume` takes from the store.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from andon_platform.api.live.frames import AnyFrame, TelemetryFrame

#: Frames that are remembered, of all machines: 10 s at 1,000 messages/s, ten minutes of the shipped plant; 10 MB.
MEMORY = 10_000


class Point(NamedTuple):
    """A message of a machine."""

    epoch: int
    seq: int


class Missing(NamedTuple):
    """Messages ``first`` to ``last`` of a machine's epoch."""

    machine: str
    epoch: int
    first: int
    last: int


class Recent:
    """``add`` in the order of arrival."""

    def __init__(self, size: int = MEMORY) -> None:
        self._frames: deque[tuple[str, Point, AnyFrame]] = deque(maxlen=size)

    def add(self, machine: str, epoch: int, seq: int, frame: AnyFrame) -> None:
        """Remember a telemetry or event frame."""
        self._frames.append((machine, Point(epoch, seq), frame))

    def after(self, points: Mapping[str, Point]) -> Iterator[tuple[str, Point, AnyFrame]]:
        """What is remembered after these points, in the order in which it came, no frame twice."""
        known: set[tuple[str, Point, int]] = set()
        for machine, point, frame in self._frames:
            if machine not in points or point <= points[machine]:
                continue
            t = frame.content.t if isinstance(frame, TelemetryFrame) else 0
            if (machine, point, t) not in known:  # else delivered again by its machine
                known.add((machine, point, t))
                yield machine, point, frame

    def missing(self, points: Mapping[str, Point], tops: Mapping[tuple[str, int], int]) -> list[Missing]:
        """The messages after these points that are not remembered, by machine, epoch and number.

        ``tops``: the highest number known of each machine and epoch.
        """
        there: dict[tuple[str, int], set[int]] = {key: set() for key in tops if key[0] in points}
        for machine, point, _ in self.after(points):
            there.setdefault((machine, point.epoch), set()).add(point.seq)
        found = []
        for (machine, epoch), numbers in sorted(there.items()):
            start = points[machine]
            if epoch < start.epoch:
                continue
            expected = start.seq + 1 if epoch == start.epoch else 1
            top = max(tops.get((machine, epoch), 0), max(numbers, default=0))
            for number in (*sorted(numbers), top + 1):
                if number > expected:
                    found.append(Missing(machine, epoch, expected, number - 1))
                expected = max(expected, number + 1)
        return found
