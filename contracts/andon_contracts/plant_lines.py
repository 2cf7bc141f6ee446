"""The lines of a plant's file: those that can be understood, and all that may be meant where it is broken.

Who places machines needs the second too: one whose line may stand in a file that does not count must not be taken for
one of no plant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from andon_contracts.errors import IdentityError
from andon_contracts.identity import check_level
from andon_contracts.yaml_file import Problem, YamlFile

#: Enterprise, site, area and line; None stands for a level that the file does not tell, which may be any.
Place = tuple[str | None, str | None, str | None, str | None]

_ENTERPRISE: Final = re.compile(r"^[\"']?enterprise[\"']?\s*:\s*[\"']?([a-z0-9-]+)", re.MULTILINE)
_WORD: Final = re.compile(r"[a-z0-9-]+")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a plant file: its path's four levels."""

    enterprise: str
    site: str
    area: str
    line: str
    file: Path

    @property
    def path(self) -> str:
        """``enterprise/site/area/line``."""
        return "/".join((self.enterprise, self.site, self.area, self.line))


@dataclass(frozen=True, slots=True)
class RefusedPlant:
    """A plant's file that does not count as it stands: its first mistake, and where it may have lines."""

    problem: Problem
    places: frozenset[Place]

    @property
    def enterprise(self) -> str | None:
        """None where the file does not tell it."""
        return next((place[0] for place in self.places if place[0]), None)

    def may_mean(self, place: Place) -> bool:
        """Whether it may have a line there; levels that are None are not asked for."""
        return any(
            all(a is None or b is None or a == b for a, b in zip(place, known, strict=True)) for known in self.places
        )


def plant_lines(file: YamlFile) -> tuple[list[Line], list[Problem]]:
    """The lines of a plant file that can be understood, and what cannot."""
    problems = list(file.problems)
    data = file.mapping()
    if not data:
        return [], problems or list(file.problems)
    enterprise = _level(file, data, ("enterprise",), "enterprise", problems)
    lines: list[Line] = []
    for key, site in _entries(file, data, ("sites",), problems):
        name = _level(file, site, (*key, "site"), "site", problems)
        places = list(_entries(file, site, (*key, "lines"), problems))
        if isinstance(site.get("utilities"), dict):
            places.append(((*key, "utilities"), site["utilities"]))
        for place_key, place in places:
            area = _level(file, place, (*place_key, "area"), "area", problems)
            line = _level(file, place, (*place_key, "line"), "line", problems)
            if enterprise and name and area and line:
                found = Line(enterprise, name, area, line, file.path)
                if any(other.path == found.path for other in lines):
                    text = f"{found.path} is here twice"
                    problems.append(file.problem((*place_key, "line"), text, "give each line a name of its own"))
                else:
                    lines.append(found)
    return lines, problems


def claimed(file: Path, enterprise: str, first: Path) -> Problem:
    """That another file is this enterprise's plant already."""
    text = f"enterprise {enterprise!r} has its plant in {first.name} already"
    return Problem(file, 1, text, "one file a plant: join them, or name another enterprise")


def refused_plant(file: YamlFile, problem: Problem) -> RefusedPlant:
    """The file as far as it can be read, refused for ``problem``."""
    places = set(_readable(file.data)) if isinstance(file.data, dict) else set()
    if file.problems or not places:  # what the parser did not get to see stands in the text
        places |= _from_text(file)
    return RefusedPlant(problem, frozenset(places))


def _readable(data: dict[str, Any]) -> Iterator[Place]:
    enterprise = _sound(data, "enterprise")
    sites = data.get("sites")
    for site in sites if isinstance(sites, list) else []:
        if not isinstance(site, dict):
            yield enterprise, None, None, None
            continue
        name, lines, utilities = _sound(site, "site"), site.get("lines"), site.get("utilities")
        for place in [*(lines if isinstance(lines, list) else [None]), *([utilities] if utilities else [])]:
            known = place if isinstance(place, dict) else {}
            yield enterprise, name, _sound(known, "area"), _sound(known, "line")


def _from_text(file: YamlFile) -> set[Place]:
    """A text that is no YAML still holds the names; one whose mistake is its end may go on, so it may hold any."""
    found = _ENTERPRISE.search(file.text)
    enterprise = _sound({"enterprise": found[1]}, "enterprise") if found else None
    last = max((i for i, line in enumerate(file.text.splitlines(), 1) if line.strip()), default=0)
    if max((problem.line for problem in file.problems), default=1) >= last:
        return {(enterprise, None, None, None)}
    return {(enterprise, None, None, word) for word in _WORD.findall(file.text)}


def _sound(data: dict[str, Any], what: str) -> str | None:
    try:
        return check_level(str(data[what]), what)
    except (KeyError, IdentityError):
        return None


def _entries(
    file: YamlFile, data: dict[str, Any], key: tuple[str | int, ...], problems: list[Problem]
) -> Iterator[tuple[tuple[str | int, ...], dict[str, Any]]]:
    found = data.get(str(key[-1]))
    if not isinstance(found, list):
        problems.append(file.problem(key, f"`{key[-1]}:` must be a list", f"write `{key[-1]}:` and below it `- ...`"))
        return
    for i, entry in enumerate(found):
        if isinstance(entry, dict):
            yield (*key, i), entry
        else:
            problems.append(file.problem((*key, i), f"an entry of `{key[-1]}:` needs keys", "write `- name: value`"))


def _level(
    file: YamlFile, data: dict[str, Any], key: tuple[str | int, ...], what: str, problems: list[Problem]
) -> str | None:
    value = data.get(what)
    if value is None:
        problems.append(file.problem(key, f"`{what}:` is missing", f"add `{what}: a-name`"))
        return None
    try:
        return check_level(str(value), what)
    except IdentityError as error:
        problems.append(file.problem(key, str(error), "rename it"))
        return None
