"""Is this message sound? Decoding and every check that needs to know machines and the time.

A verdict is a sound message, a quarantined one with a stable reason, or "wait": its machine is not known yet.
Reasons besides those of :mod:`andon_contracts.codec`: ``wrong-topic``, ``wrong-machine``, ``unknown-machine``,
``unknown-signal``, ``future``, ``too-old``, ``bad-void``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

from andon_contracts.codec import MAX_BYTES, decode_event, decode_telemetry, recover_identity
from andon_contracts.errors import MessageError, TopicError
from andon_contracts.messages import Birth, Event, Telemetry, Voided
from andon_contracts.topics import MachineTopic, parse_topic

from andon_platform.data.port import MarkKey, Quarantined

Channel = Literal["telemetry", "event", "birth", "other"]

#: Of an oversized payload so much is kept.
KEPT_BYTES = 4_096
_SIGNAL = re.compile(r"[a-z0-9_]{1,32}\Z")


class Route(NamedTuple):
    """What a topic says: the machine's path and the channel, or why it is none (``problem``)."""

    machine: str
    channel: Channel
    problem: str = ""


class Sound(NamedTuple):
    """A message to store. ``newest`` and ``oldest`` are its stamps' extremes."""

    message: Telemetry | Event
    key: MarkKey
    seq: int
    oldest: int
    newest: int
    values: int


class Held(NamedTuple):
    """A message for quarantine. ``key`` is None where its number is not to be settled."""

    found: Quarantined
    key: MarkKey | None
    seq: int


class Wait(NamedTuple):
    """The machine's birth has not come."""

    machine: str


Verdict = Sound | Held | Wait


def route(topic: bytes) -> Route:
    """Read a topic."""
    try:
        parsed = parse_topic(topic.decode())
    except (UnicodeDecodeError, TopicError) as error:
        return Route("", "other", str(error))
    if not isinstance(parsed, MachineTopic) or parsed.channel not in ("telemetry", "event", "birth"):
        return Route("", "other", f"{topic.decode()!r} is nothing that ingest reads")
    return Route(parsed.machine.path, parsed.channel)


def quarantine_id(topic: bytes, payload: bytes) -> str:
    """The same for each redelivery: a hash of topic and payload, which hold the identity."""
    digest = hashlib.blake2b(len(topic).to_bytes(4, "big") + topic, digest_size=16)
    digest.update(payload)
    return digest.hexdigest()


class Machines:
    """What the machines announced: their last birth, and every signal that any birth named."""

    def __init__(self, births: Mapping[str, Birth] | None = None) -> None:
        self.births: dict[str, Birth] = {}
        self.signals: dict[str, frozenset[str] | None] = {}
        for path, birth in (births or {}).items():
            self.add(path, birth)

    def add(self, path: str, birth: Birth) -> None:
        """A birth came. Signals of earlier births stay valid: messages of that time may still be on their way."""
        self.births[path] = birth
        known = self.signals.get(path) or frozenset()
        self.signals[path] = known | {s.name for s in birth.signals}

    def dead(self, path: str) -> None:
        """A death came: it shows that there is such a machine, without naming its signals."""
        self.signals.setdefault(path, None)


class Judge:
    """``future_us`` and ``past_us`` bound the stamps, relative to now: what is older than anything that a journal can
    have kept comes from a clock that was never set. Whatever is younger is stored: see the store's port."""

    def __init__(self, machines: Machines, *, future_us: int, past_us: int) -> None:
        self._machines = machines
        self._future, self._past = future_us, past_us
        #: Names seen complete for a machine: the usual case is one look-up a sample.
        self._sound: dict[str, set[tuple[str, ...]]] = {}

    def forget(self, machine: str) -> None:
        """The machine's birth changed."""
        self._sound.pop(machine, None)

    def judge(self, where: Route, topic: bytes, payload: bytes, now: int, *, patient: bool = True) -> Verdict:
        """Decide. ``patient``: an unknown machine waits for its birth; else it is quarantined."""
        message: Telemetry | Event
        try:
            if where.problem:
                raise MessageError("wrong-topic", where.problem)
            if where.channel == "telemetry":
                message = decode_telemetry(payload)
                oldest, newest = message.samples[0].t, message.samples[-1].t
            else:
                message = decode_event(payload)
                oldest = newest = message.t
            machine = message.machine
            if machine != where.machine:
                return self._held(where, topic, payload, now, "wrong-machine", f"it names {machine!r}", settle=False)
            if machine not in self._machines.signals:
                if patient:
                    return Wait(machine)
                raise MessageError("unknown-machine", f"no birth of {machine} has come")
            if newest > now + self._future:
                raise MessageError("future", f"t {newest} is {(newest - now) / 1e6:.0f} s ahead of the clock")
            if oldest < now - self._past:
                raise MessageError("too-old", f"t {oldest} is {(now - oldest) / 86_400e6:.1f} days old")
            values = 0
            if isinstance(message, Telemetry):
                known = self._sound.get(machine)
                for sample in message.samples:
                    names = tuple(sample.values)
                    values += len(names)
                    if known is None or names not in known:
                        known = self._check(machine, names)
            elif isinstance(message, Voided):
                _check_void(message)
            return Sound(message, (machine, message.epoch), message.seq, oldest, newest, values)
        except MessageError as error:
            return self._held(where, topic, payload, now, error.reason, error.detail)

    def _check(self, machine: str, names: tuple[str, ...]) -> set[tuple[str, ...]]:
        announced = self._machines.signals[machine]
        for name in names:
            if not (_SIGNAL.match(name) if announced is None else name in announced):
                raise MessageError("unknown-signal", f"{name[:64]!r} is not in the birth of {machine}")
        known = self._sound.setdefault(machine, set())
        if len(known) < 1_000:  # a machine that sends ever new combinations shall cost time, not memory
            known.add(names)
        return known

    def _held(
        self, where: Route, topic: bytes, payload: bytes, now: int, reason: str, detail: str, *, settle: bool = True
    ) -> Held:
        identity = recover_identity(payload)
        if identity is not None and identity[0] != where.machine and reason != "wrong-machine":
            reason, detail, settle = (
                "wrong-machine",
                f"it names {identity[0][:80]!r}; besides: {reason}: {detail}",
                False,
            )
        if len(payload) > MAX_BYTES:
            detail = f"{len(payload)} bytes, of which the first {KEPT_BYTES} are kept; {detail}"
        found = Quarantined(
            quarantine_id(topic, payload),
            now,
            topic.decode(errors="replace"),
            payload if len(payload) <= MAX_BYTES else payload[:KEPT_BYTES],
            reason,
            detail[:1_000],
            where.machine,
            identity[1] if identity else 0,
            identity[2] if identity else 0,
        )
        if identity is None or not settle or not where.machine:
            return Held(found, None, 0)
        return Held(found, (where.machine, identity[1]), identity[2])


def _check_void(message: Voided) -> None:
    sound = 0 < message.first <= message.last and message.of_epoch > 0
    if not sound or (message.of_epoch == message.epoch and message.last >= message.seq):
        raise MessageError(
            "bad-void", f"{message.first} to {message.last} of epoch {message.of_epoch} is no past range"
        )
