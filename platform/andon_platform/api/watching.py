"""The watch in the API's process: fed by the hub, saved once a minute, read back at the start."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import structlog
from andon_contracts.messages import Birth, Event, Sample
from andon_contracts.plant_clock import PlantClock

from andon_platform.analytics.detection.watch import Watch
from andon_platform.api.live.hub import Hub
from andon_platform.registry.record import Machine
from andon_platform.registry.registry import Registry

_log = structlog.get_logger(__name__)
SAVE_S = 60.0


class Watching:
    """``file``: where what was learned outlives the process."""

    def __init__(self, watch: Watch, file: Path) -> None:
        self.watch, self._file = watch, file
        self._hub: Hub | None = None
        self._clocks: dict[str, tuple[object, PlantClock]] = {}
        self._births: dict[str, Birth] = {}

    def follow(self, hub: Hub, registry: Registry) -> None:
        """The hub knows the plants' clocks, the registry what machines announce."""
        self._hub = hub
        for machine in registry.find():
            self._announced(machine)
        registry.listen(self._announced)

    def _announced(self, machine: Machine) -> None:
        if self._births.get(machine.path) is not machine.birth:
            self._births[machine.path] = machine.birth
            self.watch.announced(machine.path, (signal.name for signal in machine.birth.signals))

    def event(self, event: Event) -> None:
        """From the hub."""
        self.watch.event(event.machine, event)

    def sample(self, machine: str, sample: Sample) -> None:
        """From the hub. Values that are not good are not the machine's."""
        values = sample.values
        if sample.q:
            values = {name: value for name, value in values.items() if name not in sample.q}
        self.watch.sample(machine, sample.t, self._plant(machine, sample.t), values)

    def _plant(self, machine: str, t: int) -> int:
        enterprise = machine.partition("/")[0]
        message = self._hub.clocks.get(enterprise) if self._hub else None
        if message is None or not message.segments:
            return t
        known = self._clocks.get(enterprise)
        if known is None or known[0] is not message:
            known = self._clocks[enterprise] = (message, PlantClock(message.segments))
        return known[1].plant(t)

    def load(self) -> None:
        """Read what was learned; a file that cannot be read means learning anew."""
        try:
            self.watch.restore(msgspec.json.decode(self._file.read_bytes()))
        except FileNotFoundError:
            return
        except (OSError, ValueError, KeyError, TypeError) as error:
            _log.warning("what detectors had learned cannot be read: they learn anew", error=str(error))

    def save(self) -> None:
        """Save now."""
        self._write(msgspec.json.encode(self.watch.state()))

    async def saving(self) -> None:
        """Save once a minute, for ever. In the loop, since what is saved changes in it; only the disk is waited for."""
        while True:
            await asyncio.sleep(SAVE_S)
            data = msgspec.json.encode(self.watch.state())
            await asyncio.to_thread(self._write, data)

    def _write(self, data: bytes) -> None:
        """The old file stays until the new one is whole."""
        new = self._file.with_suffix(".new")
        try:
            new.write_bytes(data)
            new.replace(self._file)
        except OSError as error:
            _log.warning("what detectors learned cannot be saved", error=str(error))
