"""Machines' files: each is checked in all its parts, also where its place or one of its keys is wrong already."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from andon_contracts.identity import Identity
from andon_contracts.yaml_file import Problem, YamlFile

from andon_edge.library.check import validate
from andon_edge.library.compiled import fails_with
from andon_edge.library.model import InstanceModel, PlantModel
from andon_edge.library.read_types import signature
from andon_edge.library.specs import MachineSpec, MachineType


def read_machine(
    identity: Identity | None,
    file: YamlFile,
    types: Mapping[str, MachineType],
    all_types: list[str],
    problems: list[Problem],
) -> MachineSpec | None:
    """The machine, or None and every mistake but those of its place, which are told where places are read.

    ``identity`` is None where the place is wrong; ``types`` are the sound ones, ``all_types`` all that have a file.
    """
    data = file.mapping()
    found: list[Problem] = []
    # the place has its own reader: here any line will do, so that its mistake is told once
    config = validate(file, {**data, "line": data["line"] if identity else "any"}, InstanceModel, found)
    kind = _type(file, data.get("type"), types, all_types, found)
    if kind is not None:
        _against_type(file, data, kind, found)
    problems += found
    if identity is None or config is None or kind is None or found:
        return None
    return MachineSpec(identity, file.path, kind, config, signature(file.path) + kind.signature)


def _type(
    file: YamlFile, name: object, types: Mapping[str, MachineType], all_types: list[str], problems: list[Problem]
) -> MachineType | None:
    if not isinstance(name, str) or name in types:
        return types[name] if isinstance(name, str) else None
    if name in all_types:
        text, remedy = f"type {name!r} has mistakes of its own", "mend the type's file"
    else:
        near = difflib.get_close_matches(name, all_types, 1)
        text = f"there is no type {name!r}"
        remedy = f"did you mean {near[0]!r}?" if near else f"types: {', '.join(all_types) or 'none'}"
    problems.append(file.problem(("type",), text, remedy))
    return None


def _against_type(file: YamlFile, data: Mapping[str, Any], kind: MachineType, problems: list[Problem]) -> None:
    """What the machine says, held against what its type knows; read from the plain file, sound or not."""
    wear = kind.model.wear
    for group, names in (("parameters", list(kind.model.parameters)), ("age", list(wear))):
        given = data.get(group)
        for name, value in given.items() if isinstance(given, dict) else ():
            if name not in names:
                near = difflib.get_close_matches(name, names, 1)
                remedy = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(names) or 'none'}"
                text = f"type {kind.name} has no {name!r} in `{group}:`"
                problems.append(file.problem((group, name), text, remedy))
            elif group == "age" and isinstance(value, int | float) and value > wear[name].limit:
                limit = wear[name].limit
                text = f"`age.{name}` cannot be {value}: 0 is new, and at {limit:g} the machine fails"
                problems.append(file.problem((group, name), text, f"write a number from 0 to {limit:g}"))
    given = data.get("parameters")
    own = {n: v for n, v in given.items() if n in kind.model.parameters} if isinstance(given, dict) else {}
    if own and all(isinstance(value, int | float) for value in own.values()):
        failure = fails_with(kind.compiled, kind.model, own)
        if failure:
            text = f"with these `parameters:` an expression of type {kind.name} {failure}"
            problems.append(file.problem(("parameters",), text, "write other values, or leave them to the type"))
    if data.get("operation") and not kind.model.operations:
        text = f"type {kind.name} has no operation to change"
        problems.append(file.problem(("operation",), text, "remove `operation:`"))


def check_after(
    file: YamlFile, identity: Identity | None, plants: Iterable[PlantModel], machines: Iterable[str], *, in_plant: bool
) -> list[Problem]:
    """`after:` of a machine that gets no place in a flow: broken, or on a line that no plant has.

    ``machines`` are the names of all files: one of them may stand in the line by its own `after:`. Where the line is
    wrong, a station of any line will do. ``in_plant``: it is sound and on a plant's line, whose flow tells the rest.
    """
    after = file.mapping().get("after")
    if not isinstance(after, str):
        return []
    stations: dict[tuple[str, ...], list[str]] = {}
    for plant in plants:
        for site in plant.sites:
            for line in site.lines:
                place = (plant.enterprise, site.site, line.area, line.line)
                stations[place] = [station.machine for station in line.stations]
    if identity is None:
        known, where = [name for names in stations.values() for name in names], "any line"
    else:
        place = (identity.enterprise, identity.site, identity.area, identity.line)
        if place not in stations:
            text = f"`after: {after}`: no plant has stations on {'/'.join(place)}, so it has nothing to stand behind"
            return [file.problem(("after",), text, "name a line of a plant in `line:`, or leave `after:` out")]
        if in_plant:
            return []
        known, where = stations[place], f"line {identity.line}"
    if after in known or after in machines:
        return []
    text = f"`after: {after}`: there is no such station on {where}"
    return [file.problem(("after",), text, f"use one of {', '.join(known) or 'none'}, or leave `after:` out")]
