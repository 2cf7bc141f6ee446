"""A product's machines and columns, made from what the machines announced."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from andon_contracts.messages import Birth

from andon_platform.sharing.errors import NothingThere, TooManyValues
from andon_platform.sharing.product import Column, Question

MAX_MACHINES: Final = 50
MAX_PAIRS: Final = 100
"""Signals of all machines together."""

_MACHINE: Final = Column("machine", "string", title="Path of the machine")
_T: Final = Column("t", "int64", "us", "Microseconds since 1970-01-01 UTC")
_TIME: Final = Column("time", "timestamp[us, UTC]", title="The same as a timestamp")
_FIXED: Final = {
    "events": (
        _MACHINE,
        Column("kind", "string", title="Kind of event"),
        _T,
        _TIME,
        Column("event", "string", title="The event as on the wire, JSON"),
    ),
    "counts": (
        _MACHINE,
        Column("good", "int64", "1", "Good pieces"),
        Column("scrap", "int64", "1", "Scrap"),
        Column("events", "int64", "1", "Counts that were summed"),
    ),
}


def chosen(question: Question, births: Iterable[Birth]) -> list[Birth]:
    """The machines that a question means, by path. ``births`` are those of the owner's machines."""
    named, place = set(question.machines), question.place.split("/") if question.place else []
    found = [
        birth
        for birth in births
        if (birth.machine in named if named else birth.machine.split("/")[: len(place)] == place)
        and (not question.type or birth.type == question.type)
        and (question.kind != "series" or any(s.name in question.signals for s in birth.signals))
    ]
    return sorted(found, key=lambda birth: birth.machine)


def columns(question: Question, machines: Sequence[Birth]) -> tuple[Column, ...]:
    """The columns of the answer. A signal that machines measure in different units has a column for each unit, and one
    that no machine has any more has none.

    Raises:
        NothingThere: no machine.
        TooManyValues: more of them than :data:`MAX_MACHINES` or :data:`MAX_PAIRS`.
    """
    if not machines:
        raise NothingThere("no machine fits: name machines, a place or a type that the catalogue has")
    if len(machines) > MAX_MACHINES:
        raise TooManyValues(f"{len(machines)} machines fit; a product has at most {MAX_MACHINES}")
    if question.kind != "series":
        return _FIXED[question.kind]
    pairs = sum(s.name in question.signals for birth in machines for s in birth.signals)
    if pairs > MAX_PAIRS:
        raise TooManyValues(f"{pairs} signals of {len(machines)} machines; a product has at most {MAX_PAIRS}")
    found = [column for name in question.signals for column in _of_signal(question, name, machines).values()]
    return (_MACHINE, _T, _TIME, *found)


def _of_signal(question: Question, name: str, machines: Sequence[Birth]) -> dict[str, Column]:
    """Unit to column."""
    specs = [s for birth in machines for s in birth.signals if s.name == name]
    units = sorted({s.unit for s in specs})
    made = {}
    for unit in units:
        title = next((s.title for s in specs if s.unit == unit and s.title), name)
        shown = name if len(units) == 1 else f"{name} ({unit})"
        made[unit] = Column(shown, "float64", "1" if question.agg == "count" else unit, title)
    return made


def missing(question: Question, machines: Sequence[Birth]) -> list[str]:
    """Signals of the question that no machine has."""
    there = {s.name for birth in machines for s in birth.signals}
    return [name for name in question.signals if name not in there]


def column_of(name: str, unit: str, columns: Sequence[Column]) -> int:
    """Which column holds a signal of that unit."""
    names = [c.name for c in columns]
    both = f"{name} ({unit})"
    return names.index(both) if both in names else names.index(name)
