"""Machines and what happened to them as rows of the database, and back."""

from __future__ import annotations

from typing import Any

import msgspec
import sqlalchemy as sa
from andon_contracts.codec import encode
from andon_contracts.identity import Identity
from andon_contracts.messages import Birth

from andon_platform.registry.record import Happening, Machine

_birth = msgspec.json.Decoder(Birth)
_HISTORY = ("path", "t", "what", "session", "epoch", "reason")


def machine_of(r: sa.Row[Any], now: int) -> Machine:
    """The machine of a row, as if it had been heard ``now``."""
    return Machine(
        Identity.parse(str(r.path)),
        _birth.decode(r.birth),
        r.presence,
        r.session,
        r.first_seen,
        r.last_seen,
        now,
        r.state,
        r.reason,
        r.text,
        r.state_since,
        r.unit,
        r.product,
    )


def happening_of(row: sa.RowMapping) -> Happening:
    """What happened, from its row."""
    return Happening(*(row[name] for name in _HISTORY))


def _text(text: str, limit: int) -> str:
    """What every database takes: PostgreSQL knows no NUL, and none knows half a character."""
    return text[:limit].replace("\0", "").encode("utf-8", "replace").decode()


def machine_row(m: Machine) -> dict[str, object]:
    """A machine for its table."""
    return {
        "path": m.path,
        "birth": encode(m.birth),
        "presence": m.presence,
        "session": m.session,
        "first_seen": m.first_seen,
        "last_seen": m.last_seen,
        "state": _text(m.state, 16),
        "reason": _text(m.reason, 256),
        "text": _text(m.text, 1024),
        "state_since": m.state_since,
        "unit": _text(m.unit, 128),
        "product": _text(m.product, 128),
    }


def history_row(h: Happening) -> dict[str, object]:
    """What happened, for its table."""
    return {
        "path": h.path,
        "t": h.t,
        "what": h.what,
        "session": h.session,
        "epoch": h.epoch,
        "reason": _text(h.reason, 256),
    }
