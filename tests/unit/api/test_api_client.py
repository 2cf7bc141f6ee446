"""The typed client as an engineer's script uses it, against the real API."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import islice

import pytest
from andon_client import Andon, AndonError
from andon_platform.data.port import Batch, Quarantined
from support.api_stack import PRESS, Api, MachineOnTheWire, now_us
from support.waiting import until


def in_a_script(api: Api, role: str, work: Callable[[Andon], None]) -> None:
    with Andon(api.url, api.token(role)) as andon:  # type: ignore[arg-type]
        work(andon)


async def test_a_script_asks_and_is_answered_in_types(api: Api, press: MachineOnTheWire) -> None:
    held = [Quarantined(f"q{n}", now_us(), f"andon/v1/{PRESS}/event", b"{", "malformed-json", "at 1") for n in range(5)]
    await api.store.write(Batch(quarantined=held))
    await press.measures(hydraulic_pressure=181.5)
    await until(lambda: api.services.hub.latest.get(PRESS), what="the value")

    def questions(andon: Andon) -> None:
        machine = andon.machine(PRESS)
        assert machine.type == "sheet-metal-press" and machine.signals[0].unit == "bar"
        assert [m.id for m in andon.machines(place="polaris/north", state="idle")] == [PRESS]
        signal = andon.signals(PRESS, q="pressure")[0]
        assert (signal.machine, signal.name, signal.maximum) == (PRESS, "hydraulic_pressure", 250)
        assert [h.what for h in andon.history(PRESS)] == ["birth"]
        assert andon.latest([PRESS])[PRESS]["hydraulic_pressure"].value == 181.5
        assert andon.states(machine=[PRESS]) == andon.states(PRESS)
        assert andon.get("/counts", machine=[PRESS])["good"] == 0
        pages, page = [], andon.quarantine(limit=2)
        while pages.append([q.id for q in page.messages]) or page.next:
            page = andon.quarantine(limit=2, before=page.next)
        assert [len(ids) for ids in pages] == [2, 2, 1] and andon.replay(pages[0][0]).stored
        types = [frame["type"] for frame in islice(andon.live(machine=[PRESS]), 2)]
        assert types == ["hello", "machine"]
        with pytest.raises(AndonError) as refused:
            next(andon.live(kinds=["nothing"]))
        assert refused.value.status == 400 and "nothing" in refused.value.detail

    await asyncio.to_thread(in_a_script, api, "engineer", questions)

    answering = asyncio.create_task(press.answer("refused", "the guard is open"))

    def orders(andon: Andon) -> None:
        said = andon.command(PRESS, "stop", reason="lunch")
        assert (said.status, said.text) == ("refused", "the guard is open")
        entry = andon.commands(PRESS)[0]
        assert (entry.command, entry.arguments, entry.status) == ("stop", {"reason": "lunch"}, "refused")
        assert entry.issued_by == "operator:tester" and andon.commands(before=entry.t) == []

    await asyncio.to_thread(in_a_script, api, "operator", orders)
    await answering
