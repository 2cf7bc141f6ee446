"""Plant time on real brokers: it goes on where the broker knows it from, and never back."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
from andon_contracts.codec import decode_clock, encode
from andon_contracts.messages import ClockMessage, ClockSegment
from andon_contracts.plant_clock import PlantClock
from andon_security.mqtt import load_credential, tls_context
from support.broker import BrokerUnderTest
from support.edge_on_a_broker import PRESS, edge, on_both, settings_of, status
from support.edge_process import SmallSource
from support.settler import Settler, settler
from support.waiting import until


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
