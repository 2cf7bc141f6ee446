"""One machine's link: it announces the machine, sends its journal and takes its commands and watermarks."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog
from andon_contracts.codec import encode
from andon_contracts.identity import Identity
from andon_contracts.messages import Birth, Death
from andon_contracts.topics import PREFIX
from msgspec import structs

from andon_edge.journal import Entry, Journal, Stream
from andon_edge.link.connection import BrokerAddress, Connection, Will
from andon_edge.link.credentials import Credentials
from andon_edge.link.errors import EnrolmentFailed, LinkError, NotAuthorised
from andon_edge.link.pump import Pump

_log = structlog.get_logger()

#: Publishes a machine has under way to the broker, whose own bound is 1,000 a client.
WINDOW: Final = 100
#: Unsettled messages that are sent again when no watermark comes; the platform asks for the rest itself.
_PROBE: Final = 200
#: A message is sent again unasked only so long after it went out; longer than the platform's grace for gaps (12 s),
#: who knows better what is missing. While production stands nothing follows that would show the gap.
_FIRST_PATIENCE_S, _LAST_PATIENCE_S, _DRAIN_PATIENCE_S = 15.0, 600.0, 5.0
_BACKOFF_S, _LAST_BACKOFF_S = 0.25, 15.0
#: Refusals after which enrolment is asked for at the slowest pace only.
_ENROLMENTS: Final = 3
_START: Final = (0, 0)


@dataclass(frozen=True, slots=True)
class LinkContext:
    """What every link shares."""

    broker: BrokerAddress
    credentials: Credentials
    journal: Journal
    pump: Pump
    gate: asyncio.Semaphore
    now: Callable[[], int]
    monotonic: Callable[[], float]
    random: random.Random
    #: (machine, channel, payload, whether the broker had kept it from before the connection).
    on_message: Callable[[Identity, str, bytes, bool], None]
    #: (machine, text): a problem that someone should know of; an empty text ends it.
    report: Callable[[Identity, str], None]


class MachineLink:
    """``birth`` gives the machine's announcement; the link fills session, epoch and time."""

    def __init__(self, machine: Identity, birth: Callable[[], Birth], context: LinkContext) -> None:
        self.machine, self.birth, self._context = machine, birth, context
        #: What the machine was when it was last announced: a world that changes in place gives another birth then.
        self.told = birth()
        self.stream: Stream = context.journal.stream(machine.path)
        self._connection: Connection | None = None
        self._sent = _START
        self._highest = _START
        #: (when, up to where this connection had sent): one a check, as far back as the first patience.
        self._history: deque[tuple[float, tuple[int, int]]] = deque()
        self._level = False
        self._requests: deque[tuple[int, int, int]] = deque()
        self._progress = context.monotonic()
        self._patience = _FIRST_PATIENCE_S
        self._cut = False
        self._changed = asyncio.Event()
        self.draining = False
        self._base = f"{PREFIX}/{machine.path}"

    # --- state ------------------------------------------------------------------------------------------------

    @property
    def connected(self) -> bool:
        """Whether the broker holds the machine's connection now."""
        return self._connection is not None and self._connection.is_open

    def set_cut(self, cut: bool) -> None:
        """The machine loses its network, or gets it back. Its journal keeps filling."""
        if cut == self._cut:
            return
        self._cut = cut
        self._changed.set()
        if cut and self._connection is not None:
            self._connection.cut()

    def replace_birth(self, birth: Callable[[], Birth]) -> None:
        """The machine became another: connect again, so that birth and will carry a new session."""
        self.birth, self.told = birth, birth()
        if self._connection is not None:
            self._connection.close()

    # --- connecting -------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Connect, and connect again, until cancelled."""
        context, failures, refusals = self._context, 0, 0
        while True:
            while self._cut:
                self._changed.clear()
                await self._changed.wait()
            try:
                await self._connect(renew=0 < refusals <= _ENROLMENTS)
                failures = refusals = 0
                assert self._connection is not None
                await self._connection.closed.wait()
            except NotAuthorised as error:
                refusals += 1
                context.report(self.machine, f"{error}; a new credential is asked for")
            except EnrolmentFailed as error:
                refusals = 0  # the file is tried again: someone may have mended it
                context.report(self.machine, str(error))
            except LinkError as error:
                context.report(self.machine, str(error))
            failures += 1
            longest = min(_LAST_BACKOFF_S, _BACKOFF_S * 2 ** min(failures, 10))
            await self._pause(longest * context.random.uniform(0.5, 1.0))

    async def _pause(self, seconds: float) -> None:
        self._changed.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return

    async def _connect(self, *, renew: bool) -> None:
        context = self._context
        credentials = context.credentials
        credential = await (credentials.enrol(self.machine) if renew else credentials.get(self.machine))
        async with context.gate:
            if self._cut:
                return
            session = context.journal.next_session(self.stream)
            will = Will(f"{self._base}/birth", encode(Death(machine=self.machine.path, session=session)))
            self._connection = connection = await Connection.open(
                context.broker, credential, will=will, on_message=self._received
            )
        if self._cut:
            connection.cut()
            return
        context.report(self.machine, "")
        connection.on_ack = self._acknowledged
        self.announce()
        connection.subscribe(f"{self._base}/watermark", f"{self._base}/command")
        # what the last connection had under way may be lost: everything unsettled goes out again, in order
        self._sent, self._level = _START, False
        self._requests.clear()
        self._history.clear()
        self._progress, self._patience = context.monotonic(), _FIRST_PATIENCE_S
        context.pump.want(self)

    def announce(self) -> None:
        """Publish the birth; also when a new epoch began within the same session."""
        if self._connection is None:
            return
        birth = structs.replace(
            self.birth(), session=self.stream.session, epoch=self.stream.epoch, t=self._context.now()
        )
        self._connection.publish(f"{self._base}/birth", encode(birth), retain=True)

    def _received(self, topic: str, payload: bytes, kept: bool) -> None:
        self._context.on_message(self.machine, topic.rpartition("/")[2], payload, kept)

    # --- sending ----------------------------------------------------------------------------------------------

    def offer(self, entry: Entry) -> None:
        """A message that the journal has just taken: goes out at once if nothing older waits."""
        connection = self._connection
        if self._level and connection is not None and connection.is_open and connection.inflight < WINDOW:
            self._send(connection, entry)
            self._sent = (entry.epoch, entry.seq)
        elif self._level:
            self._level = False
            self._context.pump.want(self)

    def _send(self, connection: Connection, entry: Entry) -> None:
        identity = (entry.epoch, entry.seq)
        if identity <= self._highest:
            self._context.journal.resent += 1
        else:
            self._highest = identity
        connection.publish(f"{self._base}/{entry.channel}", entry.payload)

    def send_more(self, limit: int) -> tuple[int, bool]:
        """The pump's turn: what was asked for again, then what was not sent yet in this connection."""
        connection = self._connection
        if connection is None or not connection.is_open:
            return 0, False
        limit = min(limit, WINDOW - connection.inflight)
        if limit <= 0:
            return 0, False  # the next acknowledgement asks for another turn
        sent, journal = 0, self._context.journal
        while self._requests and sent < limit:
            epoch, first, last = self._requests.popleft()
            entries = journal.between(self.stream, epoch, first, last, limit - sent)
            for entry in entries:
                self._send(connection, entry)
            sent += len(entries)
            if entries and entries[-1].seq < last:
                self._requests.appendleft((epoch, entries[-1].seq + 1, last))
        if sent < limit and not self._level:
            entries = journal.after(self.stream, *self._sent, limit - sent)
            for entry in entries:
                self._send(connection, entry)
                self._sent = (entry.epoch, entry.seq)
            self._level = len(entries) < limit - sent
            sent += len(entries)
        return sent, bool(self._requests) or not self._level

    def _acknowledged(self) -> None:
        if self._requests or not self._level:
            self._context.pump.want(self)

    def resend(self, epoch: int, first: int, last: int) -> int:
        """Send these again, as far as this connection has sent them already (the rest comes by itself).

        Returns the last number that will be, or 0.
        """
        if not self._level:
            seen_epoch, seen = self._sent
            if epoch > seen_epoch:
                return 0
            if epoch == seen_epoch:
                last = min(last, seen)
        if first > last:
            return 0
        if (epoch, first, last) not in self._requests:
            self._requests.append((epoch, first, last))
            self._context.pump.want(self)
        return last

    # --- settlement -------------------------------------------------------------------------------------------

    def progressed(self) -> None:
        """A watermark settled more than before."""
        self._progress, self._patience = self._context.monotonic(), _FIRST_PATIENCE_S

    def check(self) -> None:
        """Called every second or so: ping, and send the oldest again if the platform is silent about it."""
        if self._connection is None or not self._connection.is_open:
            return
        self._connection.keep_alive()
        now = self._context.monotonic()
        if not self._history or self._history[-1][1] != self._sent:
            self._history.append((now, self._sent))
        patience = min(self._patience, _DRAIN_PATIENCE_S) if self.draining else self._patience
        if self.stream.pending and self._level and now - self._progress > patience:
            age = _DRAIN_PATIENCE_S if self.draining else _FIRST_PATIENCE_S
            epoch, seq = max((mark for at, mark in self._history if now - at >= age), default=_START)
            oldest = self._context.journal.after(self.stream, *_START, 1)
            if oldest and (oldest[0].epoch, oldest[0].seq) <= (epoch, seq):
                last = oldest[0].seq + _PROBE - 1
                self.resend(oldest[0].epoch, oldest[0].seq, min(last, seq) if oldest[0].epoch == epoch else last)
                self._progress = now
                self._patience = min(self._patience * 2, _LAST_PATIENCE_S)
        while len(self._history) > 1 and now - self._history[1][0] >= _FIRST_PATIENCE_S:
            self._history.popleft()

    # --- the end ----------------------------------------------------------------------------------------------

    def reply(self, payload: bytes) -> None:
        """Answer a command."""
        if self._connection is not None:
            self._connection.publish(f"{self._base}/reply", payload)

    async def end(self, reason: str | None, within_s: float = 3.0) -> bool:
        """Publish the death (or, with no reason, clear the birth) and disconnect. False: it was not connected."""
        connection = self._connection
        self._context.pump.forget(self)
        if connection is None or not connection.is_open:
            return False
        death = Death(machine=self.machine.path, session=self.stream.session, reason=reason or "")
        connection.publish(f"{self._base}/birth", encode(death) if reason else b"", retain=True)
        done = await connection.settle_inflight(within_s)
        connection.close()
        return done
