"""Which plants run: sound files, and those that ran before and are broken now; and what waits for the others.

A plant whose file is refused at the first start is not known, so its machines cannot work in it. They must not work
alone either, as machines of no plant do: that would be production, and figures, of a plant that does not exist.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from andon_contracts.identity import Identity
from andon_contracts.placement import plant_files
from andon_contracts.plant_lines import Line, RefusedPlant, claimed, plant_lines, refused_plant
from andon_contracts.yaml_file import Problem, YamlFile, read_yaml

from andon_edge.library.mend import UNKNOWN
from andon_edge.library.model import PlantModel
from andon_edge.library.read_plants import read_plant

#: Machines named in one sentence; of more the number is told.
_NAMED = 20


@dataclass(frozen=True, slots=True)
class ReadPlant:
    """A plant's file with what is known of it; one that does not run is for finding mistakes elsewhere."""

    file: YamlFile
    model: PlantModel
    runs: bool


@dataclass(slots=True)
class Plants:
    """All files of plants. ``whole``: no station or line can be hidden in what is not readable."""

    plants: list[ReadPlant] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    refused: list[RefusedPlant] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    claims: dict[str, Path] = field(default_factory=dict)
    whole: bool = True

    def holds(self, identity: Identity, enterprises: Iterable[str]) -> RefusedPlant | None:
        """The refused file in which the machine may have its place; ``enterprises`` are those of all machines.

        A file that does not tell its enterprise is taken for the one that it is named after, where a machine is of
        that name, and else may be that of any enterprise without a plant.
        """
        place = (identity.enterprise, identity.site, identity.area, identity.line)
        nobodys = set(enterprises) - self.claims.keys()
        for found in self.refused:
            if found.enterprise is None:
                named = found.problem.file.stem
                if identity.enterprise not in ({named} if named in nobodys else nobodys):
                    continue
            if found.may_mean(place):
                return found
        return None


def choose_plants(plants_dir: Path, kept: Mapping[Path, PlantModel]) -> Plants:
    """Read all plants. ``kept`` ran before: each runs on while its file, or that under its new name, is broken."""
    result, files = Plants(), [read_yaml(path) for path in plant_files(plants_dir)]
    read = {file.path: _read(file) for file in files}
    ran = {path: model for path, model in kept.items() if path in read}
    gone = {model.enterprise: model for path, model in kept.items() if path not in read}
    for path, model in ran.items():  # a second file of its enterprise does not take a plant that runs
        now = read[path].sound
        if now is None or now.enterprise == model.enterprise:
            result.claims[model.enterprise] = path
    broken: list[tuple[YamlFile, PlantModel | None, RefusedPlant, list[Line]]] = []
    for file in files:
        sound, readable, lines, problems = read[file.path]
        enterprise = lines[0].enterprise if lines else ""
        first = result.claims.setdefault(enterprise, file.path) if enterprise else file.path
        if first != file.path:
            sound, readable, lines = None, None, []
            problems = [*problems, claimed(file.path, enterprise, first)]
        result.problems += problems
        if sound is not None:
            result.plants.append(ReadPlant(file, sound, True))
            result.lines += lines
        else:
            broken.append((file, readable, refused_plant(file, min(problems)), lines))
    for file, readable, refused, lines in broken:
        result.refused.append(refused)
        before = ran.get(file.path) or gone.get(refused.enterprise or "")
        if before is not None and result.claims.setdefault(before.enterprise, file.path) == file.path:
            result.plants.append(ReadPlant(file, before, True))
            result.lines += _lines(before, file.path)
            result.whole = False
        elif readable is not None and lines:
            # what its machines' files say is held against what can be read of it
            result.plants.append(ReadPlant(file, readable, False))
            result.lines += lines
            result.whole = result.whole and not _unsaid(readable)
        else:
            result.whole = False
    return result


class _Read(NamedTuple):
    """``sound`` is None where there is a mistake; ``readable`` is what can be read at all."""

    sound: PlantModel | None
    readable: PlantModel | None
    lines: list[Line]
    problems: list[Problem]


def _read(file: YamlFile) -> _Read:
    sound, readable, problems = read_plant(file)
    lines, told = plant_lines(file)
    return _Read(None if told else sound, readable, lines, sorted({*problems, *told}))


def told_of_held(held: Mapping[Path, tuple[RefusedPlant, list[str]]]) -> list[Problem]:
    """One sentence for each plant's file that machines wait for."""
    problems = []
    for path, (refused, names) in held.items():
        mistake = refused.problem
        who = ", ".join(sorted(names)[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
        verb = "is" if len(names) == 1 else "are"
        text = f"{who} {verb} held (what ran before runs on), since this plant's file is refused: {mistake.text}"
        remedy = "what is held starts as soon as the file is right"
        remedy = f"{mistake.remedy}; {remedy}" if mistake.remedy else remedy
        problems.append(Problem(path, mistake.line, text, remedy))
    return problems


def _lines(model: PlantModel, file: Path) -> list[Line]:
    places = [(s.site, line.area, line.line) for s in model.sites for line in s.lines]
    places += [(s.site, s.utilities.area, s.utilities.line) for s in model.sites if s.utilities]
    return [Line(model.enterprise, *place, file) for place in places]


def _unsaid(model: PlantModel) -> bool:
    """Whether the file leaves the name of a station or of a line out."""
    names = [name for s in model.sites for line in s.lines for name in (s.site, line.area, line.line)]
    names += [station.machine for s in model.sites for line in s.lines for station in line.stations]
    return UNKNOWN in names
