"""A plant's file that is broken when the edge starts: its machines wait for it on a real broker, the others run."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from andon_cli.demo.problems import grouped
from andon_contracts.messages import GapMarked
from andon_edge.bootstrap import serve
from andon_edge.settings import EdgeSettings
from support.broker import BrokerUnderTest
from support.edge_on_a_broker import BEND, PRESS, SAW
from support.settler import Settler, settler
from support.small_library import plant_text, write_library
from support.waiting import until

PLANT = plant_text("{machine: press-1, feeds: [bend-1]}", "{machine: bend-1}")
BROKEN = PLANT.replace("latitude: 50", "latitude: 950")
KIND = """\
title: Press
rate_hz: 5
operations: {press: {cycle_s: 20}}
signals: {good: {unit: "1", range: [0, 1e6], value: made}}
"""


class Folder:
    """The files, and an edge on them."""

    def __init__(self, folder: Path, broker: BrokerUnderTest) -> None:
        # one by the plant's line, the others by their path in full
        lines = {"press-1": "line-1", "bend-1": "acme/north/hall/line-1", "saw-1": "bolt/south/hall/line-1"}
        machines, plants = write_library(folder, types={"press": KIND}, machines=lines)
        self.plant = plants / "acme.yaml"
        self._settings: dict[str, Any] = {
            "data_dir": str(folder / "edge"), "secrets_dir": str(broker.secrets("edge")), "mqtt_host": broker.host,
            "mqtt_port": broker.port, "poll_s": 0.1, "drain_s": 8.0, "pace": 50.0,
            "machines_dir": str(machines), "plants_dir": str(plants),
        }  # fmt: skip

    @asynccontextmanager
    async def edge(self) -> AsyncIterator[None]:
        stop = asyncio.Event()
        task = asyncio.create_task(serve(EdgeSettings(**self._settings), stop))
        try:
            yield
        finally:
            stop.set()
            await task

    def problems(self, what: str = "problems") -> list[str]:
        file = Path(self._settings["data_dir"]) / "edge-status.json"
        found: list[str] = json.loads(file.read_text())[what] if file.exists() else []
        return found


def good(platform: Settler, machine: str) -> float:
    """The highest count of good pieces that the machine told."""
    return max(
        (v["good"] for (m, _), told in platform.values.items() if m == machine for v in told.values()), default=-1
    )


def born(platform: Settler, machine: str) -> bool:
    return json.loads(platform.births.get(machine) or b"{}").get("kind") == "birth"


async def test_machines_of_a_broken_plant_wait_for_it_and_start_when_it_is_mended(
    broker: BrokerUnderTest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Folder(tmp_path, broker)
    folder.plant.write_text(BROKEN)
    async with settler(broker) as platform, folder.edge():
        await until(lambda: good(platform, SAW) >= 3)  # who belongs to no plant has run for a minute of its own
        assert not platform.births.keys() & {PRESS, BEND} and not platform.settled(PRESS)
        told = f"{folder.plant}:4: bend-1, press-1 are held (what ran before runs on), since this plant's file is "
        told += "refused: "
        (line,) = (text for text in folder.problems() if "held" in text)
        assert line.startswith(told) and "cannot be 950" in line and "starts as soon as the file is right" in line
        assert line in [str(p) for p in grouped(folder.problems())]  # as the demo and the doctor show it
        assert told in capsys.readouterr().out
        folder.plant.write_text(PLANT)
        await until(lambda: born(platform, PRESS) and born(platform, BEND) and good(platform, BEND) >= 2)
        await until(lambda: folder.problems() == [])
        assert good(platform, BEND) > 100  # in the plant, which is first seen in the midst of its work, and not alone


async def test_a_restart_with_a_broken_plant_holds_it_and_goes_on_where_it_was(
    broker: BrokerUnderTest, tmp_path: Path
) -> None:
    folder = Folder(tmp_path, broker)
    folder.plant.write_text(PLANT)
    async with settler(broker) as platform:
        async with folder.edge():
            await until(lambda: good(platform, BEND) >= 2)
            folder.plant.write_text(BROKEN)  # while it runs: it runs on
            await until(lambda: any("cannot be 950" in text for text in folder.problems()))
            before = good(platform, BEND)
            await until(lambda: good(platform, BEND) >= before + 2)
            assert not any("held" in text for text in folder.problems())
        epochs = {key for key in platform.seen if key[0] == BEND}
        made, said = good(platform, BEND), sum(platform.settled(BEND).values())
        async with folder.edge():
            await until(lambda: any("bend-1, press-1 are held" in text for text in folder.problems()))
            sawn = good(platform, SAW)
            await until(lambda: good(platform, SAW) >= sawn + 2)
            assert sum(platform.settled(BEND).values()) == said and not born(platform, BEND)
            folder.plant.write_text(PLANT)
            await until(lambda: born(platform, BEND) and good(platform, BEND) > made)
        assert {key for key in platform.seen if key[0] == BEND} == epochs, "the same life: nothing begins anew"


async def test_a_plants_file_is_renamed_and_deleted_while_it_runs(broker: BrokerUnderTest, tmp_path: Path) -> None:
    """A new name changes nothing, also with a mistake in it; without a file there is no plant, as at a start."""
    folder = Folder(tmp_path, broker)
    folder.plant.write_text(PLANT)
    async with settler(broker) as platform, folder.edge():
        await until(lambda: good(platform, BEND) > 100)
        session = json.loads(platform.births[BEND])["session"]
        new = folder.plant.with_name("works.yaml")
        folder.plant.rename(new)
        new.write_text(BROKEN)
        await until(lambda: any("works.yaml:4" in text and "cannot be 950" in text for text in folder.problems()))
        made = good(platform, BEND)
        await until(lambda: good(platform, BEND) >= made + 2)
        assert json.loads(platform.births[BEND])["session"] == session, "its connection never ended"
        assert not any(isinstance(event, GapMarked) for event in platform.events[BEND])
        new.unlink()
        await until(lambda: not platform.births.get(PRESS))  # its line was one of the plant's
        await until(lambda: any("no plant has a line 'line-1'" in text for text in folder.problems()))
        assert born(platform, BEND)  # its line is written in full: it needs no plant


async def test_a_file_whose_name_is_no_text_is_refused_and_all_others_run(
    broker: BrokerUnderTest, tmp_path: Path
) -> None:
    folder = Folder(tmp_path, broker)
    folder.plant.write_text(PLANT)
    odd = folder.plant.parents[1] / "machines" / os.fsdecode(b"saw-\xff.yaml")
    async with settler(broker) as platform, folder.edge():
        await until(lambda: good(platform, SAW) >= 2)
        try:
            odd.write_text("type: press\nline: bolt/south/hall/line-1\n")
        except OSError:
            pytest.skip("this file system takes no such names")
        await until(lambda: any("saw-\\udcff.yaml:1" in text for text in folder.problems()))
        before = good(platform, SAW)
        await until(lambda: good(platform, SAW) >= before + 2)
        odd.unlink()
        await until(lambda: folder.problems() == [])


async def test_a_unit_that_is_mostly_not_meant_is_told_and_its_machines_run(
    broker: BrokerUnderTest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Folder(tmp_path, broker)
    folder.plant.write_text(PLANT)
    kind = tmp_path / "machines" / "types" / "press.yaml"
    kind.write_text(KIND.replace("value: made}", "value: made}, heat: {unit: C, range: [0, 99], value: ambient}"))
    async with settler(broker) as platform, folder.edge():
        await until(lambda: good(platform, SAW) >= 2)
        await until(lambda: folder.problems("warnings") != [])
        (line,) = folder.problems("warnings")
        assert line.startswith(f"{kind}:4: `signals.heat.unit`: unit 'C' is UCUM's coulomb") and "'Cel'" in line
        assert line in capsys.readouterr().out and folder.problems() == []
        kind.write_text(kind.read_text().replace("unit: C,", "unit: Cel,"))
        await until(lambda: folder.problems("warnings") == [])
