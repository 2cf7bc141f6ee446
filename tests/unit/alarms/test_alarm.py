"""ISA-18.2's states, and what leads from one to another."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from andon_platform.alarms.alarm import MAX_SHELF_US, Alarm, AlarmRefused
from hypothesis import given
from hypothesis import strategies as st

NEW = Alarm("e/s/a/l/m", "E-1", "machine", "warning")
CAME = NEW.came(10, "critical", "too hot")


def test_the_way_through_the_states() -> None:
    assert NEW.state(0) == "normal"
    assert CAME.state(11) == "unacknowledged"
    seen = CAME.acknowledge(12, "operator:ann")
    assert seen.state(12) == "acknowledged"
    assert (seen.acknowledged_by, seen.acknowledged_at) == ("operator:ann", 12)
    assert seen.went(20).state(20) == "normal"
    over = CAME.went(15)
    assert over.state(15) == "returned"
    assert over.acknowledge(16, "operator:ann").state(16) == "normal"


def test_it_comes_again_and_wants_to_be_seen_again() -> None:
    again = CAME.acknowledge(12, "x").went(20).came(30, "warning", "again")
    assert (again.state(30), again.count, again.acknowledged_by, again.raised) == ("unacknowledged", 2, "", 30)


def test_while_it_is_there_only_its_words_change() -> None:
    more = CAME.acknowledge(12, "x").came(13, "warning", "hotter")
    assert (more.state(13), more.count, more.text, more.raised) == ("acknowledged", 1, "hotter", 10)


def test_a_shelf_gives_back_by_itself() -> None:
    shelved = CAME.shelve(11, 100)
    assert [shelved.state(t) for t in (50, 99, 100)] == ["shelved", "shelved", "unacknowledged"]
    assert shelved.unshelve(50).state(50) == "unacknowledged"


@pytest.mark.parametrize(
    "do",
    [
        lambda: NEW.acknowledge(1, "x"),
        lambda: CAME.acknowledge(11, "x").acknowledge(12, "y"),
        lambda: CAME.shelve(10, 10),
        lambda: CAME.shelve(10, 11 + MAX_SHELF_US),
        lambda: CAME.unshelve(10),
        lambda: CAME.service(False),
        lambda: CAME.service(True).service(True),
        lambda: CAME.service(True).shelve(10, 20),
    ],
)
def test_what_does_not_fit_is_refused(do: object) -> None:
    with pytest.raises(AlarmRefused, match=r"e/s/a/l/m:E-1|at most 12 hours"):
        do()  # type: ignore[operator]


def test_out_of_service_hides_it_until_it_is_returned() -> None:
    out = CAME.shelve(10, 100).service(True)
    assert out.state(50) == "out-of-service"
    assert out.service(False).state(50) == "unacknowledged"


A, C, D = NEW, CAME.acknowledge(12, "x"), CAME.went(12)
SILENCED = {
    "shelved": (lambda a: a.shelve(20, 100), lambda a: a.unshelve(50)),
    "out-of-service": (lambda a: a.service(True), lambda a: a.service(False)),
}


@pytest.mark.parametrize("how", SILENCED)
@pytest.mark.parametrize(
    ("before", "meanwhile", "after"),
    [
        (A, lambda a: a, "normal"),
        (CAME, lambda a: a, "unacknowledged"),
        (C, lambda a: a, "unacknowledged"),  # seen before, and somebody shall know that it speaks again
        (D, lambda a: a, "normal"),  # over: nothing to see any more
        (A, lambda a: a.came(30, "warning", ""), "unacknowledged"),
        (C, lambda a: a.went(30), "normal"),
        (A, lambda a: a.came(30, "warning", "").went(31), "normal"),
    ],
)
def test_what_comes_back_from_silence_is_normal_or_unacknowledged(
    how: str, before: Alarm, meanwhile: Callable[[Alarm], Alarm], after: str
) -> None:
    silence, back = SILENCED[how]
    silent = meanwhile(silence(before))
    assert silent.state(40) == how
    spoken = back(silent)
    assert spoken.state(60) == after
    assert (spoken.shelved_until, spoken.out_of_service, spoken.active) == (0, False, silent.active)
    assert after != "unacknowledged" or spoken.acknowledged_by == ""


@given(st.lists(st.booleans(), max_size=30))
def test_a_condition_comes_as_often_as_it_was_not_there_before(flags: list[bool]) -> None:
    alarm, expected, there = NEW, 0, False
    for t, flag in enumerate(flags, 1):
        alarm = alarm.came(t, "warning", "") if flag else alarm.went(t)
        expected, there = expected + (flag and not there), flag
    assert (alarm.count, alarm.active) == (expected, there)
