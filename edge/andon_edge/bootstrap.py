"""The edge's composition root: the only file here that names concrete worlds and sources."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Collection, Hashable
from functools import partial
from pathlib import Path

import structlog

from andon_edge.cassettes.player import CassettePlayer
from andon_edge.journal import JournalBroken, JournalFull
from andon_edge.library import Library, fingerprint, load_library
from andon_edge.library import WorldSpec as Spec
from andon_edge.ports import World
from andon_edge.runtime.edge import Edge
from andon_edge.runtime.source import Loaded, WorldSource, WorldSpec
from andon_edge.runtime.time import Times, pause
from andon_edge.settings import EdgeSettings
from andon_edge.simulation import SimulatedWorld, build

_log = structlog.get_logger()


class FileSource:
    """Worlds from the folders of machines and plants, cassettes among them; of ``only`` these enterprises, if any.

    What was sound once and is broken now runs on as it was, until its file is right again or gone.
    """

    def __init__(
        self, machines_dir: Path, plants_dir: Path, build: Callable[[Spec], World], only: Collection[str] = ()
    ) -> None:
        self._machines, self._plants, self._build, self._only = machines_dir, plants_dir, build, only
        self._before: Library | None = None
        self._played: dict[Path, tuple[str, WorldSpec]] = {}

    def fingerprint(self) -> Hashable:
        recordings = sorted((self._machines / "recordings").glob("*.csv"))
        stats = tuple((p.name, p.stat().st_size, p.stat().st_mtime_ns) for p in recordings)
        return fingerprint(self._machines, self._plants), stats

    def load(self) -> Loaded:
        library = self._before = load_library(self._machines, self._plants, self._before)
        played: dict[Path, tuple[str, WorldSpec]] = {}
        loaded = Loaded(
            problems=[str(problem) for problem in library.problems],
            warnings=[str(warning) for warning in library.warnings],
        )
        for key, world in library.worlds.items():
            if not self._mine(world.enterprise):
                continue
            loaded.worlds[key] = WorldSpec(world.signature, partial(self._build, world), partial(_become, world))
        for instance in library.cassettes:
            if instance.identity is not None and not self._mine(instance.identity.enterprise):
                continue
            player, problems = CassettePlayer.load(instance.identity, instance.path, instance.config)
            loaded.problems += [str(problem) for problem in problems]
            if player is not None and instance.identity is not None:
                version = (instance.signature, player.version)
                played[instance.path] = (
                    f"cassette:{instance.identity.path}",
                    WorldSpec(version, partial(_same, player)),
                )
        simulated = {spec.path for world in library.worlds.values() for spec in world.machines.values()}
        for path in self._played.keys() - played.keys() - simulated:
            if path.exists():  # broken since: what plays, plays on
                played[path] = self._played[path]
        loaded.worlds.update(played.values())
        self._played = played
        return loaded

    def _mine(self, enterprise: str) -> bool:
        return not self._only or enterprise in self._only


def _same(world: World) -> World:
    return world


def _become(spec: Spec, world: World) -> None:
    assert isinstance(world, SimulatedWorld)
    world.update(spec)


def source_of(settings: EdgeSettings) -> WorldSource:
    """The folders named by the settings, simulated with their seed."""
    return FileSource(
        settings.machines_dir, settings.plants_dir, partial(build, seed=settings.seed), settings.edge_plants
    )


async def serve(settings: EdgeSettings, stop: asyncio.Event) -> None:
    """Run the edge until ``stop`` is set, then drain and shut down.

    Raises:
        JournalBroken: the journal's file is damaged and was set aside; start again.
        SecretMissing: the edge's own secrets are not there; `andon setup` makes them.
    """
    await run(settings, stop, source_of(settings))


async def run(settings: EdgeSettings, stop: asyncio.Event, source: WorldSource) -> None:
    """The same with worlds from elsewhere."""
    raise_open_files()
    while (edge := _edge(settings, source, stop)) is None:
        if await pause(stop, _RETRY_S):
            return
    try:
        await edge.run()
    except* JournalBroken as group:
        raise group.exceptions[0] from None


#: Seconds between two tries to open a journal whose disk is full.
_RETRY_S = 2.0


def _edge(settings: EdgeSettings, source: WorldSource, stop: asyncio.Event) -> Edge | None:
    """None while the disk has no room for the journal: there is nothing to begin with, and nothing is lost."""
    try:
        return Edge(settings, source, stop, Times())
    except JournalFull as error:
        _log.error("the journal cannot be opened; tried again", error=str(error), again_s=_RETRY_S)
        return None


def raise_open_files(wanted: int = 16_384) -> None:
    """A thousand machines hold a thousand sockets; many systems allow 1,024 files until asked for more."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft < limit:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
