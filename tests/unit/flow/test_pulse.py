"""What the API's hub sees: how old what is not settled is, and deliveries of a machine that is watched."""

from __future__ import annotations

from andon_contracts.messages import Sample, Telemetry
from andon_platform.api.live.pulse import APART_US, POINTS, Pulse

PRESS = "polaris/north/cabinets/press/press-1"
KEY = (PRESS, 1)


def message(seq: int, t: int = 1_000, journaled: int | None = 1_500) -> Telemetry:
    more = {} if journaled is None else {"journaled": journaled}
    return Telemetry(machine=PRESS, epoch=1, seq=seq, samples=[Sample(t=t, values={"force": 1.0})], **more)


def test_the_oldest_message_that_is_not_settled_tells_the_age() -> None:
    lag = Pulse(lambda: 0).lag
    for seq in range(1, 11):
        lag.note(KEY, seq, seq * APART_US)
    now = 20 * APART_US
    assert lag.age_us(KEY, 4, now) == 15 * APART_US
    assert lag.age_us(KEY, 9, now) == 10 * APART_US
    assert lag.age_us(KEY, 10, now) == 0
    assert lag.age_us(("somebody", 1), 0, now) == 0


def test_a_burst_is_as_old_as_its_first_message_and_an_outage_needs_little_memory() -> None:
    lag = Pulse(lambda: 0).lag
    for seq in range(1, 1_001):
        lag.note(KEY, seq, seq)
    assert lag.age_us(KEY, 0, 1_000_000) == 1_000_000 - 1
    for seq in range(1_001, 20_000):
        lag.note(KEY, seq, seq * APART_US)
    assert len(lag._points[KEY]) <= POINTS
    assert lag.age_us(KEY, 0, 20_000 * APART_US) == 20_000 * APART_US - 1


def test_resent_messages_do_not_make_it_younger() -> None:
    lag = Pulse(lambda: 0).lag
    lag.note(KEY, 5, APART_US)
    lag.note(KEY, 3, 3 * APART_US)
    assert lag.age_us(KEY, 2, 10 * APART_US) == 9 * APART_US


def test_hops_are_timed_and_only_watched_machines_are_remembered() -> None:
    at = [10_000]
    pulse = Pulse(lambda: at[0])
    pulse.telemetry(message(1), 9_000)
    watch = pulse.watch(PRESS)
    pulse.telemetry(message(2), 9_500)
    pulse.telemetry(message(3, journaled=None), 9_600)
    pulse.unwatch(watch)
    pulse.telemetry(message(4), 9_700)
    assert watch.heard == {(1, 2): (9_500, 10_000), (1, 3): (9_600, 10_000)}
    assert (pulse.age.figures().count, pulse.live.figures().count) == (4, 3)
