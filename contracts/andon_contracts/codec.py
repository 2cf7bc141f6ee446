"""JSON to messages and back, with every check that the contract asks for.

Decoding either returns a sound message or raises :class:`MessageError` with a stable reason, so that
ingest can quarantine by it. Machines hold the same limits before they publish.
"""

from __future__ import annotations

import math
from typing import Any, Final

import msgspec
from msgspec import UNSET

from andon_contracts.errors import MessageError
from andon_contracts.messages import (
    VERSION,
    Birth,
    ClockMessage,
    Command,
    Death,
    Event,
    LayoutMessage,
    Reply,
    Telemetry,
    Watermark,
)

#: The edge refuses anything larger before the journal; a broker would cut the connection, for ever.
MAX_BYTES: Final = 256_000
#: 2**53 - 1: what JavaScript keeps exact.
MAX_INT: Final = 9_007_199_254_740_991

_encoder = msgspec.json.Encoder()
_telemetry = msgspec.json.Decoder(Telemetry)
_event = msgspec.json.Decoder(Event)
_birth = msgspec.json.Decoder(Birth | Death)
_command = msgspec.json.Decoder(Command)
_reply = msgspec.json.Decoder(Reply)
_watermark = msgspec.json.Decoder(Watermark)
_clock = msgspec.json.Decoder(ClockMessage)
_layout = msgspec.json.Decoder(LayoutMessage)


def encode(message: msgspec.Struct) -> bytes:
    """The message as JSON (UTF-8).

    Raises:
        MessageError: larger than :data:`MAX_BYTES`.
    """
    payload = _encoder.encode(message)
    if len(payload) > MAX_BYTES:
        raise MessageError("too-large", f"{len(payload)} bytes, at most {MAX_BYTES} are allowed")
    return payload


def _decode(decoder: msgspec.json.Decoder[Any], payload: bytes) -> Any:
    if len(payload) > MAX_BYTES:
        raise MessageError("too-large", f"{len(payload)} bytes, at most {MAX_BYTES} are allowed")
    try:
        message = decoder.decode(payload)
    except msgspec.ValidationError as error:
        raise MessageError("wrong-shape", str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MessageError("malformed-json", str(error)) from error
    if message.v != VERSION:
        raise MessageError("unknown-version", f"v is {message.v}, this reads {VERSION}")
    return message


def _check_counted(message: Any) -> None:
    if not (0 < message.seq <= MAX_INT and 0 < message.epoch <= MAX_INT):
        raise MessageError("bad-sequence", f"epoch {message.epoch}, seq {message.seq}: both must be positive")


def decode_telemetry(payload: bytes) -> Telemetry:
    """A telemetry message. Raises :class:`MessageError`."""
    message: Telemetry = _decode(_telemetry, payload)
    _check_counted(message)
    if not message.samples:
        raise MessageError("wrong-shape", "samples is empty")
    if message.journaled is not UNSET and not 0 < message.journaled <= MAX_INT:
        raise MessageError("bad-time", f"journaled is {message.journaled}")
    before = 0
    for sample in message.samples:
        if not before < sample.t <= MAX_INT:
            raise MessageError("bad-time", f"t {sample.t} does not grow from {before}")
        before = sample.t
        for name, value in sample.values.items():
            if not math.isfinite(value):
                raise MessageError("not-finite", f"{name} is {value}")
    return message


def decode_event(payload: bytes) -> Event:
    """An event message. Raises :class:`MessageError`."""
    message: Event = _decode(_event, payload)
    _check_counted(message)
    if not 0 < message.t <= MAX_INT:
        raise MessageError("bad-time", f"t is {message.t}")
    return message


def decode_birth(payload: bytes) -> Birth | Death:
    """A birth or a death. Raises :class:`MessageError`."""
    message: Birth | Death = _decode(_birth, payload)
    return message


def decode_command(payload: bytes) -> Command:
    """A command. Raises :class:`MessageError`."""
    message: Command = _decode(_command, payload)
    return message


def decode_reply(payload: bytes) -> Reply:
    """A reply. Raises :class:`MessageError`."""
    message: Reply = _decode(_reply, payload)
    return message


def decode_watermark(payload: bytes) -> Watermark:
    """A watermark. Raises :class:`MessageError`."""
    message: Watermark = _decode(_watermark, payload)
    return message


def decode_clock(payload: bytes) -> ClockMessage:
    """A plant clock. Raises :class:`MessageError`."""
    message: ClockMessage = _decode(_clock, payload)
    return message


def decode_layout(payload: bytes) -> LayoutMessage:
    """A plant's layout. Raises :class:`MessageError`."""
    message: LayoutMessage = _decode(_layout, payload)
    return message


class _Loose(msgspec.Struct):
    machine: str
    epoch: int
    seq: int


_loose = msgspec.json.Decoder(_Loose)


def recover_identity(payload: bytes) -> tuple[str, int, int] | None:
    """(machine, epoch, seq) of a payload that is no sound message but says who it is; else None."""
    try:
        found = _loose.decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if 0 < found.seq <= MAX_INT and 0 < found.epoch <= MAX_INT:
        return found.machine, found.epoch, found.seq
    return None
