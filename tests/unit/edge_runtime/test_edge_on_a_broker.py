"""The edge on real brokers: killed, cut, put to sleep, stopped; nothing is lost and nothing doubled."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import pytest
from andon_contracts.messages import GapMarked
from support.broker import BrokerUnderTest
from support.edge_on_a_broker import BEND, PRESS, alive, complete, edge, on_both, settings_of, status
from support.edge_process import SmallSource, edge_process
from support.settler import settler
from support.waiting import until


@on_both
async def test_messages_flow_and_the_stop_drains(broker: BrokerUnderTest, tmp_path: Path) -> None:
    settings = settings_of(broker, tmp_path)
    async with settler(broker) as platform:
        async with edge(settings, SmallSource({"w": [PRESS, BEND]})):
            await until(lambda: min(sum(platform.settled(m).values()) for m in (PRESS, BEND)) > 10)
            birth = json.loads(platform.births[PRESS])
            assert birth["kind"] == "birth" and birth["epoch"] > 0
        end = status(settings)
        assert end["drained"] and end["pending"] == 0 and end["voided"] == 0
        assert end["sent"] == end["settled"] == sum(sum(platform.settled(m).values()) for m in (PRESS, BEND))
        await until(lambda: json.loads(platform.births[PRESS])["kind"] == "death")
        death = json.loads(platform.births[PRESS])
        assert death["session"] == birth["session"] and death["reason"] == "stopped"


@on_both
async def test_a_killed_edge_goes_on_where_it_was(broker: BrokerUnderTest, tmp_path: Path) -> None:
    settings = settings_of(broker, tmp_path)
    what = {"settings": settings, "worlds": {"w": [PRESS]}, "period_us": 20_000}
    async with settler(broker) as platform:
        for _ in range(2):
            with edge_process(tmp_path, what):
                await alive(platform, PRESS)
        with edge_process(tmp_path, what) as process:
            await alive(platform, PRESS)
            process.send_signal(signal.SIGTERM)
            await until(lambda: process.poll() is not None)
            assert process.returncode == 0, (tmp_path / "edge-process.log").read_text()
        assert len(platform.settled(PRESS)) == 1  # one epoch over all lives
        assert complete(platform, PRESS)
        values = [v["count"] for _, v in sorted(platform.values[PRESS, next(iter(platform.settled(PRESS)))].items())]
        assert values == [float(n) for n in range(1, len(values) + 1)]  # the world's state went on, too
        assert status(settings)["pending"] == 0


@pytest.mark.parametrize(
    "broker",
    ["mosquitto", pytest.param("nats", marks=pytest.mark.slow)],  # NATS delivers again after 10 s only
    indirect=True,
)
async def test_a_killed_broker_loses_nothing(broker: BrokerUnderTest, tmp_path: Path) -> None:
    settings = settings_of(broker, tmp_path)
    async with settler(broker) as platform:
        async with edge(settings, SmallSource({"w": [PRESS, BEND]}, 20_000)):
            for _ in range(2):
                before = sum(platform.settled(PRESS).values())
                await until(lambda b=before: sum(platform.settled(PRESS).values()) > b + 20)  # type: ignore[misc]
                broker.kill()
                sent = status(settings)["sent"]
                await until(lambda s=sent: status(settings)["sent"] > s)  # type: ignore[misc]
                broker.start()
            before = sum(platform.settled(PRESS).values())
            await until(lambda: sum(platform.settled(PRESS).values()) > before + 20)
        assert complete(platform, PRESS) and complete(platform, BEND)
        end = status(settings)
        assert end["pending"] == end["voided"] == 0
        assert end["sent"] == sum(sum(platform.settled(m).values()) for m in (PRESS, BEND))


@on_both
async def test_what_the_platform_misses_is_sent_again(broker: BrokerUnderTest, tmp_path: Path) -> None:
    settings = settings_of(broker, tmp_path)
    async with settler(broker) as platform:
        platform.drop = {3, 4, 9}
        async with edge(settings, SmallSource({"w": [PRESS]}, 20_000)):
            await until(lambda: sum(platform.settled(PRESS).values()) > 20)
        assert complete(platform, PRESS) and status(settings)["resent"] >= 3


@on_both
async def test_a_cut_machine_dies_and_its_journal_arrives_later(broker: BrokerUnderTest, tmp_path: Path) -> None:
    source = SmallSource({"w": [PRESS, BEND]}, 20_000)
    async with settler(broker) as platform, edge(settings_of(broker, tmp_path), source):
        await until(lambda: sum(platform.settled(PRESS).values()) > 5)
        source.built["w"].down.add(PRESS)
        await until(lambda: json.loads(platform.births[PRESS])["kind"] == "death")
        assert json.loads(platform.births[PRESS])["reason"] == "connection lost"
        count = source.built["w"].count
        await until(lambda: source.built["w"].count > count + 20)
        assert sum(platform.settled(PRESS).values()) < source.built["w"].count - 10
        source.built["w"].down.clear()
        await until(lambda: sum(platform.settled(PRESS).values()) > count + 20)
        assert complete(platform, PRESS) and json.loads(platform.births[PRESS])["kind"] == "birth"


async def test_a_stopped_process_goes_on_at_the_present(broker: BrokerUnderTest, tmp_path: Path) -> None:
    what = {"settings": settings_of(broker, tmp_path), "worlds": {"w": [PRESS]}, "period_us": 20_000}
    async with settler(broker) as platform:
        with edge_process(tmp_path, what) as process:
            await until(lambda: sum(platform.settled(PRESS).values()) > 5)
            process.send_signal(signal.SIGSTOP)
            woken = time.monotonic() + 3.0
            await until(lambda: time.monotonic() > woken)
            process.send_signal(signal.SIGCONT)
            await until(lambda: any(isinstance(e, GapMarked) for e in platform.events[PRESS]))
            gap = next(e for e in platform.events[PRESS] if isinstance(e, GapMarked))
            assert gap.reason == "asleep" and 2_000_000 < gap.t - gap.start < 20_000_000
            seq = gap.seq
            await until(lambda: sum(platform.settled(PRESS).values()) > seq + 5)
        assert complete(platform, PRESS)


async def test_production_stops_by_a_file_and_drains(broker: BrokerUnderTest, tmp_path: Path) -> None:
    settings = settings_of(broker, tmp_path)
    async with settler(broker) as platform, edge(settings, SmallSource({"w": [PRESS]}, 20_000)):
        await until(lambda: sum(platform.settled(PRESS).values()) > 5)
        marker = Path(settings["data_dir"]) / "production-stop"
        marker.touch()
        await until(lambda: status(settings)["drained"])
        assert status(settings)["draining"] and status(settings)["pending"] == 0
        before = status(settings)["sent"]
        marker.unlink()
        await until(lambda: status(settings)["sent"] > before)
