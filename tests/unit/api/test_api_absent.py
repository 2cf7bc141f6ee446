"""A machine that was not reached goes on, and tells of it late; one that stopped says when. Figures follow its word."""

from __future__ import annotations

from typing import Any

import pytest
from andon_contracts.messages import Event, GapMarked, StateChanged
from andon_platform.data.port import Batch
from andon_platform.registry.record import Happening
from support.api_stack import EPOCH, PRESS, Api, birth_of, now_us

MIN = 60_000_000


def state(seq: int, t: int, name: str) -> StateChanged:
    return StateChanged(machine=PRESS, epoch=EPOCH, seq=seq, t=t, state=name)  # type: ignore[arg-type]


class Away:
    """Ten minutes of a press: away from the 2nd to the 8th, down from the 4th to the 5th, as its journal says."""

    def __init__(self, api: Api, patch: pytest.MonkeyPatch) -> None:
        self.api, self.patch = api, patch
        self.start = now_us() // MIN * MIN - 30 * MIN
        api.services.registry.birth(birth_of(PRESS))

    def at(self, minutes: float) -> int:
        return self.start + round(minutes * MIN)

    async def told(
        self, *more: Event, what: str = "death", epoch: int = EPOCH, heard: float = 10, back: bool = True
    ) -> None:
        events: list[Event] = [state(1, self.at(0), "producing"), state(2, self.at(4), "down"),
                               state(3, self.at(5), "producing"), *more]  # fmt: skip
        await self.api.store.write(Batch(events=[e for e in events if e.t <= self.at(heard)]))
        self.api.services.hub.latest[PRESS] = {"oil_temperature": (self.at(heard), 40.0)}
        history = [Happening(PRESS, self.at(-60), "birth", 1, EPOCH), Happening(PRESS, self.at(2), what, 1, EPOCH)]  # type: ignore[arg-type]
        if back:
            history.append(Happening(PRESS, self.at(8), "birth" if what == "death" else "back", 2, epoch))

        async def found(*_: Any, **__: Any) -> list[Happening]:
            return history[::-1]

        self.patch.setattr(self.api.services.registry, "history", found)

    async def minutes(self, low: float = 0, high: float = 10) -> dict[str, float]:
        """Minutes by state, as OEE and the timeline say alike."""
        params: dict[str, Any] = {"machine": PRESS, "start": self.at(low), "stop": self.at(high)}
        async with self.api.client("viewer") as client:
            times = (await client.get("/api/v1/oee", params=params)).raise_for_status().json()["machines"][0]["times_s"]
            rows = (await client.get("/api/v1/states", params=params)).raise_for_status().json()["states"]
        found = {
            name: times[key] / 60 for name, key in (("producing", "APT"), ("down", "down"), ("offline", "offline"))
        }
        for name, length in found.items():
            assert sum(r["stop"] - r["start"] for r in rows if r["state"] == name) / MIN == pytest.approx(length), rows
        assert sum(found.values()) == pytest.approx(high - low)
        return {name: round(length, 6) for name, length in found.items()}


@pytest.fixture
def away(api: Api, monkeypatch: pytest.MonkeyPatch) -> Away:
    return Away(api, monkeypatch)


@pytest.mark.parametrize("what", ["death", "silent"])
async def test_what_a_machine_did_while_it_was_not_reached_counts_when_it_tells(away: Away, what: str) -> None:
    await away.told(what=what)
    assert await away.minutes() == {"producing": 9, "down": 1, "offline": 0}


async def test_while_the_journal_still_tells_the_rest_is_unknown(away: Away) -> None:
    await away.told(heard=4.5)
    assert await away.minutes() == {"producing": 4, "down": 2.5, "offline": 3.5}


async def test_while_it_is_away_nothing_is_known(away: Away) -> None:
    await away.told(heard=2, back=False)
    assert await away.minutes() == {"producing": 2, "down": 0, "offline": 8}


@pytest.mark.parametrize("epoch", [EPOCH, EPOCH + 1])
async def test_when_it_stopped_is_what_it_marked(away: Away, epoch: int) -> None:
    gap = GapMarked(machine=PRESS, epoch=EPOCH, seq=4, t=away.at(7), start=away.at(6), reason="stopped")
    await away.told(gap, epoch=epoch)
    assert await away.minutes() == {"producing": 8, "down": 1, "offline": 1}
    # also in a range that ends before it was marked
    assert await away.minutes(5, 6.5) == {"producing": 1, "down": 0, "offline": 0.5}


async def test_who_comes_back_with_another_journal_and_marked_nothing_was_away(away: Away) -> None:
    await away.told(epoch=EPOCH + 1)
    assert await away.minutes() == {"producing": 4, "down": 0, "offline": 6}
