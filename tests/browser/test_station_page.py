"""The Station in a real browser: one thumb, gloves, no connection; and what others see of it at once."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

import pytest
from support.fake_api import FakePlatform
from support.fake_plant import SECOND
from support.fake_station import LINE2
from support.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
PACK = f"{LINE2}/pack-1"
FOAM = "polaris/north/cabinets/cabinets-1/foam-2"
PHONE: dict[str, Any] = {"width": 390, "height": 844, "is_mobile": True, "has_touch": True}
Open = Callable[..., Any]
#: What a thumb in a glove is meant to hit.
_TARGETS = """() => [...document.querySelectorAll('andon-station button:not(.btn):not(.entry), andon-station .go,'
  + ' andon-station .place, andon-station .other, .sheet button, .sheet input[type=text], .sheet textarea, .pick,'
  + ' .toast button')].filter((e) => e.offsetParent || e.closest('dialog')).map((e) => e.getBoundingClientRect())
  .filter((b) => b.width && (b.height < 64 || b.width < 64)).map((b) => [b.x, b.y, b.width, b.height])"""
_WIDE = "() => document.documentElement.scrollWidth - innerWidth"


async def at(visit: Open, fake: FakePlatform, path: str = PACK, *, name: str = "Maria", role: str = "operator",
             **size: Any) -> Any:  # fmt: skip
    """The Station of a machine, with somebody's name already on the device."""
    fake.role = role
    page = await visit(f"/station/{path}", **(size or PHONE))
    await page.evaluate("(name) => localStorage.setItem('andon.station.name', name)", name)
    await page.locator(".cords button").nth(3).wait_for()
    return page


async def test_one_chooses_where_one_stands_and_is_remembered(visit: Open, fake: FakePlatform) -> None:
    fake.role = "operator"
    page = await visit("/station", **PHONE)
    await page.get_by_role("heading", name="Where do you stand?").wait_for()
    assert await page.locator(".place").count() == 14, "recordings have no station"
    assert await page.evaluate(_TARGETS) == []
    await page.locator(f'.place[href="/station/{PACK}"]').click()
    await page.get_by_role("heading", name="pack-1").wait_for()
    await page.locator(".other").click()
    await page.locator(f'.place[href="/station/{PACK}"][aria-current]').wait_for()


@pytest.mark.parametrize(("width", "height"), [(390, 844), (820, 1180), (360, 740), (1366, 768)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_target_is_for_a_glove_and_nothing_overflows(
    visit: Open, fake: FakePlatform, width: int, height: int, scheme: str
) -> None:
    fake.station.call(FOAM, "safety", fake.now() - 70 * SECOND)
    page = await at(visit, fake, FOAM, width=width, height=height, color_scheme=scheme)
    await page.locator(".cordcall.safety").wait_for()
    await page.locator("andon-station .ask").wait_for()
    assert await page.evaluate(_TARGETS) == []
    assert await page.evaluate(_WIDE) <= 0
    for open_ in ("[data-act=scrap]", "[data-act=miss]", "[data-act=hand]", "[data-act=clock]", "andon-station .ask"):
        await page.locator(open_).first.click()
        await page.locator(".sheet").wait_for()
        assert await page.evaluate(_TARGETS) == [], open_
        assert await page.evaluate(_WIDE) <= 0, open_
        await page.locator(".sheet .x").click()
        await page.locator(".sheet").wait_for(state="detached")


async def test_a_cord_pulled_on_a_phone_shows_on_the_floor_with_its_running_time(
    visit: Open, fake: FakePlatform
) -> None:
    page = await at(visit, fake)
    floor = await visit("/")
    await floor.locator(".live.live").wait_for()
    await page.locator("[data-kind=material]").click()
    tile = floor.locator(f'.tile[data-machine="{PACK}"]')
    await tile.locator(".called.open", has_text=re.compile(r"Material \d:\d\d")).wait_for()
    assert "Material" in (await tile.get_attribute("aria-label"))
    assert fake.station.asked[0][1]["name"] == "Maria"
    row = page.locator(".cordcall.open")
    await row.locator(".run", has_text=re.compile(r"^\d:\d\d$")).wait_for()
    # pulled is pulled: the same button calls nobody twice
    await page.locator("[data-kind=material].pulled").click(force=True)
    machine = await visit(f"/machine/{PACK}")
    await machine.locator(".head .called", has_text="Material called").wait_for()
    await row.get_by_role("button", name="I am here").click()
    await page.locator(".cordcall.answered", has_text="Maria came after").wait_for()
    await tile.locator(".called.answered", has_text="Material came in").wait_for()
    await page.get_by_role("button", name="Solved").click()
    await page.get_by_role("button", name="Just solved").click()
    await page.locator(".cordcall").wait_for(state="detached")
    await tile.locator(".called").wait_for(state="detached")
    await machine.locator(".head .calls").wait_for(state="hidden")
    assert [path for path, _ in fake.station.asked] == ["calls", "calls/answer", "calls/resolve"]


async def test_a_call_that_was_pulled_before_is_there_when_the_page_opens(visit: Open, fake: FakePlatform) -> None:
    fake.station.call(PACK, "maintenance", fake.now() - 125 * SECOND, "Tom (operator:b)")
    floor = await visit("/")
    await floor.locator(f'.tile[data-machine="{PACK}"] .called', has_text=re.compile(r"Maintenance 2:\d\d")).wait_for()
    page = await at(visit, fake)
    await page.locator(".cordcall .run", has_text=re.compile(r"2:\d\d")).wait_for()


async def test_what_is_called_while_the_page_still_asks_for_calls_stays(visit: Open, fake: FakePlatform) -> None:
    floor = await visit("/")
    await floor.locator(".live.live").wait_for()
    tile = floor.locator(f'.tile[data-machine="{PACK}"]')
    streams = set(fake.sockets)
    asked, answer = asyncio.Event(), asyncio.Event()

    async def slow(route: Any) -> None:
        before = await route.fetch()  # nobody has called yet
        if set(fake.sockets) - streams:
            asked.set()
            await answer.wait()
        await route.fulfill(response=before)

    await floor.route("**/api/v1/station/calls", slow)
    await fake.drop()  # who hears again asks again
    await asyncio.wait_for(asked.wait(), 20)
    fake.send({"type": "call", "call": fake.station.call(PACK, "material", fake.now())})
    await tile.locator(".called.material").wait_for()
    async with floor.expect_response("**/api/v1/station/calls"):
        answer.set()
    # the next call is drawn after what that answer changed
    safety = fake.station.call(PACK, "safety", fake.now())
    fake.send({"type": "call", "call": safety})
    await tile.locator(".called.safety").wait_for()
    fake.send({"type": "call", "call": safety | {"state": "resolved"}})
    await tile.locator(".called.material").wait_for()


async def test_why_it_stands_is_said_with_one_touch_or_in_own_words(visit: Open, fake: FakePlatform) -> None:
    page = await at(visit, fake, FOAM)
    row = page.locator("andon-station .ask.asks")
    await row.filter(has_text="Down for").click()
    await page.get_by_role("button", name="Tool worn or broken").click()
    await page.locator(".ask.given", has_text="Tool worn or broken").wait_for()
    assert fake.station.asked[-1][1]["code"] == "tool-worn-or-broken"
    await page.locator(".ask.given").click()
    await page.locator(".sheet .own input").fill("Hose came off")
    await page.locator(".sheet .own button").click()
    await page.locator(".ask.given", has_text="Hose came off").wait_for()
    assert fake.station.asked[-1][1]["reason"] == "Hose came off"
    fake.set_state(FOAM, "producing")
    await page.locator(".here.producing").wait_for()
    for state, asked in (("setup", "Why the setup?"), ("starved", "Why was it starved?")):
        fake.set_state(FOAM, state)
        await page.locator(f".ask.asks.{state}").first.click()
        await page.locator(".sheet").get_by_role("heading", name=asked).wait_for()
        await page.locator(".sheet .x").click()


async def test_what_a_machine_explains_is_not_asked(visit: Open, fake: FakePlatform) -> None:
    """A changeover and a break say what they are; a failure says what failed, and not why."""
    for i, (state, own) in enumerate((("setup", "Changeover"), ("planned", "Break"), ("planned", ""))):
        start = fake.now() - (i + 1) * 3600 * SECOND
        fake.station.stops.append({"machine": PACK, "state": state, "start": start, "stop": start + 900 * SECOND,
                                   "plant_s": 900.0, "own": own, "given": None})  # fmt: skip
    page = await at(visit, fake, PACK)
    asked = page.locator("andon-station .stops .ask.asks")
    await asked.first.wait_for()
    assert [(await asked.nth(i).inner_text())[:14] for i in range(await asked.count())] == ["Planned stop 1"]
    fake.set_state(PACK, "setup", "Changeover", seconds=240)
    said = page.locator("andon-station .stops .ask.given")
    await said.filter(has_text="Changeover").wait_for()
    assert "since" in await said.inner_text() and "Why?" not in await said.inner_text()
    # who knows better says so
    await said.click()
    await page.get_by_role("button", name="Adjustment after change").click()
    await page.locator(".ask.given", has_text="Adjustment after change").wait_for()


async def test_a_machines_name_stands_on_one_line_of_a_phone(visit: Open, fake: FakePlatform) -> None:
    page = await at(visit, fake, "polaris/north/assembly/assembly-1/assembly-2")
    assert (await page.locator(".here h1").bounding_box())["height"] < 40


async def test_scrap_is_booked_for_this_unit_and_taken_back_at_once(visit: Open, fake: FakePlatform) -> None:
    page = await at(visit, fake)
    floor = await visit("/")
    await floor.locator("[data-figure=scrap]", has_text="5 pieces").wait_for()
    await page.locator("[data-act=scrap]").click()
    await page.get_by_role("button", name="Scratch or dent").click()
    toast = page.locator(".toast", has_text="Scrap: 1 piece, Scratch or dent")
    await toast.wait_for()
    path, body = fake.station.asked[-1]
    assert (path, body["unit"], body["pieces"]) == ("scrap", "RF-2611-0452", 1)
    await floor.locator("[data-figure=scrap]", has_text="6 pieces").wait_for()
    await toast.get_by_role("button", name="Take back").click()
    await until(lambda: fake.station.asked[-1][0] == "scrap/undo", what="taking back")
    await page.locator("[data-act=scrap]").click()
    await page.locator(".booked em", has_text="taken back").wait_for()
    await page.get_by_role("button", name="The last good ones").click()
    await page.get_by_role("button", name="One more").click()
    await page.get_by_role("button", name="Leaks").click()
    await page.locator(".toast", has_text="2 pieces, Leaks").wait_for()
    assert (fake.station.asked[-1][1]["unit"], fake.station.asked[-1][1]["pieces"]) == ("", 2)


async def test_what_is_done_without_a_connection_is_kept_and_sent_once(visit: Open, fake: FakePlatform) -> None:
    page = await at(visit, fake)
    await page.context.set_offline(True)
    before = fake.now()
    await page.locator("[data-kind=quality]").click()
    box = page.locator(".outbox", has_text="No connection")
    await box.filter(has_text="1 action waits").wait_for()
    assert "Call Quality to pack-1" in await box.inner_text()
    assert fake.station.asked == []
    # the phone is put away and the page opened again: it still waits
    await page.context.set_offline(False)
    await page.locator(".cordcall.open").wait_for()
    path, body = fake.station.asked[0]
    assert (path, body["kind"]) == ("calls", "quality")
    assert before - 5 * SECOND < body["t"] <= fake.now(), "the time at which it was pulled"
    await page.locator(".outbox").wait_for(state="hidden")
    assert len({b["key"] for _, b in fake.station.asked}) == 1
    assert len(fake.station.calls) == 1


async def test_what_waits_outlives_the_page(visit: Open, fake: FakePlatform) -> None:
    page = await at(visit, fake)
    fake.away = True
    await page.locator("[data-kind=safety]").click()
    await page.locator(".outbox", has_text="1 action waits").wait_for()
    await page.goto("about:blank")
    fake.away = False
    await page.go_back()
    await page.locator(".cordcall.safety").wait_for()
    assert [b["kind"] for _, b in fake.station.asked] == ["safety"]


async def test_what_the_api_refuses_is_said_and_not_sent_again(visit: Open, fake: FakePlatform) -> None:
    page = await at(visit, fake)
    fake.station.refuse["/station/scrap"] = "pack-1 has made 0 good pieces lately"
    await page.locator("[data-act=scrap]").click()
    await page.get_by_role("button", name="Leaks").click()
    await page.locator(".toast.bad", has_text="Pack-1 has made 0 good pieces").wait_for()
    # kept while nobody was there, refused when it was sent: it stands until somebody has seen it
    fake.away = True
    await page.locator("[data-act=scrap]").click()
    await page.locator(".sheet .own input").fill("Odd smell")
    await page.locator(".sheet .own button").click()
    await page.locator(".outbox", has_text="1 action waits").wait_for()
    fake.away = False
    refused = page.locator(".outbox", has_text="Not done: Scrap: 1 piece, Odd smell")
    await refused.wait_for()
    await refused.get_by_role("button", name="Close").click()
    await page.locator(".outbox").wait_for(state="hidden")


async def test_the_instruction_is_ticked_off_and_begins_anew_with_the_next_unit(
    visit: Open, fake: FakePlatform
) -> None:
    page = await at(visit, fake)
    await page.get_by_role("heading", name="Pack a unit").wait_for()
    assert await page.locator(".work .unit").inner_text() == "RF-2611-0452"
    steps = page.locator(".steps button")
    assert await steps.count() == 6
    await steps.nth(1).click()
    await page.locator(".steps [aria-pressed=true]", has_text="shelves").wait_for()
    view = fake.machines[PACK]
    view["unit"] = "RF-2611-0453"
    fake.set_state(PACK, "producing")
    await page.locator(".work .unit", has_text="0453").wait_for()
    assert await page.locator(".steps [aria-pressed=true]").count() == 0


async def test_a_near_miss_reaches_the_engineers_desk_and_is_closed(visit: Open, fake: FakePlatform) -> None:
    page = await at(visit, fake)
    await page.locator("[data-act=miss]").click()
    await page.locator("[name=what]").fill("Slipped on oil")
    await page.locator(".pick", has_text="Injury").click()
    await page.locator(".sheet .go").click()
    await page.locator(".toast", has_text="Thank you").wait_for()
    assert fake.station.misses[0]["worst"] == "injury"
    assert await page.locator("andon-desk").count() == 0, "an operator has no desk"
    desk = await at(visit, fake, role="engineer", width=1920, height=1080)
    await desk.locator("[data-part=misses]", has_text="Slipped on oil").wait_for()
    await desk.get_by_role("button", name="Take it up").click()
    await desk.locator("[data-part=misses]").get_by_role("button", name="Close").click()
    await desk.locator(".sheet input").fill("Tray below the valve")
    await desk.locator(".sheet .go").click()
    await desk.locator("[data-part=misses] .closed", has_text="Tray below the valve").wait_for()
    await desk.locator("[data-part=calls]", has_text="median 1:34, 95 % within 4:11").wait_for()
    await desk.locator("[data-part=labour]", has_text="15 min a good piece").wait_for()


async def test_what_was_typed_is_not_lost_beside_the_sheet_nor_with_a_refusal(visit: Open, fake: FakePlatform) -> None:
    page = await at(visit, fake)
    text = "The coil slipped off its hook"
    await page.locator("[data-act=miss]").click()
    await page.locator("[name=what]").fill(text)
    await page.locator(".pick", has_text="Injury").click()
    await page.touchscreen.tap(195, 20)  # beside the sheet, as a glove does
    await page.locator(".sheet").wait_for(state="detached")
    fake.station.refuse["/station/near-misses"] = "not now"
    for _ in ("closed", "refused"):
        await page.locator("[data-act=miss]").click()
        assert await page.locator("[name=what]").input_value() == text
        assert await page.get_by_role("radio", name="Injury").is_checked()
        await page.locator(".sheet .go").click()
        await page.locator(".sheet").wait_for(state="detached")
        await page.locator(".toast").wait_for()
    await page.locator("[data-act=hand]").click()
    await page.locator("[name=notes]").fill("Hose leaks")
    await page.keyboard.press("Escape")
    await page.locator("[data-act=hand]").click()
    assert await page.locator("[name=notes]").input_value() == "Hose leaks"
    await page.locator(".sheet .go").click()
    await page.locator(".toast", has_text="Signed").wait_for()
    await page.locator("[data-act=hand]").click()
    assert await page.locator("[name=notes]").input_value() == "", "what was sent is not there again"


async def test_a_shift_is_signed_by_one_and_accepted_by_the_other(visit: Open, fake: FakePlatform) -> None:
    page = await at(visit, fake)
    await page.locator("[data-act=hand]").click()
    await page.locator(".sheet .facts", has_text="of 121 due").wait_for()
    assert "Test plug burnt" in await page.locator(".sheet").inner_text()
    await page.locator("[name=notes]").fill("New film roll at 15:00")
    await page.get_by_role("button", name="Sign and hand over").click()
    await page.locator(".toast", has_text="Signed").wait_for()
    other = await at(visit, fake, name="Tom")
    await other.locator(".wait", has_text="Maria hands over: Early shift, 27 Nov").wait_for()
    await other.get_by_role("button", name="Read and accept").click()
    assert await other.locator(".sheet blockquote").inner_text() == "New film roll at 15:00"
    await other.get_by_role("button", name="I have read it, I take over").click()
    await other.locator(".wait").wait_for(state="hidden")
    assert fake.station.handovers[0]["came_by"].startswith("Tom")


async def test_who_has_said_no_name_is_asked_before_the_clock_runs(visit: Open, fake: FakePlatform) -> None:
    page = await at(visit, fake, name="")
    await page.locator("[data-act=clock]").click()
    await page.locator(".sheet [name=name]").fill("Maria")
    await page.locator(".sheet .go").click()
    await page.get_by_role("button", name="On all of Line 2").click()
    await page.locator("[data-act=clock]", has_text="Clock off").wait_for()
    assert fake.station.people[0]["place"] == LINE2
    await page.locator("[data-act=clock]").click()
    await page.locator("[data-act=clock]", has_text="Clock on").wait_for()
    assert fake.station.people == []


async def test_who_only_looks_cannot_act_and_the_bar_of_a_phone_holds_five(visit: Open, fake: FakePlatform) -> None:
    page = await at(visit, fake, role="viewer")
    await page.get_by_text("Your role may look here").wait_for()
    assert await page.locator(".cords button:not([disabled]), .acts button:not([disabled])").count() == 0
    rail = "[...document.querySelectorAll('.rail a:not(.mark)')]"
    shown = f"() => {rail}.filter((a) => a.offsetWidth).map((a) => a.pathname)"
    assert len(await page.evaluate(shown)) <= 5
    assert "/station" not in await page.evaluate(shown)
    page = await at(visit, fake)
    assert len(await page.evaluate(shown)) <= 5
    assert "/station" in await page.evaluate(shown)


async def test_an_unknown_machine_says_where_to_go_on(visit: Open, fake: FakePlatform) -> None:
    fake.role = "operator"
    page = await visit("/station/polaris/north/assembly/assembly-1/nix-1", **PHONE)
    await page.get_by_role("heading", name="There is no machine").wait_for()
    await page.get_by_role("link", name="Where do you stand?").click()
    await page.locator(".place").first.wait_for()
