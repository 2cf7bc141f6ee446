"""Frames of the live stream, encoded once however many readers there are.

::

    {"type":"hello","t":..,"pace":..,"paces":{enterprise:..}}
    {"type":"telemetry","machine","epoch","seq","t","values":{..},"q":{..}?}
    {"type":"event", ...the event as on the wire}
    {"type":"machine","machine","view":{..}}: the machine as the API shows it, without signals, operations, commands
    {"type":"clock","enterprise","segments"}      {"type":"layout", ...the layout as on the wire}
    {"type":"alarm","machine","alarm":{..}}: an alarm of the book that changed, as /alarms shows it
    {"type":"call","machine","call":{..}}: a call for help that is new, answered or resolved, as /station/calls shows it
    {"type":"scrap","machine","good","scrap"}: people booked pieces as scrap, or took it back: counts changed by so much
    {"type":"skipped","frames":n}
    {"type":"gap","machine","epoch","first","last","why"}: on resuming, messages that are not to be had; see `resume`
"""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec
from andon_contracts.messages import Quality

Kind = Literal["telemetry", "event", "machine", "clock", "layout", "alarm", "call", "scrap", "gap"]
KINDS: Final[frozenset[str]] = frozenset(("telemetry", "event", "machine", "clock", "layout", "alarm", "call", "scrap"))
_encode = msgspec.json.Encoder().encode


class _Telemetry(msgspec.Struct, tag="telemetry", tag_field="type", omit_defaults=True):
    machine: str
    epoch: int
    seq: int
    t: int
    values: dict[str, float]
    q: dict[str, Quality] | None = None


class Frame:
    """Anything that is sent as it is. ``machine`` is empty for what belongs to a plant."""

    __slots__ = ("_bytes", "_content", "enterprise", "kind", "machine")

    def __init__(self, kind: Kind, enterprise: str, machine: str, content: Any) -> None:
        self.kind, self.enterprise, self.machine = kind, enterprise, machine
        self._content = content
        self._bytes: bytes | None = None

    def encoded(self) -> bytes:
        """JSON with ``type`` first; made once."""
        if self._bytes is None:
            body = _encode(self._content)
            comma = b"," if len(body) > 2 else b""
            self._bytes = b'{"type":"%b"%b%b' % (self.kind.encode(), comma, body[1:])
        return self._bytes


class TelemetryFrame:
    """One sample of a machine."""

    __slots__ = ("_bytes", "content", "enterprise", "kind", "machine")

    def __init__(
        self,
        enterprise: str,
        machine: str,
        epoch: int,
        seq: int,
        t: int,
        values: dict[str, float],
        q: dict[str, Quality] | None = None,
    ) -> None:
        self.kind: Kind = "telemetry"
        self.enterprise, self.machine = enterprise, machine
        self.content = _Telemetry(machine, epoch, seq, t, values, q)
        self._bytes: bytes | None = None

    def encoded(self) -> bytes:
        """The whole sample; made once."""
        if self._bytes is None:
            self._bytes = _encode(self.content)
        return self._bytes

    def only(self, signals: frozenset[str]) -> TelemetryFrame | None:
        """The sample with these signals alone, or None if it has none of them."""
        c = self.content
        values = {name: value for name, value in c.values.items() if name in signals}
        if not values:
            return None
        q = {name: quality for name, quality in c.q.items() if name in signals} if c.q else None
        return TelemetryFrame(self.enterprise, self.machine, c.epoch, c.seq, c.t, values, q or None)

    def over(self, older: TelemetryFrame) -> TelemetryFrame:
        """This sample laid over an older one, so that a slower reader still gets the newest of every signal."""
        o, c = older.content, self.content
        q = {name: quality for name, quality in (o.q or {}).items() if name not in c.values} | (c.q or {})
        return TelemetryFrame(self.enterprise, self.machine, c.epoch, c.seq, c.t, o.values | c.values, q or None)


AnyFrame = Frame | TelemetryFrame


def hello(t: int, paces: dict[str, float]) -> bytes:
    """The first frame of a stream; ``pace`` is that of the only plant, or of the first by name."""
    pace = paces[min(paces)] if paces else 1.0
    return _encode({"type": "hello", "t": t, "pace": pace, "paces": paces})


def skipped(count: int) -> bytes:
    """Tells a slow reader how many frames it did not get."""
    return _encode({"type": "skipped", "frames": count})
