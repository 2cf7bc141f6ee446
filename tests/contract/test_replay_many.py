"""Replaying many quarantined messages, on every store: what is sound is stored once, and nothing is lost on the way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from andon_contracts.codec import encode
from andon_contracts.messages import Birth, Sample, SignalSpec, Telemetry
from andon_platform.api.held import Sieve
from andon_platform.api.ingest_local import LocalIngest
from andon_platform.api.ingest_several import SeveralIngests
from andon_platform.api.ports import IngestFlow
from andon_platform.api.problems import Conflict
from andon_platform.api.replaying import Replaying, Round
from andon_platform.data.port import Batch, Mark, Quarantined, SeriesQuery, TelemetryStore
from andon_platform.ingest.config import IngestConfig
from andon_platform.ingest.follow import Follower
from andon_platform.ingest.replay import ReplayResult, replay
from andon_platform.ingest.service import IngestService
from andon_security.audit import AuditLog
from andon_security.tokens import ROLE_SCOPES, Principal
from support.stores import MACHINE, OTHER, SECOND, T0
from support.waiting import until

N = 12
ENGINEER = Principal("eva", "engineer", ROLE_SCOPES["engineer"], "*", None)
NOW = T0 + 3600 * SECOND


def birth(machine: str, *signals: str) -> Birth:
    specs = [SignalSpec(name=name, unit="1", minimum=0, maximum=1_000, rate_hz=1) for name in signals]
    return Birth(machine=machine, session=1, t=1, epoch=1, type="press", signals=specs)


def held(machine: str, n: int, payload: bytes | None = None) -> Quarantined:
    """A message that named a signal which its birth did not."""
    message = Telemetry(machine=machine, epoch=1, seq=n, samples=[Sample(t=T0 + n * SECOND, values={"flow": n})])
    return Quarantined(
        f"{machine[-1]}-{n:02}", T0 + n * SECOND, f"andon/v1/{machine}/telemetry", payload or encode(message),
        "unknown-signal" if payload is None else "malformed-json", "", machine, 1, n,
    )  # fmt: skip


async def fill(store: TelemetryStore) -> None:
    """Twelve messages of each of two machines, and one that no fix will mend."""
    marks = {(m, 1): Mark(N, quarantined=N) for m in (MACHINE, OTHER)}
    found = [held(m, n) for m in (MACHINE, OTHER) for n in range(1, N + 1)]
    await store.write(Batch(quarantined=[*found, held(MACHINE, N + 1, b"{")], marks=marks))


class Ingest(LocalIngest):
    """The real replay, with the births that this ingest knows; ``before`` is called before each message is judged."""

    def __init__(self, store: TelemetryStore, *births: Birth) -> None:
        self.before: Callable[[str], Awaitable[None]] | None = None
        known = {b.machine: b for b in births}

        async def judged(id: str) -> ReplayResult:
            if self.before is not None:
                await self.before(id)
            return await replay(store, id, known, now=lambda: NOW)

        flow = IngestFlow(True, True, 0, 0, 0, 0, 0, 0, 0, 0.0)
        super().__init__(lambda: flow, judged, Follower(lambda: NOW))


def replaying(store: TelemetryStore, ingest: object, folder: Path) -> tuple[Replaying, AuditLog]:
    audit = AuditLog(folder / "audit.jsonl", b"key")
    return Replaying(store, ingest, audit, lambda: NOW), audit  # type: ignore[arg-type]


async def values(store: TelemetryStore, machine: str) -> list[float]:
    found = await store.series(SeriesQuery(machine, "flow", T0, T0 + 60 * SECOND, agg="raw"))
    return [float(v) for v in found.values]


async def over(round: Round) -> Round:
    await until(lambda: round.over and round.task is not None and round.task.done(), what="the end of the round")
    return round


async def test_all_that_match_are_judged_and_told_apart(store: TelemetryStore, tmp_path: Path) -> None:
    await fill(store)
    many, audit = replaying(store, Ingest(store, birth(MACHINE, "flow"), birth(OTHER, "flow")), tmp_path)
    first = await over(many.begin(ENGINEER, Sieve(machine=MACHINE)))
    assert (first.state, first.total, first.looked, first.stored, first.refused) == ("done", N + 1, N + 1, N, 1)
    assert dict(first.reasons) == {"malformed-json": 1} and first.examples[0].id == held(MACHINE, N + 1).id
    assert await values(store, MACHINE) == [float(n) for n in range(1, N + 1)]
    assert await values(store, OTHER) == []
    # by its topic's line; the time in which it was received; and what was stored is not looked at again
    some = Sieve(machine=OTHER.rpartition("/")[0], start=T0 + 3 * SECOND, stop=T0 + 6 * SECOND)
    second = await over(many.begin(ENGINEER, some))
    assert (second.total, second.stored, second.refused) == (3, 3, 0)
    assert await values(store, OTHER) == [3.0, 4.0, 5.0]
    said = [r["what"] for r in audit.records()]
    assert said[0] == f"replay of many {first.id} begins"
    assert f"replay {held(MACHINE, 1).id}: stored" in said
    assert said[-1] == f"replay of many {second.id} done: 3 stored, 0 refused" and len(said) == N + 1 + 3 + 4


async def test_a_tenant_replays_its_own_alone(store: TelemetryStore, tmp_path: Path) -> None:
    await fill(store)
    many, _ = replaying(store, Ingest(store, birth(MACHINE, "flow")), tmp_path)
    stranger = Principal("sam", "engineer", ROLE_SCOPES["engineer"], "acme", None)
    round = await over(many.begin(stranger, Sieve()))
    assert (round.state, round.total) == ("done", 0)
    assert many.find(ENGINEER) == many.find(stranger) == [round]
    assert many.get(Principal("eva", "engineer", frozenset(), "polaris", None), round.id) is None


async def test_an_ingest_that_goes_away_ends_the_round_and_the_next_one_goes_on(
    store: TelemetryStore, tmp_path: Path
) -> None:
    await fill(store)
    ingest = Ingest(store, birth(MACHINE, "flow"), birth(OTHER, "flow"))
    many, audit = replaying(store, ingest, tmp_path)
    left = 5

    async def away(id: str) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise ConnectionError("killed")

    ingest.before = away
    cut = await over(many.begin(ENGINEER, Sieve(reason="unknown-signal")))
    assert (cut.state, cut.total, cut.stored, cut.looked) == ("interrupted", 2 * N, 5, 5) and "killed" in cut.detail
    ingest.before = None
    rest = await over(many.begin(ENGINEER, Sieve(reason="unknown-signal")))
    assert (rest.state, rest.total, rest.stored) == ("done", 2 * N - 5, 2 * N - 5)
    for machine in (MACHINE, OTHER):
        assert await values(store, machine) == [float(n) for n in range(1, N + 1)]
    assert (await store.health(exact=True)).counts["duplicated"] == 0
    assert audit.verify().whole


@pytest.mark.parametrize("how", ["stopped", "interrupted"])
async def test_a_round_that_is_ended_ends_between_two_messages(store: TelemetryStore, tmp_path: Path, how: str) -> None:
    await fill(store)
    ingest = Ingest(store, birth(MACHINE, "flow"))
    many, _ = replaying(store, ingest, tmp_path)
    judging, go = asyncio.Event(), asyncio.Event()

    async def slow(id: str) -> None:
        judging.set()
        await go.wait()

    ingest.before = slow
    round = many.begin(ENGINEER, Sieve(machine=MACHINE))
    await asyncio.wait_for(judging.wait(), 10)
    with pytest.raises(Conflict):
        many.begin(ENGINEER, Sieve())
    ending = asyncio.create_task(many.stop(round) if how == "stopped" else many.close())
    await until(lambda: round.over, what="the end asked for")
    assert not ending.done()  # the message that is being judged is judged to its end
    go.set()
    await ending
    assert (round.state, round.looked, round.stored) == (how, 1, 1)
    again = await over(many.begin(ENGINEER, Sieve(machine=MACHINE)))
    assert again.stored == N - 1 and await values(store, MACHINE) == [float(n) for n in range(1, N + 1)]


async def test_each_message_is_stored_by_the_ingest_that_knows_its_machine(
    store: TelemetryStore, tmp_path: Path
) -> None:
    await fill(store)
    several = SeveralIngests([Ingest(store, birth(MACHINE, "flow")), Ingest(store, birth(OTHER, "flow"))])
    many, _ = replaying(store, several, tmp_path)
    round = await over(many.begin(ENGINEER, Sieve(reason="unknown-signal")))
    assert (round.stored, round.refused) == (2 * N, 0)
    for machine in (MACHINE, OTHER):
        assert await values(store, machine) == [float(n) for n in range(1, N + 1)]


async def test_asked_for_twice_at_once_a_message_is_stored_once(store: TelemetryStore) -> None:
    await fill(store)
    service = IngestService(IngestConfig("localhost", 1, None), store, now=lambda: NOW)
    service._machines.add(MACHINE, birth(MACHINE, "flow"))
    id = held(MACHINE, 1).id
    answers = await asyncio.gather(*(service.replay(id) for _ in range(4)))
    assert sorted((a.stored, a.reason) for a in answers) == [(False, "replayed")] * 3 + [(True, "")]
    assert (await store.health(exact=True)).counts["duplicated"] == 0
