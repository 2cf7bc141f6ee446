"""What each machine is told: up to where its messages are settled, what is missing, which rows came late."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence

from andon_contracts.codec import encode
from andon_contracts.messages import EpochMark, Span, Watermark
from andon_contracts.topics import PREFIX

from andon_platform.data.marks import missing
from andon_platform.data.port import Mark, MarkKey
from andon_platform.ingest.judge import Sound

#: Epochs named in a watermark: the newest, and older ones with gaps. A journal has few.
EPOCHS = 16
#: Gaps named per epoch; the next ones follow when these are settled.
GAPS = 500
#: Watermarks a second, all machines together: with thousands of machines each has its turn less often.
RATE = 500
#: Without a session nothing of before comes by itself: such a gap is asked for after this, in seconds, and not after
#: the grace. Not at once: NATS may deliver a machine's events a moment after its telemetry.
LOST_S = 1.0


class Watermarks:
    """``publish`` gets (topic, payload). Times are monotonic seconds, from ``clock``.

    ``told`` gets each machine whose watermark was published, and how long the oldest change in it had waited; None
    where it says nothing new.
    """

    def __init__(
        self,
        marks: dict[MarkKey, Mark],
        publish: Callable[[str, bytes], None],
        *,
        interval_s: float,
        gap_grace_s: float,
        now: Callable[[], int],
        clock: Callable[[], float] = time.monotonic,
        told: Callable[[str, float | None], None] = lambda machine, waited: None,
    ) -> None:
        self._told = told
        self._publish, self._now, self._clock = publish, now, clock
        self._interval, self._grace = interval_s, gap_grace_s
        self._epochs: dict[str, dict[int, Mark]] = {}
        for (machine, epoch), mark in marks.items():
            self._epochs.setdefault(machine, {})[epoch] = mark
        self._changed: set[str] = set()
        #: Since when a machine waits to be told of something durable.
        self._since: dict[str, float] = {}
        self._published: dict[str, float] = {}
        self._gaps: dict[MarkKey, dict[Span, float]] = {}
        #: The epochs of which something came since the session began; None: it is an old session.
        self._begun: set[MarkKey] | None = None
        self._newest: dict[str, int] = {}
        self._late: dict[str, tuple[int, int]] = {}

    def changed(self, marks: Iterable[tuple[MarkKey, Mark]]) -> None:
        """These marks are durable now."""
        at = self._clock()
        for key, mark in marks:
            machine, epoch = key
            self._epochs.setdefault(machine, {})[epoch] = mark
            self._changed.add(machine)
            self._since.setdefault(machine, at)
            first = self._begun is not None and key not in self._begun
            if mark.above or key in self._gaps:
                self._gap(key, mark, at - max(0.0, self._grace - LOST_S) if first else at)
            if first and self._begun is not None:
                self._begun.add(key)

    def stored(self, sound: Sequence[Sound]) -> None:
        """These messages are durable now: was any of their rows older than what its machine had sent?"""
        newest, late = self._newest, self._late
        for verdict in sound:
            machine = verdict.key[0]
            before = newest.get(machine, 0)
            if verdict.newest > before:
                newest[machine] = verdict.newest
            if verdict.oldest < before:
                first, last = late.get(machine, (verdict.oldest, verdict.oldest))
                late[machine] = (min(first, verdict.oldest), max(last, min(verdict.newest, before)))

    def _gap(self, key: MarkKey, mark: Mark, at: float) -> None:
        """A gap keeps the age of the older gap that it is a piece of."""
        before = self._gaps.get(key, {})
        gaps = {}
        for gap in missing(mark)[:GAPS]:
            since = [t for old, t in before.items() if old.first <= gap.first and gap.last <= old.last]
            gaps[gap] = min(since, default=at)
        if gaps:
            self._gaps[key] = gaps
        else:
            self._gaps.pop(key, None)

    def again(self, *, kept: bool) -> None:
        """The connection is new: everything known is published once more. ``kept``: so is not the session."""
        self._begun = None if kept else set()
        self._changed.update(self._epochs)
        self._published.clear()
        at = self._clock() - (0.0 if kept else max(0.0, self._grace - LOST_S))
        for machine, epochs in self._epochs.items():
            for epoch, mark in epochs.items():
                if mark.above:
                    self._gap((machine, epoch), mark, at)

    def tick(self) -> int:
        """Publish what is due; returns how many. Call it several times a second."""
        at = self._clock()
        interval = max(self._interval, len(self._epochs) / RATE)
        # a gap is asked for when its grace ends, and again after each further grace
        asking = {m for (m, _), gaps in self._gaps.items() if any(at - t >= self._grace for t in gaps.values())}
        due = [m for m in self._changed if at - self._published.get(m, -1e9) >= interval]
        due += [m for m in asking - self._changed if at - self._published.get(m, -1e9) >= self._grace]
        for machine in due:
            self._publish(f"{PREFIX}/{machine}/watermark", self._message(machine, at))
            self._published[machine] = at
            since = self._since.pop(machine, None)
            self._told(machine, None if since is None else at - since)
        self._changed.difference_update(due)
        return len(due)

    def _message(self, machine: str, at: float) -> bytes:
        epochs = self._epochs[machine]
        newest = sorted(epochs)[-EPOCHS:]
        named = sorted({*newest, *(e for (m, e) in self._gaps if m == machine)})[-2 * EPOCHS :]
        marks = []
        for epoch in named:
            gaps = self._gaps.get((machine, epoch), {})
            asked = [gap for gap, since in gaps.items() if at - since >= self._grace]
            marks.append(EpochMark(epoch=epoch, settled=epochs[epoch].settled, missing=asked))
        return encode(Watermark(machine=machine, t=self._now(), epochs=marks, late=self._late.pop(machine, None)))
