"""Machines and alarms as the API shows them: plain dictionaries, which :mod:`andon_platform.api.models` describes."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import msgspec

from andon_platform.alarms.alarm import Alarm
from andon_platform.registry.record import Happening, Machine


def machine_frame(m: Machine) -> dict[str, Any]:
    """What changes: without signals, operations and commands."""
    birth, place = m.birth, m.identity
    return {
        "id": m.path,
        "name": place.machine,
        "enterprise": place.enterprise,
        "site": place.site,
        "area": place.area,
        "line": place.line,
        "type": birth.type,
        "title": birth.title,
        "description": birth.description,
        "drawing": birth.drawing,
        "origin": birth.origin,
        "source": birth.source,
        "online": m.online,
        "presence": m.presence,
        "state": m.shown_state,
        "reason": m.reason if m.online else "",
        "text": m.text if m.online else "",
        "state_since": m.state_since if m.online else m.last_seen,
        "unit": m.unit,
        "product": m.product,
        "first_seen": m.first_seen,
        "last_seen": m.last_seen,
        "session": m.session,
        "epoch": birth.epoch,
        "interval_s": birth.interval_s,
    }


def machine_view(m: Machine) -> dict[str, Any]:
    """All of it, with what the machine announced."""
    return {
        **machine_frame(m),
        "signals": [spec_view(s) for s in m.birth.signals],
        "operations": [
            {"name": o.name, "cycle_s": o.cycle_s, "changeover_s": o.changeover_s, "title": o.title}
            for o in m.birth.operations
        ],
        "commands": [{"name": c.name, "title": c.title, "arguments": c.arguments} for c in m.birth.commands],
        "characteristics": [spec_view(c) for c in m.birth.characteristics],
    }


def spec_view(spec: msgspec.Struct) -> dict[str, Any]:
    """A signal or characteristic with every field, those at their default too."""
    return {name: getattr(spec, name) for name in spec.__struct_fields__}


def happening_view(h: Happening) -> dict[str, Any]:
    """A line of a machine's history."""
    return {"t": h.t, "what": h.what, "session": h.session, "epoch": h.epoch, "reason": h.reason}


def alarm_view(alarm: Alarm, now: int) -> dict[str, Any]:
    """An alarm with its id and its state."""
    return asdict(alarm) | {"id": alarm.id, "state": alarm.state(now)}
