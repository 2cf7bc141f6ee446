"""Which machines there are and where they stand: identities alone, read from the files of machines and plants.

``machines/NAME.yaml`` is a machine: the file's stem is its name, ``line:`` is its place, either a line of a
plant file (``line: cabinets-1``) or written in full (``line: polaris/north/lab/bench-1``). Folders in
``machines/`` only sort (two plants may each have a ``press-1``); ``machines/types/`` holds types and is left
alone here. Setup, enrolment and the edge read the same, so that they agree on who exists.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from andon_contracts.errors import IdentityError
from andon_contracts.identity import LEVELS, Identity, check_level
from andon_contracts.plant_lines import Line, RefusedPlant, claimed, plant_lines, refused_plant
from andon_contracts.yaml_file import Key, Problem, YamlFile, read_yaml

__all__ = [
    "Line",
    "Placements",
    "Problem",
    "find_line",
    "machine_files",
    "place_machines",
    "plant_files",
    "plant_lines",
    "read_placements",
]


@dataclass(slots=True)
class Placements:
    """The machines with the file of each, all lines of all plants, and every mistake that hides a machine.

    ``waiting`` are files of machines whose line stands in no plant that counts, and may stand in one that is refused.
    """

    machines: dict[Identity, Path] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    waiting: dict[Path, RefusedPlant] = field(default_factory=dict)


def machine_files(machines_dir: Path) -> list[Path]:
    """The instances' files, sorted; types and hidden files are none."""
    types = machines_dir / "types"
    found = [p for suffix in ("yaml", "yml") for p in machines_dir.rglob(f"*.{suffix}")]
    return sorted(p for p in found if types not in p.parents and not _hidden(p, machines_dir))


def plant_files(plants_dir: Path) -> list[Path]:
    """The plants' files, sorted."""
    return sorted(p for suffix in ("yaml", "yml") for p in plants_dir.glob(f"*.{suffix}") if not _hidden(p, plants_dir))


def _hidden(path: Path, base: Path) -> bool:
    return any(part.startswith((".", "~")) for part in path.relative_to(base).parts)


def find_line(text: str, lines: list[Line]) -> tuple[str, str, str, str] | str:
    """The four levels that ``line:`` means, or a sentence that says why it means none."""
    if "/" in text:
        levels = text.split("/")
        if len(levels) != 4:
            return f"line {text!r} has {len(levels)} levels; in full it has four: enterprise/site/area/line"
        return (levels[0], levels[1], levels[2], levels[3])
    found = [line for line in lines if line.line == text]
    if len(found) == 1:
        return (found[0].enterprise, found[0].site, found[0].area, found[0].line)
    if found:
        return f"line {text!r} is in several plants: write one of {', '.join(sorted(f.path for f in found))}"
    near = difflib.get_close_matches(text, [line.line for line in lines], 1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    known = ", ".join(sorted(line.line for line in lines)) or "none"
    return f"no plant has a line {text!r}{hint} (lines: {known})"


def read_placements(machines_dir: Path, plants_dir: Path) -> Placements:
    """All identities. A broken file becomes problems with line and remedy; the others go on."""
    found: list[Line] = []
    refused: list[RefusedPlant] = []
    told: list[Problem] = []
    enterprises: dict[str, Path] = {}
    for path in plant_files(plants_dir):
        file = read_yaml(path)
        lines, problems = plant_lines(file)
        first = enterprises.setdefault(lines[0].enterprise, path) if lines else path
        if first != path:
            problems, lines = [*problems, claimed(path, lines[0].enterprise, first)], []
        if problems:
            refused.append(refused_plant(file, problems[0]))
        found += lines
        told += problems
    return place_machines(machines_dir, found, refused, told)


def place_machines(
    machines_dir: Path, lines: list[Line], refused: Sequence[RefusedPlant], problems: list[Problem]
) -> Placements:
    """The same where it is known which ``lines`` count and which plants' files are ``refused``."""
    result = Placements(problems=problems, lines=lines)
    for path in machine_files(machines_dir):
        _place(path, result, refused)
    return result


def _place(path: Path, result: Placements, refused: Sequence[RefusedPlant]) -> None:
    file = read_yaml(path)
    data = file.mapping()
    result.problems += file.problems
    if not data:
        return
    sound = _levels((path.stem,), ("machine",), "rename the file", file, (), result)
    line = data.get("line")
    if line is not None and not isinstance(line, str):
        text, remedy = f"`line:` cannot be {line!r}", "write a line of a plant, or enterprise/site/area/line in full"
        result.problems.append(file.problem(("line",), text, remedy))
        return
    if not isinstance(line, str):
        remedy = "add `line: NAME` of a plant's line, or enterprise/site/area/line in full"
        result.problems.append(file.problem(("line",), "the machine has no `line:`", remedy))
        return
    levels = find_line(line, result.lines)
    if isinstance(levels, str):
        hidden = next((r for r in refused if "/" not in line and r.may_mean((None, None, None, line))), None)
        if hidden and not any(known.line == line for known in result.lines):
            result.waiting[path] = hidden
            return
        remedy = "name a line of a plant file, or write enterprise/site/area/line in full to let it run alone"
        result.problems.append(file.problem(("line",), levels, remedy))
        return
    if not _levels(levels, LEVELS, "rename that level", file, ("line",), result) or not sound:
        return
    try:
        identity = Identity(*levels, path.stem)
    except IdentityError as error:
        result.problems.append(file.problem(("line",), str(error), "rename the file or the line"))
        return
    if identity in result.machines:
        text = f"{identity} has a file already: {result.machines[identity]}"
        result.problems.append(file.problem((), text, "rename or remove one of the two"))
        return
    result.machines[identity] = path


def _levels(
    levels: tuple[str, ...], names: tuple[str, ...], remedy: str, file: YamlFile, key: Key, result: Placements
) -> bool:
    """Whether all levels can be part of a path; a problem for each that cannot."""
    before = len(result.problems)
    for text, name in zip(levels, names, strict=False):
        try:
            check_level(text, name)
        except IdentityError as error:
            result.problems.append(file.problem(key, str(error), remedy))
    return len(result.problems) == before
