"""A stream that goes on where it was: what came meanwhile is taken from memory, and from the store where memory does
not reach back far enough. Each message comes once, and those of a machine in their order; what cannot be had is said::

    {"type":"gap","machine","epoch","first","last","why"}
        gone          not in the store: dropped by age, in quarantine, or declared lost by its machine
        limit         older than the newest messages that one stream is given
        pending       on its way into the store for longer than was waited
        unavailable   the store does not answer
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final, Literal

from andon_contracts.messages import Event, Telemetry

from andon_platform.api.live.channels import Wanted
from andon_platform.api.live.frames import AnyFrame, Frame, TelemetryFrame
from andon_platform.api.live.hub import Hub
from andon_platform.api.live.recent import Missing, Point
from andon_platform.data.errors import StoreError
from andon_platform.data.marks import covers
from andon_platform.data.port import Mark, MarkKey, MessageQuery, TelemetryStore

Why = Literal["gone", "limit", "pending", "unavailable"]

#: Messages that one stream is given from the store: an hour of three machines of 4 Hz.
MAX_REPLAY: Final = 50_000
PAGE: Final = 1_000
#: A message that was heard is in the store after so long (s), unless something is wrong.
PATIENCE_S: Final = 2.0
_AGAIN_S: Final = 0.1
#: After so many times there is still more than memory holds: the reader is slower than what comes.
ROUNDS: Final = 10


class Resume:
    """``points`` move on as frames are handed out; what comes after them is then all in the hub's memory."""

    def __init__(
        self,
        hub: Hub,
        store: TelemetryStore,
        wanted: Wanted,
        points: Mapping[str, Point],
        *,
        limit: int = MAX_REPLAY,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._hub, self._store, self._wanted = hub, store, wanted
        self.points = {machine: point for machine, point in points.items() if wanted.sees(machine)}
        self._left, self._patience_s = limit, patience_s
        self._marks: dict[MarkKey, Mark] = {}

    async def frames(self) -> AsyncIterator[list[bytes]]:
        """Frames, some at a time. When this ends, whoever reads goes on with ``hub.reading(wanted, points)`` without
        awaiting anything between: so nothing can come in between, and none is missed or doubled."""
        if not self.points:
            return
        await self._hub.listening()
        await self._read_marks()
        for _ in range(ROUNDS):
            missing = self._missing()
            if not missing:
                return
            remembered = list(self._hub.recent.after(self.points))
            share = self._left // len({m.machine for m in missing})
            for machine, spans in groupby(missing, lambda m: m.machine):
                mine = [(point, frame) for owner, point, frame in remembered if owner == machine]
                async for frames in self._machine(list(spans), mine, share):
                    if chosen := [f.encoded() for frame in frames if (f := self._wanted.narrowed(frame)) is not None]:
                        yield chosen
        # what is remembered between these goes to the reader with what is live
        if gaps := [_gap(span, "limit").encoded() for span in self._missing()]:
            yield gaps

    def _missing(self) -> list[Missing]:
        tops = {key: top for key, top in self._hub.heard.items() if key[0] in self.points}
        for key, mark in self._marks.items():
            if key[0] in self.points:
                tops[key] = max(tops.get(key, 0), mark.above[-1].last if mark.above else mark.settled)
        return self._hub.recent.missing(self.points, tops)

    async def _read_marks(self) -> None:
        try:
            self._marks = await self._store.marks()
        except StoreError:
            self._marks = {}

    async def _machine(
        self, spans: Sequence[Missing], remembered: Sequence[tuple[Point, AnyFrame]], share: int
    ) -> AsyncIterator[list[AnyFrame]]:
        """A machine's messages, those of the spans from the store and the others as they are remembered."""
        remembered = sorted(remembered, key=lambda r: r[0])
        at = 0
        excess = sum(s.last - s.first + 1 for s in spans) - share
        for span in spans:
            before = []
            while at < len(remembered) and remembered[at][0] < Point(span.epoch, span.first):
                before.append(remembered[at][1])
                at += 1
            if before:
                yield before
            if excess > 0:
                cut = min(excess, span.last - span.first + 1)
                excess -= cut
                yield [_gap(span._replace(last=span.first + cut - 1), "limit")]
                span = span._replace(first=span.first + cut)
            if span.first <= span.last:
                async for frames in self._from_store(span):
                    yield frames
            self.points[span.machine] = Point(span.epoch, span.last)
        # what memory has after them too, before it forgets it: the reader has caught up so far
        if rest := remembered[at:]:
            yield [frame for _, frame in rest]
            self.points[spans[-1].machine] = max(self.points[spans[-1].machine], rest[-1][0])

    async def _from_store(self, span: Missing) -> AsyncIterator[list[AnyFrame]]:
        machine, epoch, first, last = span
        until = time.monotonic() + self._patience_s
        while first <= last:
            try:
                found = await self._store.messages(MessageQuery(machine, epoch, first, last, PAGE))
            except StoreError:
                yield [_gap(Missing(machine, epoch, first, last), "unavailable")]
                return
            patient = time.monotonic() < until
            frames: list[AnyFrame] = []
            for message in found:
                if message.seq > first:
                    settled = self._settled(machine, epoch, message.seq - 1)
                    if patient and not settled:
                        break  # one before it is still on its way
                    why: Why = "gone" if settled else "pending"
                    frames.append(_gap(Missing(machine, epoch, first, message.seq - 1), why))
                frames += _frames(message)
                first = message.seq + 1
                self._left -= 1
            else:
                if len(found) < PAGE and first <= last:
                    settled = self._settled(machine, epoch, last)
                    if settled or not patient:
                        frames.append(_gap(Missing(machine, epoch, first, last), "gone" if settled else "pending"))
                        first = last + 1
            if frames:
                yield frames
            elif first <= last:
                await asyncio.sleep(_AGAIN_S)
                await self._read_marks()

    def _settled(self, machine: str, epoch: int, seq: int) -> bool:
        mark = self._marks.get((machine, epoch))
        return mark is not None and covers(mark, seq)


def _frames(message: Telemetry | Event) -> Iterator[AnyFrame]:
    machine, enterprise = message.machine, message.machine.partition("/")[0]
    if not isinstance(message, Telemetry):
        yield Frame("event", enterprise, machine, message)
        return
    for s in message.samples:
        yield TelemetryFrame(enterprise, machine, message.epoch, message.seq, s.t, s.values, s.q or None)


def _gap(span: Missing, why: Why) -> Frame:
    return Frame("gap", span.machine.partition("/")[0], span.machine, {**span._asdict(), "why": why})
