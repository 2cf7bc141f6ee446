"""What enters line protocol and Flux as text: either plain by a strict pattern, or escaped. Nothing else does."""

from __future__ import annotations

import re
from typing import Final

from andon_platform.data.errors import StoreRefused

#: InfluxDB takes strings of at most 64 KiB; a longer text is spread over fields ``p0``, ``p1`` ...
PIECE: Final = 60_000

_PLAIN = re.compile(r"[A-Za-z0-9_/.-]{1,128}\Z")


def plain(text: str) -> str:
    """A name that needs no escape anywhere.

    Raises:
        StoreRefused: it has other characters. Identities and signals of the contract never do.
    """
    if not _PLAIN.match(text):
        raise StoreRefused(f"InfluxDB: {text[:80]!r} is no name of letters, digits and _ / . -")
    return text


def flux(text: str) -> str:
    """A Flux string literal: every byte that is not plainly harmless becomes ``\\xNN``."""
    return '"' + "".join(chr(b) if _PLAIN.match(chr(b)) else f"\\x{b:02x}" for b in text.encode()) + '"'


def field(text: str) -> str:
    """A string field of line protocol. NUL and line ends are the caller's to avoid (JSON has none)."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def pieces(text: str) -> str:
    """The text as fields ``p0=...,p1=...`` of ASCII, each short enough."""
    return ",".join(f"p{i}={field(text[at : at + PIECE])}" for i, at in enumerate(range(0, max(1, len(text)), PIECE)))
