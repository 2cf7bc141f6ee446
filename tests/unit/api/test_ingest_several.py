"""Two ingests with lines of their own look like one to the API."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from andon_platform.api.ingest_several import SeveralIngests
from andon_platform.api.ports import IngestFlow, Replayed
from andon_platform.flow.hops import HopFigures
from andon_platform.flow.trace import Trace
from andon_platform.settings import PlatformSettings


class Ingest:
    """Knows the machines of one line; ``stored`` are the messages that it replayed."""

    def __init__(self, line: str, figures: IngestFlow, held: dict[str, str]) -> None:
        self._line, self._figures, self._held = line, figures, held
        self.stored: list[str] = []
        self._traces: dict[str, Trace] = {}

    async def flow(self) -> IngestFlow:
        return self._figures

    async def replay(self, id: str) -> Replayed | None:
        if id not in self._held:
            return None
        if not self._held[id].startswith(self._line):
            return Replayed(id, False, "unknown-machine", "no birth")
        self.stored.append(id)
        return Replayed(id, True)

    async def follow(self, machine: str) -> Trace:
        mine = machine.startswith(self._line)
        trace = Trace(f"{self._line}-1", machine, asked=1, received=5 if mine else 0)
        self._traces[trace.id] = trace
        return replace(trace, received=0)

    async def followed(self, id: str) -> Trace | None:
        return self._traces.get(id)


HELD = {"q-1": "a/press-1", "q-2": "b/pack-1", "q-3": "c/ghost-1"}
FIRST = IngestFlow(True, True, 10, 8, 80, 1, 1, 0, 2, 4.0, 500, "", 3, {"future": 1}, {"write": HopFigures(8, 1, 9)})
SECOND = IngestFlow(
    True, False, 20, 2, 20, 0, 2, 1, 0, 14.0, 400, "no room", 1, {"future": 1, "too-old": 1},
    {"write": HopFigures(2, 3, 4), "send": HopFigures(2, 1, 1, 1)},
)  # fmt: skip


@pytest.fixture
def both() -> tuple[SeveralIngests, Ingest, Ingest]:
    first, second = Ingest("a", FIRST, HELD), Ingest("b", SECOND, HELD)
    return SeveralIngests([first, second]), first, second


async def test_figures_are_summed_and_the_weakest_shows(both: tuple[SeveralIngests, Ingest, Ingest]) -> None:
    flow = await both[0].flow()
    assert (flow.received, flow.messages, flow.values, flow.quarantined, flow.voided) == (30, 10, 100, 3, 1)
    assert (flow.connected, flow.store_ready, flow.last_error, flow.last_stored) == (True, False, "no room", 400)
    assert flow.lag_ms == 6.0 and flow.reasons == {"future": 2, "too-old": 1}
    assert flow.hops == {"write": HopFigures(10, 3, 9), "send": HopFigures(2, 1, 1, 1)}


async def test_who_knows_the_machine_replays_its_message_once(both: tuple[SeveralIngests, Ingest, Ingest]) -> None:
    several, first, second = both
    for id, stored in (("q-1", True), ("q-2", True), ("q-3", False)):
        said = await several.replay(id)
        assert said is not None and said.stored == stored
    assert (first.stored, second.stored) == (["q-1"], ["q-2"]) and await several.replay("none") is None


async def test_the_ingest_that_gets_the_message_tells_of_it(both: tuple[SeveralIngests, Ingest, Ingest]) -> None:
    several = both[0]
    asked = await several.follow("b/pack-1")
    found = await several.followed(asked.id)
    assert found is not None and (found.id, found.received) == (asked.id, 5)
    assert await several.followed("b-1") is None and await several.followed("x_y") is None


def test_addresses_are_a_list_with_commas(tmp_path: Path) -> None:
    def urls(**more: str) -> list[str]:
        return PlatformSettings(data_dir=tmp_path, secrets_dir=tmp_path, **more).ingest_urls  # type: ignore[arg-type]

    assert urls() == ["http://127.0.0.1:8090"]
    assert urls(ingest_url="http://one:8090, http://two:8090") == ["http://one:8090", "http://two:8090"]
