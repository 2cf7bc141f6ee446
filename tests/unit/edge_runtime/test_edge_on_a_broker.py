"""The edge on real brokers: killed, cut, put to sleep, asked, enrolled; nothing is lost and nothing doubled."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
from andon_cli.processes.brokers import NoBroker, find_mosquitto
from andon_contracts.codec import decode_clock, decode_reply, encode
from andon_contracts.messages import ClockMessage, ClockSegment, Command, GapMarked, StateChanged
from andon_contracts.plant_clock import PlantClock
from andon_edge.bootstrap import run, source_of
from andon_edge.runtime.source import WorldSource
from andon_edge.settings import EdgeSettings
from andon_security.mqtt import load_credential, tls_context
from support.broker import BrokerUnderTest, running_broker
from support.edge_process import SmallSource, edge_process
from support.settler import Settler, settler
from support.waiting import until

PRESS, BEND = "acme/north/hall/line-1/press-1", "acme/north/hall/line-1/bend-1"
SAW = "bolt/south/hall/line-1/saw-1"


@pytest.fixture
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BrokerUnderTest]:
    """Mosquitto, unless the test asks for another."""
    kind = getattr(request, "param", "mosquitto")
    if kind == "mosquitto":
        try:
            find_mosquitto()
        except NoBroker as error:
            pytest.skip(str(error))
    with running_broker(kind, tmp_path / "broker", [PRESS, BEND, SAW]) as running:
        yield running


on_both = pytest.mark.parametrize("broker", ["mosquitto", "nats"], indirect=True)


def settings_of(broker: BrokerUnderTest, folder: Path, **changes: Any) -> dict[str, Any]:
    return {
        "data_dir": str(folder / "edge"), "secrets_dir": str(broker.secrets("edge")), "mqtt_host": broker.host,
        "mqtt_port": broker.port, "poll_s": 0.1, "drain_s": 8.0, **changes,
    }  # fmt: skip


@asynccontextmanager
async def edge(settings: dict[str, Any], source: WorldSource) -> AsyncIterator[asyncio.Event]:
    stop = asyncio.Event()
    task = asyncio.create_task(run(EdgeSettings(**settings), stop, source))
    try:
        yield stop
    finally:
        stop.set()
        await task


def status(settings: dict[str, Any]) -> dict[str, Any]:
    file = Path(settings["data_dir"]) / "edge-status.json"
    found: dict[str, Any] = (
        json.loads(file.read_text()) if file.exists() else {"sent": 0, "problems": [], "drained": False}
    )
    return found


def complete(platform: Settler, machine: str) -> bool:
    """Every number up to the highest came, in every epoch."""
    marks = platform.mark(machine).epochs
    return bool(marks) and all(not mark.missing for mark in marks)


async def alive(platform: Settler, machine: str) -> None:
    """A new life of the edge has said something: what an earlier one said may still be on its way."""
    known = json.loads(platform.births.get(machine, b"{}")).get("session", 0)

    def born() -> bool:
        birth = json.loads(platform.births.get(machine, b"{}"))
        return bool(birth.get("kind") == "birth" and birth["session"] > known)

    await until(born)
    before = sum(platform.settled(machine).values())
    await until(lambda: sum(platform.settled(machine).values()) > before + 20)


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


@on_both
async def test_machines_come_and_go_while_it_runs(broker: BrokerUnderTest, tmp_path: Path) -> None:
    source = SmallSource({"a": [PRESS]})
    async with settler(broker) as platform, edge(settings_of(broker, tmp_path), source):
        await until(lambda: sum(platform.settled(PRESS).values()) > 2)
        source.worlds["b"] = [BEND]
        source.problems = ["machines/broken.yaml:3: no type (add one)"]
        source.version += 1
        await until(lambda: sum(platform.settled(BEND).values()) > 2)
        await until(lambda: "broken.yaml:3" in str(status(settings_of(broker, tmp_path))["problems"]))
        del source.worlds["a"]
        source.version += 1
        await until(lambda: platform.births[PRESS] == b"")
        before = sum(platform.settled(BEND).values())
        await until(lambda: sum(platform.settled(BEND).values()) > before + 2)

        def told() -> list[tuple[str, str]]:
            return [(c["machine"], c["what"]) for c in status(settings_of(broker, tmp_path))["changes"]]

        await until(lambda: len(told()) == 2)
        assert told() == [(BEND, "added"), (PRESS, "removed")]  # and not those of the beginning


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


@on_both
async def test_commands_are_performed_once_and_answered_twice(broker: BrokerUnderTest, tmp_path: Path) -> None:
    source = SmallSource({"w": [PRESS]})
    async with settler(broker) as platform, edge(settings_of(broker, tmp_path), source):
        await until(lambda: sum(platform.settled(PRESS).values()) > 2)
        replies: list[bytes] = []
        async with api_client(broker, [f"andon/v1/{PRESS}/reply", "andon/v1/acme/reply"], replies) as publish:
            command = Command(id="c1", owner=PRESS, command="stop", t=1, expires=2**52)
            for _ in range(2):
                await publish(f"andon/v1/{PRESS}/command", encode(command))
            await until(lambda: len(replies) == 2)
            assert replies[0] == replies[1] and decode_reply(replies[0]).status == "done"
            assert source.built["w"].performed == ["c1"]
            await until(lambda: any(isinstance(e, StateChanged) for e in platform.events[PRESS]))
            late = Command(id="c2", owner=PRESS, command="stop", t=1, expires=2)
            await publish(f"andon/v1/{PRESS}/command", encode(late))
            await until(lambda: len(replies) == 3)
            assert decode_reply(replies[2]).status == "refused" and source.built["w"].performed == ["c1"]
            pace = Command(id="p1", owner="acme", command="set-pace", arguments={"pace": "60"}, t=1, expires=2**52)
            await publish("andon/v1/acme/command", encode(pace))
            await until(lambda: len(replies) == 4)
            assert decode_reply(replies[3]).status == "done"
            await until(lambda: any(t.endswith("/clock") and b'"pace":60' in p for t, p in platform.other))


def lose_journal(settings: dict[str, Any]) -> None:
    for file in Path(settings["data_dir"]).glob("journal.db*"):
        file.unlink()


@on_both
async def test_a_lost_journal_goes_on_with_the_clock_that_the_broker_keeps(
    broker: BrokerUnderTest, tmp_path: Path
) -> None:
    """Plant time never goes back: neither for the plants there are, nor for one whose file comes later."""
    settings = settings_of(broker, tmp_path, pace=60.0)

    def clocks(platform: Settler) -> list[PlantClock]:
        return [PlantClock(decode_clock(p).segments) for t, p in platform.other if t.endswith("acme/clock")]

    async with settler(broker) as platform:
        async with edge(settings, SmallSource({"w": [PRESS]})):
            await until(lambda: bool(clocks(platform)))
        (first,) = clocks(platform)
        assert first.pace == 60
        lose_journal(settings)
        lost = settings | {"pace": 1.0}
        async with edge(lost, SmallSource({"w": [PRESS]})):
            await until(lambda: len(clocks(platform)) > 1)
            await until(lambda: len(platform.settled(PRESS)) == 2)  # a new epoch, for the journal is a new one
        assert [c.segments for c in clocks(platform)] == [first.segments, first.segments]
        # once more, with nothing there to run yet
        lose_journal(settings)
        source = SmallSource({})
        async with edge(lost, source):
            await until(lambda: "machines" in status(settings))
            source.worlds["w"], source.version = [PRESS], 1
            await until(lambda: len(clocks(platform)) > 2)
        assert clocks(platform)[-1].segments == first.segments


async def test_a_kept_clock_from_the_future_goes_on_from_its_end(broker: BrokerUnderTest, tmp_path: Path) -> None:
    """The wall clock was set back while the journal was away: plant time still grows."""
    ahead = ClockSegment(wall=time.time_ns() // 1000 + 3_600_000_000, plant=2**52, pace=5.0)
    settings = settings_of(broker, tmp_path)
    async with settler(broker) as platform:
        kept = encode(ClockMessage(enterprise="acme", segments=[ahead]))
        who = load_credential(broker.secrets("edge") / "mqtt.json")
        async with aiomqtt.Client(
            broker.host, broker.port, username=who.username, password=who.password, identifier="before",
            tls_context=tls_context(broker.secrets("edge")), protocol=aiomqtt.ProtocolVersion.V311,
        ) as client:  # fmt: skip
            await client.publish("andon/v1/acme/clock", kept, qos=1, retain=True)
        async with edge(settings, SmallSource({"w": [PRESS]})):
            await until(lambda: len(platform.other) > 1)
        (segment,) = decode_clock(platform.other[-1][1]).segments
        assert segment.plant == ahead.plant + 1 and segment.pace == 5 and segment.wall < ahead.wall


async def test_where_nobody_can_be_asked_machines_begin_all_the_same(
    broker: BrokerUnderTest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broker.kill()
    settings = settings_of(broker, tmp_path, recall_s=0.6, drain_s=0.0)
    async with edge(settings, SmallSource({"w": [PRESS]}, 20_000)):
        await until(lambda: status(settings)["sent"] > 5)
    assert "cannot be asked for the plants' clocks" in capsys.readouterr().out


@asynccontextmanager
async def api_client(broker: BrokerUnderTest, topics: list[str], into: list[bytes]) -> AsyncIterator[Any]:
    who = load_credential(broker.secrets("api") / "mqtt.json")
    async with aiomqtt.Client(
        broker.host, broker.port, username=who.username, password=who.password, identifier="api",
        tls_context=tls_context(broker.secrets("api")), protocol=aiomqtt.ProtocolVersion.V311,
    ) as client:  # fmt: skip
        for topic in topics:
            await client.subscribe(topic, qos=1)

        async def receive() -> None:
            async for message in client.messages:
                into.append(bytes(message.payload))  # type: ignore[arg-type]

        task = asyncio.create_task(receive())
        yield lambda topic, payload: client.publish(topic, payload, qos=1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


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


@on_both
async def test_two_edges_share_a_broker_each_with_its_plant(broker: BrokerUnderTest, tmp_path: Path) -> None:
    """Each hears its own plant's commands all the time: neither cuts the other off."""
    here = settings_of(broker, tmp_path / "here")
    there = settings_of(broker, tmp_path / "there", edge_name="there")
    replies: list[bytes] = []
    async with (
        settler(broker) as platform,
        edge(here, SmallSource({"w": [PRESS]}, 50_000)),
        edge(there, SmallSource({"w": [SAW]}, 50_000)),
        api_client(broker, ["andon/v1/acme/reply", "andon/v1/bolt/reply"], replies) as publish,
    ):
        await until(lambda: min(sum(platform.settled(m).values()) for m in (PRESS, SAW)) > 10)
        await until(lambda: {t for t, _ in platform.other} == {"andon/v1/acme/clock", "andon/v1/bolt/clock"})
        # an edge that connects says its clocks again: in two seconds of work neither does
        said, lived = len(platform.other), [sum(platform.settled(m).values()) for m in (PRESS, SAW)]
        await until(
            lambda: all(sum(platform.settled(m).values()) > n + 40 for m, n in zip((PRESS, SAW), lived, strict=True))
        )
        assert len(platform.other) == said
        for number, plant in enumerate(("acme", "bolt") * 3):
            pace = Command(
                id=f"p{number}", owner=plant, command="set-pace", arguments={"pace": str(number + 2)}, t=1,
                expires=2**52,
            )  # fmt: skip
            await publish(f"andon/v1/{plant}/command", encode(pace))
            await until(lambda n=number: len(replies) == n + 1)  # type: ignore[misc]
        found = [decode_reply(reply) for reply in replies]
        assert [(r.owner, r.status) for r in found] == [("acme", "done"), ("bolt", "done")] * 3
        assert complete(platform, PRESS) and complete(platform, SAW)


@on_both
async def test_a_refused_credential_is_a_problem_and_others_run(broker: BrokerUnderTest, tmp_path: Path) -> None:
    settings = settings_of(broker, tmp_path, api_url="http://127.0.0.1:9", drain_s=0.5)
    file = broker.secrets("edge") / "devices" / f"{PRESS}.json"
    good = file.read_text()
    file.write_text(json.dumps({"username": PRESS, "password": "wrong"}))
    async with settler(broker) as platform, edge(settings, SmallSource({"w": [PRESS, BEND]}, 20_000)):
        await until(lambda: any("does not answer" in text for text in status(settings)["problems"]))
        assert sum(platform.settled(BEND).values()) > 0 and not platform.settled(PRESS)
        file.write_text(good)
        await until(lambda: sum(platform.settled(PRESS).values()) > 5)
        assert complete(platform, PRESS)


async def test_a_changed_file_is_announced_anew(broker: BrokerUnderTest, tmp_path: Path) -> None:
    """A machine's own title, and a signal of its type; the world changes in place and nothing is built anew."""
    types, file = tmp_path / "machines" / "types", tmp_path / "machines" / "press-1.yaml"
    types.mkdir(parents=True)
    (tmp_path / "plants").mkdir()
    kind = "title: Press\ncontinuous: true\nsignals:\n  force: {unit: kN, range: [0, 9], value: 5}\n"
    (types / "press.yaml").write_text(kind)
    file.write_text("type: press\nline: acme/north/hall/line-1\n")
    folders = {"machines_dir": str(tmp_path / "machines"), "plants_dir": str(tmp_path / "plants")}
    settings = settings_of(broker, tmp_path, **folders)

    def born(platform: Settler) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(platform.births.get(PRESS) or b"{}")
        return found if found.get("kind") == "birth" else {}

    async with settler(broker) as platform, edge(settings, source_of(EdgeSettings(**settings))):
        await until(lambda: born(platform).get("title") == "Press")
        epoch = born(platform)["epoch"]
        file.write_text("type: press\nline: acme/north/hall/line-1\ntitle: The old one\n")
        await until(lambda: born(platform).get("title") == "The old one")
        (types / "press.yaml").write_text(kind + "  heat: {unit: Cel, range: [0, 90], value: ambient}\n")
        await until(lambda: [s["name"] for s in born(platform).get("signals", [])] == ["force", "heat"])
        assert born(platform)["epoch"] == epoch and complete(platform, PRESS)
