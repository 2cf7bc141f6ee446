"""MQTT 3.1.1 and 5 packets as bytes (OASIS standards, sections named per function)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

CONNACK: Final = 0x20
PUBLISH: Final = 0x30
PUBACK: Final = 0x40
SUBACK: Final = 0x90
PINGRESP: Final = 0xD0
DISCONNECT: Final = 0xE0
PINGREQ: Final = b"\xc0\x00"
GOODBYE: Final = b"\xe0\x00"

#: CONNACK's reasons that people meet; 3.1.1 section 3.2.2.3 and 5 section 3.2.2.2.
REFUSALS: Final = {
    1: "the broker does not speak this protocol version",
    2: "the client id is refused",
    3: "the broker is not available",
    4: "wrong user name or password",
    5: "not authorised",
    0x84: "the broker does not speak this protocol version",
    0x86: "wrong user name or password",
    0x87: "not authorised",
    0x88: "the broker is not available",
}


class Malformed(ValueError):
    """The other side broke the protocol."""


def _varint(n: int) -> bytes:
    found = bytearray()
    while True:
        n, low = divmod(n, 128)
        found.append(low | 0x80 if n else low)
        if not n:
            return bytes(found)


def _text(text: str) -> bytes:
    data = text.encode()
    return len(data).to_bytes(2, "big") + data


def _packet(first: int, body: bytes) -> bytes:
    return bytes((first,)) + _varint(len(body)) + body


def connect(
    client_id: str,
    user: str | None,
    password: str | None,
    *,
    version: int,
    keepalive_s: int,
    receive_maximum: int = 65_535,
    clean: bool = False,
) -> bytes:
    """CONNECT (3.1). Unless ``clean`` it keeps the session: clean start off and, on 5, an expiry that never comes."""
    flags = (0x80 if user is not None else 0) | (0x40 if password is not None else 0) | (0x02 if clean else 0)
    body = _text("MQTT") + bytes((version, flags)) + keepalive_s.to_bytes(2, "big")
    if version == 5:
        expiry = b"\0\0\0\0" if clean else b"\xff\xff\xff\xff"
        properties = b"\x11" + expiry + b"\x21" + min(receive_maximum, 65535).to_bytes(2, "big")
        body += _varint(len(properties)) + properties
    body += _text(client_id)
    body += b"".join(_text(t) for t in (user, password) if t is not None)
    return _packet(0x10, body)


def subscribe(packet_id: int, filters: Sequence[tuple[str, int]], *, version: int) -> bytes:
    """SUBSCRIBE (3.8) to (filter, QoS)."""
    body = packet_id.to_bytes(2, "big") + (b"\x00" if version == 5 else b"")
    return _packet(0x82, body + b"".join(_text(f) + bytes((qos,)) for f, qos in filters))


def publish(packet_id: int, topic: str, payload: bytes, *, version: int, retain: bool = True) -> bytes:
    """PUBLISH (3.3) at QoS 1."""
    body = _text(topic) + packet_id.to_bytes(2, "big") + (b"\x00" if version == 5 else b"")
    return _packet(0x33 if retain else 0x32, body + payload)


def pubacks(packet_ids: Iterable[int]) -> bytes:
    """Many PUBACKs (3.4) in one piece."""
    return b"".join([b"\x40\x02" + i.to_bytes(2, "big") for i in packet_ids])


def _length(data: bytes, at: int, end: int) -> tuple[int, int] | None:
    """(value, position after it) of a variable byte integer (1.5.5), or None where it is not complete."""
    value = shift = 0
    while at < end:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return value, at
        shift += 7
        if shift > 21:
            raise Malformed("a length of more than four bytes")
    return None


def parse(
    data: bytes, version: int, mark: int, published: list[tuple[bytes, bytes, int]], others: list[tuple[int, bytes]]
) -> int:
    """Read all complete packets; returns how many bytes they take.

    PUBLISH goes to ``published`` as (topic, payload, ``mark | packet id``), 0 for QoS 0; the rest goes to
    ``others`` as (type, body). Raises :class:`Malformed`.
    """
    at, end = 0, len(data)
    add, five = published.append, version == 5
    while end - at >= 2:
        first, length, start = data[at], data[at + 1], at + 2
        if length & 0x80:
            found = _length(data, at + 1, end)
            if found is None:
                break
            length, start = found
        stop = start + length
        if stop > end:
            break
        if first & 0xF0 == PUBLISH:
            body = start + 2 + (data[start] << 8 | data[start + 1])
            topic, handle = data[start + 2 : body], 0
            if first & 0x06:
                handle = mark | data[body] << 8 | data[body + 1]
                body += 2
            if five:
                skip = data[body]
                body += 1
                if skip & 0x80:
                    long = _length(data, body - 1, stop)
                    if long is None:
                        raise Malformed("properties longer than their packet")
                    skip, body = long
                body += skip
            if body > stop:
                raise Malformed("a PUBLISH that is shorter than its topic")
            add((topic, data[body:stop], handle))
        else:
            others.append((first & 0xF0, data[start:stop]))
        at = stop
    return at
