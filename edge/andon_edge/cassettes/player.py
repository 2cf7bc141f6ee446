"""A recording that plays as a machine: values as recorded, stamps of now, again and again."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import msgspec
from andon_contracts.command_line import as_typed
from andon_contracts.identity import Identity
from andon_contracts.messages import Birth, Command, LayoutMessage, Sample, SignalSpec, StateChanged, Telemetry
from andon_contracts.plant_clock import PlantClock
from andon_contracts.yaml_file import Problem, read_yaml

from andon_edge.cassettes.model import CassetteConfig
from andon_edge.cassettes.recording import Recording, read_recording
from andon_edge.library.check import validate
from andon_edge.ports import Answer, Outgoing, Truth

#: Messages a second at most; rows that come faster share one.
_MESSAGES_HZ = 10.0
_KEY = "position"


class _Position(msgspec.Struct):
    """``row`` is the next one; ``base`` is the wall time at which row 0 of this turn was or would be."""

    row: int
    base: int


class CassettePlayer:
    """Implements :class:`andon_edge.ports.World`. Plays in wall time: a plant's pace does not touch it."""

    def __init__(self, identity: Identity, config: CassetteConfig, recording: Recording, version: Hashable) -> None:
        self._identity, self._config, self._recording, self.version = identity, config, recording, version
        self._at: _Position | None = None
        self._said = 0
        self._greeted = False
        self._changed = False

    @classmethod
    def load(
        cls, identity: Identity | None, path: Path, content: Mapping[str, Any]
    ) -> tuple[CassettePlayer | None, list[Problem]]:
        """The player of a machine's file, or None with all that is wrong but its place (``identity`` is None then)."""
        file = read_yaml(path)
        problems: list[Problem] = []
        # the place has its own reader: here any line will do, so that its mistake is told once
        config = validate(file, {**content, "line": content["line"] if identity else "any"}, CassetteConfig, problems)
        given = config.recording if config else content.get("recording")
        if not isinstance(given, str):
            return None, problems
        source = path.parent / given
        try:
            recording = read_recording(source)
            stat = source.stat()
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            text = f"the recording {given} cannot be played: {why}"
            problems.append(
                file.problem(("recording",), text, f"make it again with `{as_typed('andon cassette import')}`")
            )
            return None, problems
        signals = config.signals if config else content.get("signals")
        names: list[str] = list(signals) if isinstance(signals, dict) else list(recording.names)
        differ = [name for name in recording.names if name not in names]
        differ += [name for name in names if name not in recording.names]
        if differ:
            text = f"file and recording differ in {', '.join(differ)}"
            problems.append(file.problem(("signals",), text, "each column of the recording is a signal here"))
        if identity is None or config is None or problems:
            return None, problems
        return cls(identity, config, recording, (stat.st_size, stat.st_mtime_ns)), []

    @property
    def enterprise(self) -> str:
        return self._identity.enterprise

    def machines(self) -> list[Identity]:
        return [self._identity]

    def layout(self) -> LayoutMessage | None:
        return None

    def birth(self, machine: Identity) -> Birth:
        config, recording = self._config, self._recording
        rate = config.speed / recording.interval_s
        signals = []
        for i, name in enumerate(recording.names):
            spec = config.signals[name]
            values = [row[i] for row in recording.rows if math.isfinite(row[i])]
            low, high = (min(values), max(values)) if values else (0.0, 1.0)
            margin = (high - low or abs(high) or 1.0) * 0.1
            signals.append(
                SignalSpec(
                    name=name, unit=spec.unit, minimum=low - margin, maximum=high + margin, rate_hz=round(rate, 6),
                    title=spec.title, description=spec.description or (f"column {spec.column}" if spec.column else ""),
                    low_limit=spec.low_limit, high_limit=spec.high_limit,
                )
            )  # fmt: skip
        source = ", ".join(text for text in (config.source, config.licence) if text)
        return Birth(
            machine=machine.path, session=0, t=0, epoch=0, type="cassette", title=config.title,
            description=config.description, drawing="cassette", origin="recorded", source=source,
            interval_s=max(1 / _MESSAGES_HZ, recording.interval_s / config.speed), signals=signals,
        )  # fmt: skip

    # --- playing ----------------------------------------------------------------------------------------------

    def _wall(self, at: _Position) -> int:
        return at.base + round(self._recording.times[at.row] / self._config.speed * 1e6)

    def due(self, clock: PlantClock) -> int:
        if self._at is None:
            return 0
        return max(self._wall(self._at), self._said + round(1e6 / _MESSAGES_HZ))

    def advance(self, clock: PlantClock, wall: int) -> list[Outgoing]:
        if self._at is None:
            self._at = _Position(0, wall)
        at, recording, said = self._at, self._recording, []
        samples: list[Sample] = []
        last = self._said
        while (t := self._wall(at)) <= wall:
            values = {
                name: value
                for name, value in zip(recording.names, recording.rows[at.row], strict=True)
                if math.isfinite(value)
            }
            t = max(t, last + 1)  # at a high speed two rows may fall into one microsecond
            if values:
                samples.append(Sample(t=t, values=values))
                last = t
            at.row += 1
            if at.row == len(recording.rows):
                at.row, at.base = 0, at.base + max(1, round(recording.length_s / self._config.speed * 1e6))
        path = self._identity.path
        if samples and not self._greeted:
            self._greeted = True
            said.append(
                StateChanged(
                    machine=path, epoch=0, seq=0, t=samples[0].t - 1, state="producing", reason="recording",
                    text="a recording plays",
                )
            )  # fmt: skip
        outgoing: list[Outgoing] = [*said]
        if samples:
            outgoing.append(Telemetry(machine=path, epoch=0, seq=0, samples=samples))
            self._said, self._changed = last, True
        return outgoing

    def skip(self, clock: PlantClock, wall: int) -> None:
        """Go on with the next row, one step from now."""
        if self._at is not None:
            step = round(self._recording.interval_s / self._config.speed * 1e6)
            self._at.base += wall + step - self._wall(self._at)
        self._said, self._changed = wall, True

    def perform(self, command: Command, clock: PlantClock, wall: int) -> Answer:
        return Answer("refused", "a recording plays as it was recorded and takes no commands")

    def dump(self) -> dict[str, bytes]:
        if not self._changed or self._at is None:
            return {}
        self._changed = False
        return {_KEY: msgspec.json.encode((self._at.row, self._at.base, self._said, self._greeted))}

    def restore(self, state: Mapping[str, bytes]) -> None:
        if _KEY in state:
            row, base, self._said, self._greeted = msgspec.json.decode(state[_KEY], type=tuple[int, int, int, bool])
            if row < len(self._recording.rows):
                self._at = _Position(row, base)

    def truth(self) -> list[Truth]:
        return []
