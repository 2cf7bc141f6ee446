"""What a watermark means for the journal: forget what is settled, send what is missing, declare what is gone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

import structlog
from andon_contracts.codec import decode_watermark
from andon_contracts.errors import MessageError
from andon_contracts.identity import Identity

from andon_edge.journal import Journal, Stream

_log = structlog.get_logger()

#: Asked so often for what the journal does not hold, the machine declares it void.
_ASKED: Final = 2
#: What was sent again is not sent once more before this: it may be on its way, and the platform asks every second.
_AGAIN_S: Final = 5.0
_REMEMBERED: Final = 2_000


class Resender(Protocol):
    """The link of a machine, as far as settlement needs it."""

    def resend(self, epoch: int, first: int, last: int) -> int: ...
    def progressed(self) -> None: ...
    def announce(self) -> None: ...


class Settlement:
    """Reads watermarks. One for all machines."""

    def __init__(self, journal: Journal, monotonic: Callable[[], float]) -> None:
        self._journal, self._monotonic = journal, monotonic
        #: (stream, session, epoch) to ranges sent again, each with when (monotonic seconds).
        self._answered: dict[tuple[int, int, int], list[tuple[int, int, float]]] = {}
        self._marks: dict[tuple[int, int], int] = {}

    def received(self, machine: Identity, payload: bytes, link: Resender, *, kept: bool = False) -> None:
        """A watermark that came in over the machine's own link; one that cannot be read is logged.

        ``kept``: the broker kept it from before this connection. What was missing then goes out now anyway, and
        the platform may not be back yet to hear an answer.
        """
        try:
            watermark = decode_watermark(payload)
        except MessageError as error:
            _log.warning("watermark cannot be read", machine=machine.path, error=str(error))
            return
        stream = self._journal.stream(machine.path)
        for mark in watermark.epochs:
            if mark.settled > self._marks.get((stream.id, mark.epoch), 0):
                self._marks[stream.id, mark.epoch] = mark.settled
                self._journal.settle(stream, mark.epoch, mark.settled)
                link.progressed()
            if mark.epoch == stream.epoch and mark.settled >= stream.next_seq:
                # the platform has numbers that this journal never gave: it lost its end in a power cut
                _log.error("journal behind the platform: a new epoch begins", machine=machine.path)
                self._journal.begin_epoch(stream)
                link.announce()
            for span in mark.missing:
                if mark.settled < span.first <= span.last:
                    self._missing(stream, mark.epoch, span.first, span.last, None if kept else link)

    def _missing(self, stream: Stream, epoch: int, first: int, last: int, link: Resender | None) -> None:
        if epoch == stream.epoch:
            last = min(last, stream.next_seq - 1)
            if last < first:
                return
        gone = self._journal.absent(stream, epoch, first, last)
        if link is not None and gone != [(first, last)]:
            # by session: what was asked of an earlier connection went out with the rest when this one began
            self._resend((stream.id, stream.session, epoch), first, last, link)
        for gap in gone:
            asked = stream.asked.get((epoch, *gap), 0) + 1
            if len(stream.asked) >= _REMEMBERED:
                stream.asked.clear()
            stream.asked[(epoch, *gap)] = asked
            if asked >= _ASKED:
                reason = "not-in-journal" if epoch == stream.epoch else "journal-lost"
                self._journal.declare_void(stream.path, epoch, *gap, reason)

    def _resend(self, key: tuple[int, int, int], first: int, last: int, link: Resender) -> None:
        """Ask the link for the parts of the range that were not sent again just now."""
        now = self._monotonic()
        recent = [answered for answered in self._answered.get(key, ()) if now - answered[2] < _AGAIN_S]
        left = [(first, last)]
        for a, b, _ in recent:
            if a <= last and first <= b:
                left = [(x, y) for u, v in left for x, y in ((u, min(v, a - 1)), (max(u, b + 1), v)) if x <= y]
        for x, y in left:
            up_to = link.resend(key[2], x, y)
            if up_to >= x:
                recent.append((x, up_to, now))
        if len(self._answered) >= _REMEMBERED:
            self._answered.clear()
        self._answered[key] = recent
