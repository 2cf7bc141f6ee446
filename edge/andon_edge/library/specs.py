"""What the library gives: types ready to run, machines in their places, worlds, cassettes, problems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from andon_contracts.identity import Identity
from andon_contracts.yaml_file import Problem

from andon_edge.library.compiled import CompiledType
from andon_edge.library.model import InstanceModel, PlantModel, TypeModel


@dataclass(frozen=True, slots=True)
class MachineType:
    """A checked type. ``signature`` changes with any of its files; ``doubts`` are what it says and may not mean."""

    name: str
    model: TypeModel
    compiled: CompiledType
    path: Path
    signature: str
    doubts: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class StationSpec:
    """A machine's place in the flow: ``feeds`` are the identities after it, ``buffer`` the places behind it."""

    identity: Identity
    feeds: tuple[Identity, ...]
    buffer: int
    carries: str
    serials: str


@dataclass(frozen=True, slots=True)
class MachineSpec:
    """A machine: who, of which type, with which changes. ``signature`` changes with any file behind it."""

    identity: Identity
    path: Path
    type: MachineType
    config: InstanceModel
    signature: str


@dataclass(frozen=True, slots=True)
class PlantSpec:
    """A plant's file and its flow with the machines that have files: stations in order, over all lines."""

    path: Path
    model: PlantModel
    stations: tuple[StationSpec, ...]
    utilities: tuple[Identity, ...]
    others: Mapping[str, tuple[Identity, ...]]


@dataclass(frozen=True, slots=True)
class WorldSpec:
    """Machines that live together. ``key`` is ``plant:ENTERPRISE`` or ``alone:PATH``; it names the world."""

    key: str
    enterprise: str
    machines: Mapping[Identity, MachineSpec]
    plant: PlantSpec | None
    signature: str


@dataclass(frozen=True, slots=True)
class CassetteInstance:
    """A machine whose type is ``cassette``: the runtime plays it; ``config`` is the file's content.

    ``identity`` is None where its place is wrong: it does not play, and what else is wrong with it is told.
    """

    identity: Identity | None
    path: Path
    config: Mapping[str, Any]
    signature: str


@dataclass(slots=True)
class Library:
    """All that the files say. What is broken stands in ``problems`` and nowhere else; what is allowed and may not be
    meant runs, and stands in ``warnings``."""

    types: dict[str, MachineType] = field(default_factory=dict)
    worlds: dict[str, WorldSpec] = field(default_factory=dict)
    cassettes: list[CassetteInstance] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    #: Files of machines that wait for their plant's file, with its first mistake.
    held: dict[Path, Problem] = field(default_factory=dict)
    fingerprint: str = ""

    def machines(self) -> list[Identity]:
        """Every machine that will run, cassettes too, sorted."""
        found = [identity for world in self.worlds.values() for identity in world.machines]
        return sorted([*found, *(c.identity for c in self.cassettes if c.identity)])
