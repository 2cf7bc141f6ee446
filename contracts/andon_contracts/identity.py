"""Who a machine is: its place in the equipment hierarchy of ISA-95 (IEC 62264-1).

An identity is the path ``enterprise/site/area/line/machine``. The same text is the machine's user name on
the broker, the common name of a certificate (which holds 64 characters, hence the limit) and its key in
the store, so that no layer translates it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from andon_contracts.errors import IdentityError

MAX_PATH = 64
LEVELS = ("enterprise", "site", "area", "line", "machine")

#: Channel names are reserved: no level may be called so, which keeps the topic grammar unambiguous.
CHANNELS = ("birth", "telemetry", "event", "command", "reply", "watermark", "clock", "layout")

_LEVEL = re.compile(r"[a-z0-9-]{1,24}\Z")


def check_level(text: str, what: str = "level") -> str:
    """Return ``text`` if it can be one level of a path.

    Raises:
        IdentityError: the text is not of ``[a-z0-9-]{1,24}``, or it is a channel's name.
    """
    if not _LEVEL.match(text):
        raise IdentityError(f"{what} {text!r}: use 1 to 24 of a-z, 0-9 and '-' (for example {_suggest(text)!r})")
    if text in CHANNELS:
        raise IdentityError(f"{what} {text!r} is the name of a channel; call it something else")
    return text


def _suggest(text: str) -> str:
    return re.sub(r"[^a-z0-9-]+", "-", text.lower()).strip("-")[:24] or "press-1"


@dataclass(frozen=True, slots=True, order=True)
class Identity:
    """A machine's place: enterprise, site, area, line (ISA-95 work centre) and machine (work unit)."""

    enterprise: str
    site: str
    area: str
    line: str
    machine: str

    def __post_init__(self) -> None:
        for name in LEVELS:
            check_level(getattr(self, name), name)
        if len(self.path) > MAX_PATH:
            raise IdentityError(f"{self.path!r} has {len(self.path)} characters, at most {MAX_PATH} fit")

    @property
    def path(self) -> str:
        """``enterprise/site/area/line/machine``."""
        return "/".join((self.enterprise, self.site, self.area, self.line, self.machine))

    def __str__(self) -> str:
        return self.path

    @classmethod
    def parse(cls, path: str) -> Identity:
        """The inverse of :attr:`path`.

        Raises:
            IdentityError: not five levels, or a level that is none.
        """
        levels = path.split("/")
        if len(levels) != len(LEVELS):
            raise IdentityError(f"{path!r} has {len(levels)} levels; a machine has five: {'/'.join(LEVELS)}")
        return cls(*levels)
