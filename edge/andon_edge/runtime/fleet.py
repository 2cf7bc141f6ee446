"""Which machines run: the worlds and links there are, made to match what the files say."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Hashable
from functools import partial

import structlog
from andon_contracts.identity import Identity

from andon_edge.link.machine_link import LinkContext, MachineLink
from andon_edge.ports import World
from andon_edge.runtime.driver import Driver
from andon_edge.runtime.plants import Plants
from andon_edge.runtime.source import Loaded, WorldSpec
from andon_edge.runtime.status import Change
from andon_edge.runtime.time import pause

_log = structlog.get_logger()

#: Seconds a removed machine keeps its connection so that its last messages arrive.
_LAST_WORDS_S = 5.0
_LOOK_S = 0.1
_LATELY_US, _MOST_CHANGES = 30_000_000, 1_000


class Fleet:
    """``tasks`` is the group in which links run; set before :meth:`connect`."""

    def __init__(self, driver: Driver, plants: Plants, context: LinkContext) -> None:
        self._driver, self._plants, self._context = driver, plants, context
        self._versions: dict[str, Hashable] = {}
        self.links: dict[Identity, MachineLink] = {}
        self.by_path: dict[str, MachineLink] = {}
        self._leaving: dict[Identity, MachineLink] = {}
        self._running: dict[Identity, asyncio.Task[None]] = {}
        self.tasks: asyncio.TaskGroup | None = None
        self._draining = False
        self._changes: deque[Change] = deque(maxlen=_MOST_CHANGES)

    def apply(self, loaded: Loaded) -> None:
        """Add, replace and remove worlds and links."""
        for name in self._versions.keys() - loaded.worlds.keys():
            self._driver.remove(name)
            del self._versions[name]
            _log.info("world removed", world=name)
        for name, spec in loaded.worlds.items():
            if self._versions.get(name) != spec.version:
                self._replace(name, spec)
        self._match_links()
        self._match_layouts()

    def _replace(self, name: str, spec: WorldSpec) -> None:
        if spec.update is not None and name in self._versions and self._driver.update(name, spec.update):
            self._versions[name] = spec.version
            _log.info("world changed", world=name)
            return
        try:
            world = spec.build()
        except Exception as error:  # a mistake in one machine's own code must not stop the others
            _log.exception("a world cannot be built", world=name)
            loaded_before = name in self._versions
            _log.warning("it runs on as it was" if loaded_before else "it does not run", world=name, error=repr(error))
            return
        if name in self._versions:
            self._driver.remove(name)
        self._driver.add(name, world)
        self._versions[name] = spec.version
        _log.info("world added", world=name, machines=len(world.machines()))

    def _match_links(self) -> None:
        wanted: dict[Identity, World] = {}
        for hosted in self._driver.worlds.values():
            wanted.update(dict.fromkeys(hosted.machines, hosted.world))
        for machine in self.links.keys() - wanted.keys():
            self._note(machine, "removed")
            self._remove(machine)
        for machine, world in wanted.items():
            birth = partial(world.birth, machine)
            if machine not in self.links:
                link = MachineLink(machine, birth, self._context)
                link.draining = self._draining
                self.links[machine] = self.by_path[machine.path] = link
                self._note(machine, "added")
                self._start(machine)
            elif self.links[machine].told != birth():
                self.links[machine].replace_birth(birth)
            else:
                self.links[machine].birth = birth

    def _match_layouts(self) -> None:
        layouts = {h.world.enterprise: h.world.layout() for h in self._driver.worlds.values() if h.world.layout()}
        for enterprise in {h.world.enterprise for h in self._driver.worlds.values()} | self._plants.clocks.keys():
            self._plants.set_layout(enterprise, layouts.get(enterprise))

    def _start(self, machine: Identity) -> None:
        if self.tasks is not None and machine not in self._running:
            self._running[machine] = self.tasks.create_task(self.links[machine].run(), name=f"link {machine}")

    def _note(self, machine: Identity, what: str) -> None:
        if self.tasks is not None:  # those of the beginning come in all together, which is no change
            self._changes.append(Change(self._context.now(), machine.path, what))

    def changes(self) -> list[Change]:
        """Which machines came and went lately."""
        since = self._context.now() - _LATELY_US
        return [change for change in self._changes if change.t >= since]

    def connect(self) -> None:
        """Start every link."""
        for machine in self.links:
            self._start(machine)

    def find(self, machine: Identity) -> MachineLink | None:
        """The machine's link, also while it leaves."""
        return self.links.get(machine) or self._leaving.get(machine)

    def pending(self) -> int:
        """Messages that are not settled, of machines that have a link."""
        return sum(link.stream.pending for link in self.links.values())

    def _remove(self, machine: Identity) -> None:
        link = self._leaving[machine] = self.links.pop(machine)
        running = self._running.pop(machine, None)
        if self.tasks is not None:
            self.tasks.create_task(self._see_off(link, running), name=f"removal {machine}")

    async def _see_off(self, link: MachineLink, running: asyncio.Task[None] | None) -> None:
        """Let the last messages arrive, clear the birth, disconnect."""
        link.draining, never = True, asyncio.Event()
        for _ in range(int(_LAST_WORDS_S / _LOOK_S)):
            if not link.stream.pending or not link.connected:
                break
            await pause(never, _LOOK_S)
        if running is not None:
            running.cancel()
        await link.end(None)
        del self._leaving[link.machine]
        if link.machine not in self.links:
            if self.by_path.get(link.machine.path) is link:
                del self.by_path[link.machine.path]
            # by the service too: the machine may have had no connection, and its will may stand there
            self._plants.clear_birth(link.machine.path)

    def announce(self) -> None:
        """Publish all births again: epochs changed."""
        for link in self.links.values():
            link.announce()

    def set_draining(self, draining: bool) -> None:
        """Watermarks are awaited with less patience while production stands."""
        self._draining = draining
        for link in self.links.values():
            link.draining = draining

    async def end(self) -> None:
        """Every link publishes its death and disconnects."""
        for task in self._running.values():
            task.cancel()
        async with asyncio.TaskGroup() as group:
            for link in self.links.values():
                group.create_task(link.end("stopped"))
        self._running.clear()
