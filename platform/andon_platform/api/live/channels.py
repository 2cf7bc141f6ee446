"""Channels: readers who asked for the same share one, so that a frame is filtered and encoded once for all.

A reader holds bytes in a bounded queue of its own. When it is full the oldest go, and the reader is told how
many: a slow reader costs itself and nobody else.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass

from andon_platform.api.live.frames import KINDS, AnyFrame, TelemetryFrame, skipped

#: Frames a reader may lag behind: 1,000 at 16 machines of 4 Hz are a quarter of a minute.
QUEUE = 1_000
#: Seconds between two hand-overs to one reader: what comes in between goes along in one write to its socket. A
#: write for every frame costs four times the time at 1,000 frames a second, for every reader.
BEAT_S = 0.02


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader asked for; empty sets mean all. ``tenant`` is an enterprise, or ``*``."""

    machines: frozenset[str] = frozenset()
    signals: frozenset[str] = frozenset()
    kinds: frozenset[str] = KINDS
    tenant: str = "*"
    max_hz: float | None = None

    def takes(self, frame: AnyFrame) -> bool:
        """Whether the frame is of the reader's tenant, kinds and machines; signals are looked at later."""
        if (frame.kind != "gap" and frame.kind not in self.kinds) or (
            self.tenant != "*" and frame.enterprise != self.tenant
        ):
            return False
        if not self.machines or not frame.machine:
            return True
        return frame.machine in self.machines

    def sees(self, machine: str) -> bool:
        """Whether frames of the machine are among what was asked for."""
        mine = self.tenant in ("*", machine.partition("/")[0])
        return mine and (not self.machines or machine in self.machines)

    def narrowed(self, frame: AnyFrame) -> AnyFrame | None:
        """The frame as the reader wants it, or None."""
        if not self.takes(frame):
            return None
        return frame.only(self.signals) if self.signals and isinstance(frame, TelemetryFrame) else frame


class Reader:
    """One connection's queue."""

    def __init__(self, size: int = QUEUE) -> None:
        self._frames: deque[bytes] = deque()
        self._size = size
        self._skipped = 0
        self._ready = asyncio.Event()
        self._taken = 0.0
        self.closed = False

    def put(self, frame: bytes) -> None:
        """Never waits: what does not fit drives out the oldest."""
        if len(self._frames) >= self._size:
            self._frames.popleft()
            self._skipped += 1
        self._frames.append(frame)
        self._ready.set()

    def close(self) -> None:
        """The stream ends after what is in the queue."""
        self.closed = True
        self._ready.set()

    async def take(self) -> list[bytes]:
        """Everything there is, at least one frame; empty only when the stream has ended. The first frame after a
        quiet while comes at once, those of a busy stream in one go a beat."""
        await self._ready.wait()
        clock = asyncio.get_running_loop().time
        left = self._taken + BEAT_S - clock()
        if left > 0 and not self.closed:
            await asyncio.sleep(left)
        self._taken = clock()
        self._ready.clear()
        frames = list(self._frames)
        self._frames.clear()
        if self._skipped:
            frames.insert(0, skipped(self._skipped))
            self._skipped = 0
        if self.closed:
            self._ready.set()
        return frames


class Channel:
    """All readers of one :class:`Wanted`."""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self.readers: set[Reader] = set()
        self._held: dict[str, TelemetryFrame] = {}
        self._timer: asyncio.TimerHandle | None = None

    def offer(self, frame: AnyFrame) -> None:
        """Hand the frame to every reader, or hold it for the next beat where a rate was asked for."""
        wanted = self.wanted.narrowed(frame)
        if wanted is None:
            return
        if isinstance(wanted, TelemetryFrame) and self.wanted.max_hz is not None:
            self._hold(wanted, self.wanted.max_hz)
            return
        self._send(wanted.encoded())

    def close(self) -> None:
        """Forget the timer; called when the last reader has gone."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _hold(self, frame: TelemetryFrame, max_hz: float) -> None:
        older = self._held.get(frame.machine)
        self._held[frame.machine] = frame.over(older) if older is not None else frame
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(1 / max_hz, self._flush)

    def _flush(self) -> None:
        self._timer = None
        held, self._held = self._held, {}
        for frame in held.values():
            self._send(frame.encoded())

    def _send(self, data: bytes) -> None:
        for reader in self.readers:
            reader.put(data)
