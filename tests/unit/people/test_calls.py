"""The cord, near misses, handovers and labour on a real database (SQLite); figures over waits."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from andon_platform.people.calls import Call
from andon_platform.people.deed import Deed, Refused, clean
from andon_platform.people.desk import People
from andon_platform.people.figures import percentile, waits
from andon_platform.people.labour import LONGEST_US, Span, labour_us
from andon_platform.registry.database import open_database
from hypothesis import given
from hypothesis import strategies as st

PRESS = "polaris/north/cabinets/cabinets-1/press-1"
LINE = PRESS.rpartition("/")[0]
MARIA, TOM = "Maria (operator:a)", "Tom (operator:a)"


@pytest_asyncio.fixture
async def people(tmp_path: Path) -> AsyncIterator[People]:
    engine = await open_database(f"sqlite+aiosqlite:///{tmp_path / 'people.db'}")
    found = People(engine)
    await found.open()
    yield found
    await engine.dispose()


async def test_a_cord_that_is_pulled_is_pulled(people: People) -> None:
    heard: list[Call] = []
    people.calls.listen(heard.append)
    first, new = await people.calls.pull(PRESS, "material", "panels", Deed(MARIA, 100, "p:k1"))
    assert new
    again, new = await people.calls.pull(PRESS, "material", "", Deed(TOM, 150, "p:k2"))
    assert (again, new) == (first, False)
    other, new = await people.calls.pull(PRESS, "safety", "", Deed(TOM, 160))
    assert new
    there = await people.calls.change(first.id, lambda c: c.answer(Deed(TOM, 220)))
    assert (there.state, there.answered, there.answered_by) == ("answered", 220, TOM)
    assert await people.calls.change(first.id, lambda c: c.answer(Deed(TOM, 300))) == there
    with pytest.raises(Refused, match="Tom"):
        await people.calls.change(first.id, lambda c: c.answer(Deed(MARIA, 300)))
    over = await people.calls.change(first.id, lambda c: c.resolve(Deed(TOM, 400), "pallet brought"))
    assert (over.state, over.resolution) == ("resolved", "pallet brought")
    with pytest.raises(Refused, match="resolved"):
        await people.calls.change(first.id, lambda c: c.resolve(Deed(MARIA, 500), ""))
    assert [c.id for c in await people.calls.find(over=False)] == [other.id]
    # over, so the same cord can be pulled again; the same action sent again is the old call
    anew, new = await people.calls.pull(PRESS, "material", "", Deed(MARIA, 600))
    assert new and anew.id != first.id
    assert await people.calls.pull(PRESS, "material", "", Deed(MARIA, 100, "p:k1")) == (over, False)
    assert [c.state for c in heard] == ["open", "open", "answered", "resolved", "open"]
    with pytest.raises(KeyError):
        await people.calls.change(99, lambda c: c)


async def test_who_resolves_what_nobody_answered_answers_it(people: People) -> None:
    call, _ = await people.calls.pull(PRESS, "quality", "", Deed(MARIA, 1_000))
    over = await people.calls.change(call.id, lambda c: c.resolve(Deed(TOM, 900), ""))
    assert (over.answered, over.resolved) == (1_000, 1_000), "nobody comes before the call"


async def test_of_many_who_pull_and_answer_at_once_one_does(people: People) -> None:
    pulled = await asyncio.gather(
        *(people.calls.pull(PRESS, "material", "", Deed(f"p{i}", 100 + i)) for i in range(20))
    )
    assert sum(new for _, new in pulled) == 1
    id = pulled[0][0].id

    async def come(i: int) -> str:
        try:
            return (await people.calls.change(id, lambda c: c.answer(Deed(f"h{i}", 500 + i)))).answered_by
        except Refused:
            return ""

    came = [by for by in await asyncio.gather(*(come(i) for i in range(20))) if by]
    assert len(came) == 1


async def test_calls_are_found_by_place_and_time(people: People) -> None:
    for i, machine in enumerate((PRESS, PRESS + "0", "polaris/north/cabinets/cabinets-10/x", "acme/a/b/c/d")):
        await people.calls.pull(machine, "material", "", Deed(MARIA, 100 * (i + 1)))
    assert [c.machine for c in await people.calls.find([PRESS])] == [PRESS]
    assert len(await people.calls.find([LINE])) == 2
    assert len(await people.calls.find(["polaris"])) == 3
    assert len(await people.calls.find(start=100, stop=300)) == 2
    assert await people.calls.find(["nobody"]) == []


def test_waits_by_hand() -> None:
    found = waits([10, 20, 30, 40])
    assert (found.count, found.mean_s, found.median_s, found.longest_s) == (4, 25, 25, 40)
    assert found.p95_s == pytest.approx(38.5)  # 0.95 of 3 steps: 2.85 from the first
    assert waits([]).p95_s is None
    assert waits([7]).p95_s == 7


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=50))
def test_percentiles_agree_with_the_library(values: list[float]) -> None:
    cuts = statistics.quantiles(values, n=20, method="inclusive")
    for i, cut in enumerate(cuts):
        assert percentile(values, (i + 1) / 20) == pytest.approx(cut)


async def test_a_near_miss_is_worked_off(people: People) -> None:
    miss = await people.near_misses.report(LINE, "slipped on oil\0", "at press-1", "injury", Deed(MARIA, 10, "p:n"))
    assert await people.near_misses.report(LINE, "again", "", "damage", Deed(MARIA, 11, "p:n")) == miss
    assert (miss.what, miss.state) == ("slipped on oil", "open")
    assert (await people.near_misses.move(miss.id, "in-work", "", Deed(TOM, 20))).changed_by == TOM
    with pytest.raises(Refused, match="what was done"):
        await people.near_misses.move(miss.id, "closed", " ", Deed(TOM, 30))
    done = await people.near_misses.move(miss.id, "closed", "tray below the valve", Deed(TOM, 30))
    assert (done.state, done.note) == ("closed", "tray below the valve")
    with pytest.raises(Refused, match="closed already"):
        await people.near_misses.move(miss.id, "closed", "x", Deed(MARIA, 40))
    assert await people.near_misses.find([LINE], ["open", "in-work"]) == []
    assert len(await people.near_misses.find(["polaris"], ["closed"])) == 1


async def test_a_handover_is_signed_by_one_and_accepted_by_another(people: People) -> None:
    made = await people.handovers.sign(LINE, "Early", "2026-11-27", (1, 2), "foam-2 slow", {"oee": 0.7}, Deed(MARIA, 5))
    with pytest.raises(Refused, match=r"^Maria has signed this shift already"):
        await people.handovers.sign(LINE, "Early", "2026-11-27", (1, 2), "", {}, Deed(TOM, 6))
    for by in (MARIA, "maria (operator:another-link)"):
        with pytest.raises(Refused, match="the one who comes"):
            await people.handovers.accept(made.id, "", Deed(by, 7))
    done = await people.handovers.accept(made.id, "read", Deed(TOM, 8))
    assert (done.came, done.came_by, done.left_by) == (8, TOM, MARIA)
    with pytest.raises(Refused, match="accepted it already"):
        await people.handovers.accept(made.id, "", Deed("Eva (operator:b)", 9))
    assert [h.id for h in await people.handovers.find(["polaris"])] == [made.id]


async def test_a_person_works_at_one_place_at_a_time(people: People) -> None:
    await people.labour.on(MARIA, PRESS, Deed(MARIA, 100))
    same = await people.labour.on(MARIA, PRESS, Deed(MARIA, 120))
    assert same.began == 100
    await people.labour.on(TOM, LINE, Deed(TOM, 150))
    await people.labour.on(MARIA, LINE, Deed(MARIA, 200))
    assert {(s.person, s.place) for s in await people.labour.there(["polaris"])} == {(MARIA, LINE), (TOM, LINE)}
    await people.labour.on(MARIA, "acme/a/b/c", Deed(MARIA, 250))  # another plant is another matter
    ended = await people.labour.off(MARIA, "polaris", Deed(MARIA, 300))
    assert [(s.began, s.ended) for s in ended] == [(200, 300)]
    assert await people.labour.off(MARIA, "polaris", Deed(MARIA, 300)) == []
    spans = await people.labour.find([LINE], 0, 1_000)
    assert labour_us(spans, lambda t: t, 0, 1_000, 500) == 100 + 100 + 350
    assert [s.began for s in await people.labour.find([PRESS], 50, 100)] == []


_SPANS = st.lists(
    st.tuples(st.integers(0, 1_000), st.integers(0, 1_000)).map(
        lambda p: Span(0, "x", PRESS, min(p), max(p) if max(p) > min(p) else 0, "x")
    ),
    max_size=8,
)


@given(_SPANS, st.lists(st.integers(0, 1_200), min_size=3, max_size=3).map(sorted), st.integers(1, 100))
def test_labour_of_parts_adds_up_to_that_of_the_whole(spans: list[Span], cuts: list[int], pace: int) -> None:
    a, b, c = cuts

    def hours(start: int, stop: int) -> int:
        return labour_us(spans, lambda t: t * pace, start, stop, 1_100)

    assert hours(a, b) + hours(b, c) == hours(a, c)


def test_who_forgets_to_clock_off_counts_thirteen_hours() -> None:
    forgot = [Span(0, "x", PRESS, 1_000, 0, "x")]
    hour = 3_600_000_000
    assert labour_us(forgot, lambda t: t, 0, 99 * hour, 40 * hour) == LONGEST_US == 13 * hour
    assert labour_us(forgot, lambda t: t, 20 * hour, 99 * hour, 40 * hour) == 0
    assert labour_us(forgot, lambda t: t * 60, 0, hour, hour) == LONGEST_US, "of plant time"


def test_text_is_cut_to_what_a_database_takes() -> None:
    assert clean("a\0b\ud800c" + "x" * 10, 4) == "ab?c"
