"""The library: all files of machines and plants, read and checked, as worlds that can run.

What is broken becomes problems, all of them and not the first alone; the rest runs. Reading again is cheap
enough to poll: :func:`fingerprint` looks at names, sizes and times only.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from andon_contracts.identity import Identity
from andon_contracts.placement import machine_files, place_machines, plant_files
from andon_contracts.plant_lines import RefusedPlant
from andon_contracts.yaml_file import Problem, YamlFile, read_yaml

from andon_edge.library.choose_plants import choose_plants, told_of_held
from andon_edge.library.doubts import doubts
from andon_edge.library.model import PlantModel
from andon_edge.library.read_machines import check_after, read_machine
from andon_edge.library.read_plants import flow
from andon_edge.library.read_types import read_type, signature, type_names
from andon_edge.library.specs import CassetteInstance, Library, MachineSpec, MachineType, PlantSpec, WorldSpec


def fingerprint(machines_dir: Path, plants_dir: Path) -> str:
    """Changes when a file is added, removed or edited."""
    digest = hashlib.blake2b(digest_size=16)
    types = [p for p in (machines_dir / "types").glob("*.*") if p.suffix in (".yaml", ".yml", ".py")]
    for path in [*machine_files(machines_dir), *sorted(types), *plant_files(plants_dir)]:
        try:
            found = path.stat()
        except OSError:
            continue
        digest.update(os.fsencode(path) + f"|{found.st_size}|{found.st_mtime_ns}|{found.st_ino}\n".encode())
    return digest.hexdigest()


def load_library(machines_dir: Path, plants_dir: Path, before: Library | None = None) -> Library:
    """Read everything. Never raises for what stands in a file.

    With what was read ``before``, a file that became broken since counts as it was then: a slip of the pen must not
    stop what runs. A machine that may stand in a plant's file that is refused is held until that is right.
    """
    library = Library(fingerprint=fingerprint(machines_dir, plants_dir))
    kept = _Kept.of(before)
    for name in type_names(machines_dir):
        found, problems = read_type(machines_dir, name)
        library.problems += problems
        library.warnings += found.doubts if found else ()
        found = found or kept.types.get(name)
        if found:
            library.types[name] = found
    chosen = choose_plants(plants_dir, kept.plants)
    placements = place_machines(machines_dir, chosen.lines, chosen.refused, [])
    library.problems += [*chosen.problems, *placements.problems]
    machines: dict[Identity, MachineSpec] = {}
    all_types = type_names(machines_dir)
    by_path = {path: identity for identity, path in placements.machines.items()}
    files = {path: read_yaml(path) for path in machine_files(machines_dir)}
    for path, file in files.items():
        place, data = by_path.get(path), file.mapping()
        if not data:
            continue  # told by the placements already
        if _plays(file):
            library.cassettes.append(CassetteInstance(place, path, data, signature(path)))
            library.warnings += doubts(file)
            continue
        spec = read_machine(place, file, library.types, all_types, library.problems)
        if spec:
            machines[spec.identity] = spec
    read = {spec.path for spec in machines.values()}
    standing = {line.path for line in chosen.lines}
    for path, (old, in_plant) in kept.machines.items():
        lost = in_plant and _line_of(old.identity) not in standing  # its plant has that line no more
        if path in files and path not in read and not lost and not _plays(files[path]):
            machines.setdefault(old.identity, old)
    afters = {
        identity: str(after)
        for identity, path in placements.machines.items()
        if isinstance(after := files[path].mapping().get("after"), str) and not _plays(files[path])
    }
    taken: set[Identity] = set()
    told: set[Identity] = set()
    known = set(placements.machines) | set(machines)
    for plant in chosen.plants:
        world = _plant_world(plant.file, plant.model, machines, known, afters, library.problems)
        told |= set(world.machines)
        if plant.runs:
            taken |= set(world.machines)
            library.worlds[world.key] = world
    if chosen.whole:  # else a station may stand in the file that cannot be read
        names = {path.stem for path in files}
        models = [plant.model for plant in chosen.plants]
        for path, file in files.items():
            if not _plays(file):
                place = by_path.get(path)
                library.problems += check_after(file, place, models, names, in_plant=place in told)
    held: dict[Path, tuple[RefusedPlant, list[str]]] = {}
    for path, refused in placements.waiting.items():
        if path not in {spec.path for spec in machines.values()}:
            held.setdefault(refused.problem.file, (refused, []))[1].append(path.stem)
            library.held[path] = refused.problem
    enterprises = {identity.enterprise for identity in known}
    for identity, spec in sorted(machines.items()):
        if identity in taken:
            continue
        waits = None if identity in kept.alone else chosen.holds(identity, enterprises)
        if waits is None:
            key = f"alone:{identity.path}"
            library.worlds[key] = WorldSpec(key, identity.enterprise, {identity: spec}, None, spec.signature)
        else:
            held.setdefault(waits.problem.file, (waits, []))[1].append(identity.machine)
            library.held[spec.path] = waits.problem
    library.problems = sorted({*library.problems, *told_of_held(held)})
    return library


@dataclass(frozen=True, slots=True)
class _Kept:
    """What was sound when it was read last."""

    types: Mapping[str, MachineType]
    machines: Mapping[Path, tuple[MachineSpec, bool]]  # and whether it runs in a plant
    plants: Mapping[Path, PlantModel]
    alone: Collection[Identity]

    @classmethod
    def of(cls, library: Library | None) -> _Kept:
        worlds = list(library.worlds.values()) if library else []
        return cls(
            library.types if library else {},
            {s.path: (s, w.plant is not None) for w in worlds for s in w.machines.values()},
            {world.plant.path: world.plant.model for world in worlds if world.plant},
            {identity for world in worlds if not world.plant for identity in world.machines},
        )


def _plays(file: YamlFile) -> bool:
    return file.mapping().get("type") == "cassette"


def _line_of(identity: Identity) -> str:
    return identity.path.rpartition("/")[0]


def _plant_world(
    file: YamlFile,
    model: PlantModel,
    machines: dict[Identity, MachineSpec],
    known: set[Identity],
    afters: dict[Identity, str],
    problems: list[Problem],
) -> WorldSpec:
    lines = {(s.site, line.area, line.line) for s in model.sites for line in s.lines}
    lines |= {(s.site, s.utilities.area, s.utilities.line) for s in model.sites if s.utilities}
    mine = {
        identity: spec
        for identity, spec in sorted(machines.items())
        if identity.enterprise == model.enterprise and (identity.site, identity.area, identity.line) in lines
    }
    stations, utilities, found = flow(file, model, mine, known, afters)
    problems += found
    placed = {s.identity for s in stations} | set(utilities)
    others = {
        site.site: tuple(
            sorted(i for i in known if i.enterprise == model.enterprise and i.site == site.site and i not in placed)
        )
        for site in model.sites
    }
    plant = PlantSpec(file.path, model, stations, utilities, others)
    digest = hashlib.blake2b(digest_size=8)
    digest.update(signature(file.path).encode())
    for identity, spec in mine.items():
        digest.update(f"{identity}{spec.signature}".encode())
    digest.update(repr(others).encode())
    return WorldSpec(f"plant:{model.enterprise}", model.enterprise, mine, plant, digest.hexdigest())
