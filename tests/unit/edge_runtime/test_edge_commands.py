"""The edge is asked on real brokers: commands are performed once, and each edge hears its own plant's."""

from __future__ import annotations

from pathlib import Path

from andon_contracts.codec import decode_reply, encode
from andon_contracts.messages import Command, StateChanged
from support.broker import BrokerUnderTest
from support.edge_on_a_broker import PRESS, SAW, api_client, complete, edge, on_both, settings_of
from support.edge_process import SmallSource
from support.settler import settler
from support.waiting import until


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
