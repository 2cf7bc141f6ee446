"""The disk under the journal is full: machines stand still, nothing is lost, and they go on when there is room."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from andon_cli.processes.brokers import NoBroker, find_mosquitto
from andon_contracts.messages import GapMarked
from andon_edge.bootstrap import run
from andon_edge.settings import EdgeSettings
from support.broker import running_broker
from support.edge_process import SmallSource
from support.settler import settler
from support.small_disk import fill, mounted
from support.waiting import until

PRESS = "acme/north/hall/line-1/press-1"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with mounted(tmp_path / "disk", "32m") as folder:
        yield folder


@pytest.mark.slow
async def test_a_full_disk_stops_the_machines_and_loses_nothing(
    small_disk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        find_mosquitto()
    except NoBroker as error:
        pytest.skip(str(error))
    printed: list[str] = []

    def said(text: str) -> bool:
        printed.append(capsys.readouterr().out)
        return text in "".join(printed)

    with running_broker("mosquitto", tmp_path / "broker", [PRESS]) as broker:
        settings = EdgeSettings(
            data_dir=small_disk / "edge", secrets_dir=broker.secrets("edge"), mqtt_host=broker.host,
            mqtt_port=broker.port, poll_s=0.1,
        )  # fmt: skip
        source, stop = SmallSource({"w": [PRESS]}, 50_000), asyncio.Event()
        async with settler(broker) as platform:
            edge = asyncio.create_task(run(settings, stop, source))
            try:
                await until(lambda: sum(platform.settled(PRESS).values()) > 20)
                fill(small_disk / "ballast")
                await until(lambda: edge.done() or said("journal cannot be written"), 30)
                assert not edge.done()
                before = sum(platform.settled(PRESS).values())
                (small_disk / "ballast").unlink()
                await until(lambda: edge.done() or said("journal can be written again"))
                await until(lambda: edge.done() or sum(platform.settled(PRESS).values()) > before + 20)
            finally:
                stop.set()
                await edge
            (mark,) = platform.mark(PRESS).epochs
            assert not mark.missing
            counts = [v["count"] for _, v in sorted(platform.values[PRESS, mark.epoch].items())]
            assert counts == [float(n) for n in range(1, len(counts) + 1)]
            gaps = [e.reason for e in platform.events[PRESS] if isinstance(e, GapMarked)]
            assert gaps == [] or gaps == ["journal-full"]  # it stood still for less than what counts as a gap, or more
