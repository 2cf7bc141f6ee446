"""What a file says that is allowed, and probably not meant: told, and the machine runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from andon_contracts.units import doubt_about
from andon_contracts.yaml_file import Key, Problem, YamlFile

#: Where units stand: in a type's file, and the first in a cassette's as well.
_WITH_UNITS: tuple[Key, ...] = (("signals",), ("quality", "measured"))


def doubts(file: YamlFile) -> list[Problem]:
    """The doubtful units of a type's or a cassette's file, each with its line and what to write instead."""
    found = []
    for key, unit in _units(file.data):
        said = doubt_about(unit)
        if said:
            name = ".".join(str(part) for part in key)
            found.append(file.problem(key, f"`{name}`: {said[0]}", said[1]))
    return found


def _units(data: Any) -> Iterator[tuple[Key, str]]:
    for group in _WITH_UNITS:
        entries = data
        for part in group:
            entries = entries.get(part) if isinstance(entries, dict) else None
        for name, entry in entries.items() if isinstance(entries, dict) else ():
            if isinstance(entry, dict) and isinstance(entry.get("unit"), str):
                yield (*group, name, "unit"), entry["unit"]
