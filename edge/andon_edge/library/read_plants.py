"""Plants: the file, and the flow of its stations with the machines that are there.

A station whose machine has no (sound) file is passed by: what feeds it feeds what comes after it, so that a
broken file stops one machine and not the line. A machine that says ``after: bend-1`` is put behind it.
"""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from andon_contracts.command_line import as_typed
from andon_contracts.errors import IdentityError
from andon_contracts.identity import Identity
from andon_contracts.yaml_file import Problem, YamlFile, read_yaml

from andon_edge.library.mend import UNKNOWN, read_model
from andon_edge.library.model import PlantModel, SiteModel, StationModel
from andon_edge.library.specs import MachineSpec, StationSpec


def read_plant(file: YamlFile) -> tuple[PlantModel | None, PlantModel | None, list[Problem]]:
    """(the plant's model, what can be read of it at all, all mistakes that stand in its file by itself).

    The first is None where there is a mistake; the second is for finding mistakes elsewhere, and never runs.
    """
    problems = list(file.problems)
    data = file.mapping()
    if not data:
        return None, None, problems or list(file.problems)
    found = read_model(file, data, PlantModel)
    problems += found.problems
    if found.model is None:
        return None, None, problems
    for i, site in enumerate(found.model.sites):
        try:
            ZoneInfo(site.time_zone)
        except (KeyError, ValueError, OSError):
            remedy = "use a name of the IANA list, for example Europe/Berlin"
            problems.append(
                file.problem(("sites", i, "time_zone"), f"there is no time zone {site.time_zone!r}", remedy)
            )
        problems += _check_site(file, i, site)
    return (None if problems else found.model), found.model, problems


def _check_site(file: YamlFile, index: int, site: SiteModel) -> list[Problem]:
    problems: list[Problem] = []
    names: dict[str, str] = {}
    for j, line in enumerate(site.lines):
        for k, station in enumerate(line.stations):
            if station.machine in names and station.machine != UNKNOWN:
                key = ("sites", index, "lines", j, "stations", k, "machine")
                text = f"{station.machine!r} is a station of {names[station.machine]} already"
                problems.append(file.problem(key, text, "a machine has one place"))
            names[station.machine] = line.line
    feeds = {s.machine: s.feeds for line in site.lines for s in line.stations}
    for j, line in enumerate(site.lines):
        for k, station in enumerate(line.stations):
            for n, target in enumerate(station.feeds):
                here = ("sites", index, "lines", j, "stations", k, "feeds", n)
                if target not in names:
                    if UNKNOWN in names or target == UNKNOWN:
                        continue  # a station of which the file does not say the name: it may be this one
                    text = f"{station.machine} feeds {target!r}, which is no station of this site"
                    problems.append(file.problem(here, text, f"use one of {', '.join(names)}"))
                elif _reaches(target, station.machine, feeds):
                    text = f"{station.machine} feeds {target}, which feeds it in turn: a circle"
                    problems.append(file.problem(here, text, "let units move one way"))
    return problems


def _reaches(start: str, goal: str, feeds: Mapping[str, list[str]]) -> bool:
    seen, todo = set(), [start]
    while todo:
        here = todo.pop()
        if here == goal:
            return True
        if here not in seen:
            seen.add(here)
            todo += feeds.get(here, [])
    return False


def flow(
    file: YamlFile,
    model: PlantModel,
    machines: Mapping[Identity, MachineSpec],
    known: set[Identity],
    afters: Mapping[Identity, str],
) -> tuple[tuple[StationSpec, ...], tuple[Identity, ...], list[Problem]]:
    """(stations in order, utilities, problems).

    ``known`` are all identities with a file, sound or not; ``afters`` what the files of those say in `after:`.
    """
    problems: list[Problem] = []
    stations: list[StationSpec] = []
    utilities: list[Identity] = []
    for i, site in enumerate(model.sites):
        places: dict[str, tuple[Identity, StationModel]] = {}
        for j, line in enumerate(site.lines):
            for k, station in enumerate(line.stations):
                identity = _identity(model.enterprise, site.site, line.area, line.line, station.machine)
                if identity is None:
                    continue
                key = ("sites", i, "lines", j, "stations", k, "machine")
                problems += _without_file(file, key, identity, known)
                places[station.machine] = (identity, station)
            place = (model.enterprise, site.site, line.area, line.line)
            here = {m: after for m, after in afters.items() if (m.enterprise, m.site, m.area, m.line) == place}
            problems += insert(places, line.line, here, machines)
        stations += [
            StationSpec(identity, _ahead(station, places, machines), station.buffer, station.carries, station.serials)
            for identity, station in places.values()
            if identity in machines
        ]
        if site.utilities:
            for k, name in enumerate(site.utilities.machines):
                found = _identity(model.enterprise, site.site, site.utilities.area, site.utilities.line, name)
                if found is None:
                    continue
                problems += _without_file(file, ("sites", i, "utilities", "machines", k), found, known)
                if found in machines:
                    utilities.append(found)
    return tuple(stations), tuple(utilities), problems


def _identity(*levels: str) -> Identity | None:
    """None where a level cannot be one, which is told elsewhere."""
    try:
        return Identity(*levels)
    except IdentityError:
        return None


def _without_file(
    file: YamlFile, key: tuple[str | int, ...], identity: Identity, known: set[Identity]
) -> list[Problem]:
    if identity in known:
        return []
    remedy = (
        f"`{as_typed('andon machine new')} {identity.machine} --line {identity.line}` writes one; until then the flow "
        "passes it by"
    )
    return [file.problem(key, f"{identity.machine} has no file of its own on line {identity.line}", remedy)]


def insert(
    places: dict[str, tuple[Identity, StationModel]],
    line: str,
    afters: Mapping[Identity, str],
    machines: Mapping[Identity, MachineSpec],
) -> list[Problem]:
    """Put machines with `after:` behind their stations, chains too; the order of the files does not matter.

    Of several behind one station the last by name stands next to it. A machine whose file has other mistakes keeps its
    place, so that what stands behind it keeps its own; it is passed by like any station without a sound file.
    """
    problems: list[Problem] = []
    followers: dict[str, list[Identity]] = {}
    for identity, after in sorted(afters.items()):
        if identity.machine in places:
            text = f"{identity.machine} has a place in {line} already, so `after: {after}` cannot hold"
            remedy = "remove `after:`, or take the station out of the plant's file"
            problems += _told(machines, identity, text, remedy)
        else:
            followers.setdefault(after, []).append(identity)
    stations = ", ".join(places)
    todo = [name for name in places if name in followers]
    while todo:
        after = todo.pop()
        for identity in followers.pop(after, []):
            before_id, before = places[after]
            spec = machines.get(identity)
            buffer = spec.config.buffer if spec else 2
            added = StationModel(machine=identity.machine, feeds=before.feeds, buffer=buffer, carries=before.carries)
            places[after] = (before_id, before.model_copy(update={"feeds": [identity.machine]}))
            places[identity.machine] = (identity, added)
            todo.append(identity.machine)
    left = {identity.machine: after for after, behind in followers.items() for identity in behind}
    for after, behind in sorted(followers.items()):
        for identity in behind:
            problems += _told(machines, identity, *_nowhere(identity.machine, after, left, line, stations))
    return problems


def _nowhere(name: str, after: str, left: Mapping[str, str], line: str, stations: str) -> tuple[str, str]:
    """Why a machine finds no place, and what to do: a circle, a chain that begins nowhere, or no such station."""
    chain = [name]
    while chain[-1] in left and left[chain[-1]] not in chain:
        chain.append(left[chain[-1]])
    remedy = f"use one of {stations}, or leave `after:` out"
    if chain[-1] in left and left[chain[-1]] == name:
        circle = " behind ".join([*chain, name])
        return f"`after: {after}` makes a circle: {circle}", remedy
    if after in left:
        return f"`after: {after}`: {after} has no place on line {line} itself", "give that one a place first"
    return f"`after: {after}`: there is no such station on line {line}", remedy


def _told(machines: Mapping[Identity, MachineSpec], identity: Identity, text: str, remedy: str) -> list[Problem]:
    """A mistake of a machine that would run; of the others `check_after` speaks."""
    spec = machines.get(identity)
    return [read_yaml(spec.path).problem(("after",), text, remedy)] if spec else []


def _ahead(
    station: StationModel, places: Mapping[str, tuple[Identity, StationModel]], machines: Mapping[Identity, MachineSpec]
) -> tuple[Identity, ...]:
    found: list[Identity] = []
    todo = list(station.feeds)
    while todo:
        name = todo.pop(0)
        if name not in places:
            continue
        identity, following = places[name]
        if identity in machines:
            if identity not in found:
                found.append(identity)
        else:
            todo += following.feeds
    return tuple(found)
