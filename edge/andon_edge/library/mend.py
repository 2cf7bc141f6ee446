"""A file with mistakes in its form, made readable for the checks that come after.

A wrong value is replaced by a neutral one and the file is read again, until its form is right: so a misspelt key on
line 3 does not hide the fault on line 20 that names a wear which is not there. Nothing mended ever runs.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from andon_contracts.yaml_file import Key, Problem, YamlFile
from pydantic import BaseModel, ValidationError

from andon_edge.library.check import explain

Model = TypeVar("Model", bound=BaseModel)

#: Stands for a name that the file does not say; no level, machine or signal can be called so.
UNKNOWN = "~"
#: Read again at most so often; what is not readable then is told as far as it is known.
_ROUNDS = 12
_SIGNAL: Mapping[str, Any] = {"unit": "1", "range": [0.0, 1.0], "value": 0.0}
_STATION: Mapping[str, Any] = {"machine": UNKNOWN}
_LINE: Mapping[str, Any] = {"line": UNKNOWN, "area": UNKNOWN, "stations": [_STATION]}
_SITE: Mapping[str, Any] = {"site": UNKNOWN, "latitude": 0.0, "longitude": 0.0, "lines": [_LINE]}
#: A key that must be there, or whose absence would look like another mistake.
_VALUES: Mapping[str, Any] = {
    **_SIGNAL, **_SITE, **_LINE, **_STATION, "enterprise": UNKNOWN, "name": "x", "start": "00:00", "end": "00:00",
    "title": "", "reason": "", "cycle_s": 1.0, "per_hour": 0.0, "shape": "sudden", "when": 0.0, "recording": "",
    "signals": {"x": _SIGNAL}, "sites": [_SITE], "operations": {"x": {"cycle_s": 1.0}},
    "text": "x",
}  # fmt: skip
#: An entry of a mapping or a list.
_ENTRIES: Mapping[str, Any] = {
    "signals": _SIGNAL, "stations": _STATION, "lines": _LINE, "sites": _SITE, "operations": {"cycle_s": 1.0},
    "wear": {"per_hour": 0.0}, "faults": {"shape": "sudden"}, "measured": {"value": 0.0}, "parameters": 1.0,
    "interlocks": {"when": 0.0, "reason": ""}, "products": {"name": "x"}, "feeds": UNKNOWN,
    "shifts": {"name": "x", "start": "00:00", "end": "00:00"}, "instructions": {"text": "x"},
}  # fmt: skip


@dataclass(slots=True)
class Mended(Generic[Model]):
    """``model`` is what could be read, or None; ``touched`` are the places where it is not what the file says."""

    model: Model | None
    problems: list[Problem] = field(default_factory=list)
    touched: set[Key] = field(default_factory=set)

    @property
    def sound(self) -> bool:
        """Whether the file is as it must be in form."""
        return not self.problems and self.model is not None

    def mended(self, *start: str) -> bool:
        """Whether anything at or below the place was replaced, or is missing."""
        return any(key[: len(start)] == start for key in self.touched)


def read_model(file: YamlFile, data: Mapping[str, Any], model: type[Model]) -> Mended[Model]:
    """The model of ``data``, with every mistake of its form."""
    work, result = copy.deepcopy(dict(data)), Mended[Model](None)
    names: dict[Key, str] = {}
    for _ in range(_ROUNDS):
        try:
            result.model = model.model_validate(work)
            return result
        except ValidationError as error:
            entries = error.errors(include_url=False)
        for entry in entries:
            loc = _as_written(entry["loc"], names)
            result.problems.append(explain(file, model, {**entry, "loc": loc}))
            result.touched.add(tuple(part for part in loc if part != "[key]"))
        for entry in entries:
            _repair(work, entry, names)
    return result


def _as_written(loc: Key, names: Mapping[Key, str]) -> Key:
    return tuple(names.get(loc[: i + 1], part) for i, part in enumerate(loc))


def _repair(work: dict[str, Any], entry: Any, names: dict[Key, str]) -> None:
    kind = entry["type"]
    loc: Key = tuple(entry["loc"])
    if "[key]" in loc:
        _rename(work, loc[: loc.index("[key]")], names)
        return
    if loc and loc[-1] in ("str", "float", "int"):  # which of several kinds a value was tried as
        loc = loc[:-1]
    group = _at(work, loc)
    if kind == "too_long" and isinstance(group, dict | list):
        most = entry["ctx"]["max_length"]
        kept: Any = dict(list(group.items())[:most]) if isinstance(group, dict) else group[:most]
        _put(work, loc, kept)
    elif kind == "extra_forbidden":
        _drop(work, loc)
    elif kind == "value_error" and isinstance(group, dict):  # `range`, `limits`, `target`: right alone, not together
        if "range" in group:
            group["range"] = [0.0, 1.0]
        for key in ("limits", "target"):
            group.pop(key, None)
    else:
        _neutral(work, loc)


def _neutral(work: dict[str, Any], loc: Key) -> None:
    """A neutral value at the innermost place that has one; else the key goes, and its default stands."""
    for end in range(len(loc), 0, -1):
        part = loc[end - 1]
        before = loc[end - 2] if end > 1 else ""
        if isinstance(before, str) and before in _ENTRIES and not (end > 2 and loc[end - 3] in _ENTRIES):
            _put(work, loc[:end], copy.deepcopy(_ENTRIES[before]))
            return
        if isinstance(part, str):
            if part in _VALUES:
                _put(work, loc[:end], copy.deepcopy(_VALUES[part]))
            else:
                _drop(work, loc[:end])
            return


def _rename(work: dict[str, Any], loc: Key, names: dict[Key, str]) -> None:
    group = _at(work, loc[:-1])
    if len(loc) < 2 or loc[-2] not in _ENTRIES:  # only certain keys can stand there
        _drop(work, loc)
    elif isinstance(group, dict) and loc[-1] in group:
        new = next(f"x{n}" for n in range(len(group) + 1) if f"x{n}" not in group)
        group[new] = group.pop(loc[-1])
        names[(*loc[:-1], new)] = str(loc[-1])


def _at(work: Any, loc: Key) -> Any:
    for part in loc:
        try:
            work = work[part]
        except (KeyError, IndexError, TypeError):
            return None
    return work


def _put(work: dict[str, Any], loc: Key, value: Any) -> None:
    around = _at(work, loc[:-1])
    if isinstance(around, dict | list):
        around[loc[-1]] = value  # type: ignore[index]


def _drop(work: dict[str, Any], loc: Key) -> None:
    around = _at(work, loc[:-1])
    if isinstance(around, dict):
        around.pop(loc[-1], None)
