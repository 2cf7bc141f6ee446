"""The Alarms page in a real browser: what needs somebody, what people do about it, and what the stream says of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from support.fake_api import FakePlatform
from support.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
LINE = "polaris/north/cabinets/cabinets-1"
FOAM = f"{LINE}/foam-2:head-pressure-low"
HEATER = f"{LINE}/thermo-1:heater-3"
CHILLER = "polaris/north/utilities/supply/chiller-1:bearing"
EOL = "polaris/north/assembly/assembly-1/eol-1:door-sensor"
Open = Callable[..., Any]


@pytest.fixture
def busy(fake: FakePlatform) -> FakePlatform:
    """The shipped plant with an alarm in every state."""
    fake.book.many()
    return fake


async def listed(visit: Open, path: str = "/alarms", width: int = 1920, height: int = 1080, **how: Any) -> Any:
    page = await visit(path, width, height, **how)
    await page.locator(".rows li").first.wait_for()
    await page.locator(".live.live").wait_for()
    return page


def row(page: Any, id: str) -> Any:
    return page.locator(".rows li", has=page.locator(f'.open[data-id="{id}"]'))


async def test_what_needs_somebody_comes_first(visit: Open, busy: FakePlatform) -> None:
    page = await listed(visit)
    assert await page.locator("h1").inner_text() == "5 alarms need somebody"
    sections = await page.locator(".rows section").evaluate_all("(all) => all.map((s) => s.dataset.state)")
    assert sections == ["unacknowledged", "returned", "acknowledged", "shelved", "out-of-service"]
    first = page.locator(".rows li").first
    assert "Foaming head pressure low: 92 of 140 bar" in await first.inner_text()
    assert await first.locator(".lamp").get_attribute("aria-label") == "critical, unacknowledged"
    assert await page.locator(".rail andon-count").inner_text() == "5"
    label = await page.locator('.rail a[href="/alarms"]').get_attribute("aria-label")
    assert label == "Alarms, 5 unacknowledged alarms"
    assert await page.locator(".rows .tag").all_inner_texts() == ["detector"]


async def test_one_is_acknowledged_and_moves_down(visit: Open, busy: FakePlatform) -> None:
    page = await listed(visit)
    await row(page, FOAM).locator(".ack").click()
    await page.locator("section[data-state=acknowledged] li", has_text="Foaming head pressure").wait_for()
    assert busy.book.alarms[FOAM].acknowledged_by == "engineer:maria"
    await page.locator('.rail andon-count:text-is("4")').wait_for()


async def test_several_are_acknowledged_at_once_and_a_refusal_is_said(visit: Open, busy: FakePlatform) -> None:
    page = await listed(visit)
    await page.get_by_label("Choose all 5").check()
    await page.get_by_label("Choose: Feeder empty").uncheck()
    await page.get_by_role("button", name="Acknowledge 4").click()
    await page.get_by_text("4 acknowledged.").wait_for()
    assert await page.locator("section[data-state=unacknowledged]").count() == 0
    busy.book.refuse = "press-1:feeder: nothing to acknowledge, operator:jonas acknowledged it"
    await row(page, f"{LINE}/press-1:feeder").locator(".ack").click()
    await page.locator(".bulk .answer.bad", has_text="operator:jonas acknowledged it").wait_for()


async def test_only_an_unacknowledged_critical_alarm_blinks(visit: Open, busy: FakePlatform) -> None:
    page = await listed(visit)
    blinking = """() => [...document.querySelectorAll('*')].filter((e) => getComputedStyle(e).animationName === 'shout')
      .map((e) => e.tagName.toLowerCase())"""
    assert sorted(await page.evaluate(blinking)) == ["andon-count", "svg"]
    await row(page, FOAM).locator(".ack").click()
    await page.locator("section[data-state=acknowledged] li", has_text="Foaming head pressure").wait_for()
    await page.wait_for_function(f"() => !({blinking})().length")


async def test_who_wants_less_motion_sees_none(visit: Open, busy: FakePlatform) -> None:
    page = await listed(visit, reduced_motion="reduce")
    shown = await page.locator(".rows .shouts").first.evaluate("(e) => getComputedStyle(e).animationName")
    assert shown == "none"


async def test_the_stream_brings_an_alarm_and_takes_it_away(visit: Open, fake: FakePlatform) -> None:
    page = await listed(visit)
    id = fake.book.said(f"{LINE}/press-1", "oil-hot", True, "warning", "Oil 71 °C, limit 65")
    await row(page, id).wait_for()
    fake.book.change(id, lambda a, t: a.acknowledge(t, "operator:jonas"), "acknowledged", "operator:jonas")
    await page.locator("section[data-state=acknowledged] li", has_text="Oil 71").wait_for()
    fake.book.said(f"{LINE}/press-1", "oil-hot", False, "warning")
    await row(page, id).wait_for(state="detached")


async def test_what_happened_while_the_stream_was_broken_is_there_when_it_comes_back(
    visit: Open, fake: FakePlatform
) -> None:
    page = await listed(visit)
    fake.refuse_stream = True
    await fake.drop()
    await page.locator(".live.broken").wait_for()
    id = fake.book.said(f"{LINE}/press-1", "oil-hot", True, "warning", "Oil 71 °C, limit 65")
    fake.refuse_stream = False
    await row(page, id).wait_for()


async def test_an_alarm_is_shelved_with_a_time_and_a_reason(visit: Open, busy: FakePlatform) -> None:
    page = await listed(visit)
    await row(page, CHILLER).locator(".open").click()
    detail = page.locator(".detail")
    await detail.get_by_role("button", name="Shelve", exact=True).click()
    await detail.get_by_label("4 h").check()
    # without a reason nothing happens
    await detail.locator("form button.main").click()
    assert not busy.book.alarms[CHILLER].shelved_until
    await detail.get_by_label("Why").fill("bearing comes on Monday")
    await detail.locator("form button.main").click()
    await page.locator("section[data-state=shelved] li", has_text="Bearing vibration").wait_for()
    entry = busy.book.log[-1]
    assert (entry.what, entry.by, entry.text) == ("shelved", "engineer:maria", "4h, bearing comes on Monday")
    await detail.locator(".history li", has_text="4\u2009h, bearing comes on Monday").wait_for()
    # what was done is said until something else is begun
    await detail.get_by_text("It comes back by itself").wait_for()
    await detail.get_by_role("button", name="Comment").click()
    await detail.get_by_text("It comes back by itself").wait_for(state="detached")
    await detail.get_by_role("button", name="Cancel").click()
    await detail.get_by_role("button", name="Take from the shelf").click()
    await page.locator("section[data-state=unacknowledged] li", has_text="Bearing vibration").wait_for()


async def test_a_comment_and_the_history_of_an_alarm(visit: Open, busy: FakePlatform) -> None:
    page = await listed(visit)
    await row(page, HEATER).locator(".open").click()
    history = page.locator(".detail .history li")
    await history.filter(has_text="New heater is ordered").wait_for()
    assert "jonas, operator has seen it" in await page.locator(".detail").inner_text()
    await page.locator(".detail").get_by_role("button", name="Comment").click()
    await page.get_by_label("For those who come after").fill("heater is in")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await history.first.filter(has_text="heater is in").wait_for()
    assert [e.what for e in busy.book.log if e.code == "heater-3"] == ["came", "acknowledged", "comment", "comment"]


async def test_who_signed_in_by_a_link_is_named_once_and_told_from_others(visit: Open, busy: FakePlatform) -> None:
    busy.book.change(HEATER, lambda a, _: a, "comment", "admin:admin-e3fa-1", "fuse 3 is good")
    page = await listed(visit, f"/alarms?id={HEATER}")
    said = page.locator(".detail .history li", has_text="fuse 3 is good")
    assert await said.locator(".q").inner_text() == "Admin e3fa-1"
    assert await page.locator(".history li", has_text="acknowledged").locator(".q").inner_text() == "jonas, operator"


async def test_out_of_service_and_back(visit: Open, busy: FakePlatform) -> None:
    page = await listed(visit, f"/alarms?id={EOL}")
    detail = page.locator(".detail")
    await detail.get_by_role("button", name="Return to service").click()
    await detail.get_by_label("What was done").fill("new sensor")
    await detail.locator("form button.main").click()
    await page.locator("section[data-state=unacknowledged] li", has_text="Door sensor").wait_for()
    await detail.get_by_role("button", name="Take out of service").wait_for()
    assert busy.book.log[-1].what == "returned-to-service"


@pytest.mark.parametrize(("role", "said"), [("viewer", "takes an operator"), ("operator", "takes an engineer")])
async def test_what_a_role_may_not_is_off_and_says_who_may(
    visit: Open, busy: FakePlatform, role: str, said: str
) -> None:
    busy.role = role
    page = await listed(visit)
    may = role == "operator"
    assert await row(page, FOAM).locator(".ack").is_enabled() == may
    assert (await page.locator(".rows input[type=checkbox]").count() > 0) == may
    await row(page, FOAM).locator(".open").click()
    assert said in await page.locator(".detail .why").inner_text()
    assert await page.locator(".detail [data-do=comment]").is_enabled() == may
    assert await page.locator(".detail [data-do=service]").is_disabled()


async def test_filtered_by_state_machine_and_words_and_kept_in_the_address(visit: Open, busy: FakePlatform) -> None:
    page = await listed(visit)
    await page.get_by_role("button", name="Over, unseen 2").click()
    await until_rows(page, 2)
    await page.get_by_role("searchbox").fill("booth")
    await until_rows(page, 1)
    await page.reload()
    await until_rows(page, 1)
    assert "state=returned" in page.url
    await page.get_by_role("searchbox").fill("nothing like this")
    await page.get_by_text("No alarm matches.").wait_for()
    await page.get_by_role("searchbox").fill("")
    await page.get_by_role("button", name="All 8").click()
    await page.locator("select[name=machine]").select_option(f"{LINE}/press-1")
    await until_rows(page, 1)
    assert "Feeder empty" in await page.locator(".rows").inner_text()


async def until_rows(page: Any, count: int) -> None:
    await page.wait_for_function("(n) => document.querySelectorAll('.rows li').length === n", arg=count)


async def test_from_the_keyboard(visit: Open, busy: FakePlatform) -> None:
    page = await listed(visit)
    assert await page.evaluate("document.activeElement === document.body")
    await page.keyboard.press("ArrowDown")  # who has not been anywhere yet begins at the first
    assert "Foaming head pressure low" in await page.evaluate("document.activeElement.innerText")
    await page.keyboard.press("ArrowDown")
    assert "Charge: unusual" in await page.evaluate("document.activeElement.innerText")
    await page.keyboard.press("a")
    await page.locator("section[data-state=acknowledged] li", has_text="Charge: unusual").wait_for()
    # the focus stays in the list, on the alarm that moved
    assert "Charge: unusual" in await page.evaluate("document.activeElement.innerText")
    await page.keyboard.press("Home")
    await page.keyboard.press("Enter")
    await page.locator(".detail h2", has_text="Foaming head pressure low").wait_for()
    assert await page.evaluate("document.activeElement.className") == "btn close"
    await page.keyboard.press("Escape")
    await page.locator(".detail").wait_for(state="hidden")
    assert "Foaming head" in await page.evaluate("document.activeElement.innerText")


async def test_on_a_phone_with_gloves(visit: Open, busy: FakePlatform) -> None:
    page = await listed(visit, width=390, height=844)
    assert await page.evaluate("document.documentElement.scrollWidth") == 390
    sizes = await page.locator(".rows .ack, .rows .open, .chip, .rail a:visible").evaluate_all(
        "(all) => all.map((e) => e.getBoundingClientRect()).filter((b) => b.width).map((b) => b.height)"
    )
    assert min(sizes) >= 44
    # what one searches for and among which machines is read to its end
    for field in (page.get_by_role("searchbox"), page.get_by_role("combobox", name="Machine")):
        box = await field.bounding_box()
        assert box["width"] > 300 and box["height"] >= 48
    await row(page, FOAM).locator(".open").click()
    box = await page.locator(".detail").bounding_box()
    assert (box["x"], box["width"], box["height"]) == (0, 390, 844)
    await page.locator(".detail [data-do=acknowledge]").click()
    await page.locator(".detail", has_text="maria, engineer has seen it").wait_for()
    await page.get_by_role("button", name="Close").click()
    await page.locator("section[data-state=acknowledged] li", has_text="Foaming head pressure").wait_for()


async def test_how_much_the_alarms_ask_of_people(visit: Open, busy: FakePlatform) -> None:
    page = await listed(visit)
    card = page.locator("andon-measures")
    await card.locator("dl .over", has_text="Chattering").wait_for()
    text = await card.inner_text()
    assert "2.5" in text
    assert "press-1: Feeder" in text
    assert "By priority" in text and "aim: about 80" in text
    assert await card.locator("svg rect").count() > 3
    # a link leads to an alarm that is not in the list any more
    busy.book.change(f"{LINE}/press-1:feeder", lambda a, t: a.acknowledge(t, "x"), "acknowledged", "operator:jonas")
    await row(page, f"{LINE}/press-1:feeder").wait_for(state="detached")
    await card.locator(".named a", has_text="press-1: Feeder").first.click()
    await page.locator(".detail", has_text="Normal: it is over").wait_for()


async def test_a_plant_without_alarms_says_so(visit: Open, fake: FakePlatform) -> None:
    fake.book.alarms.clear()
    page = await visit("/alarms")
    await page.get_by_role("heading", name="All is normal").wait_for()
    assert await page.locator("h1").inner_text() == "Nothing needs you"
    assert await page.locator(".rail andon-count").is_hidden()


async def test_a_book_that_cannot_be_read_is_said_and_read_again(visit: Open, fake: FakePlatform) -> None:
    fake.book.away = True
    page = await visit("/alarms")
    await page.get_by_text("The registry's database does not answer").wait_for()
    fake.book.away = False
    await page.locator(".rows li").first.wait_for()


async def test_words_of_a_machine_are_words_and_no_markup(visit: Open, fake: FakePlatform) -> None:
    page = await listed(visit)
    id = fake.book.said(f"{LINE}/press-1", "odd", True, "warning", '<img src=x onerror=alert(1)> & "more"')
    await row(page, id).locator(".open").click()
    assert await page.locator(".rows img, .detail img").count() == 0
    assert "<img src=x" in await page.locator(".detail h2").inner_text()


# --- on the Floor and on a machine's page ---------------------------------------------------------------------


async def test_on_the_floor_an_acknowledged_alarm_stops_shouting(visit: Open, fake: FakePlatform) -> None:
    page = await visit("/")
    worst = page.locator(".worst")
    await page.locator(".worst.down .lamp.shouts").wait_for()
    await page.locator(f'.tile[data-machine="{LINE}/foam-2"] .lampbox.shouts').wait_for()
    await worst.get_by_role("button", name="Acknowledge").click()
    await page.locator(".worst.seen", has_text="maria, engineer has seen it").wait_for()
    await page.locator(".shouts").first.wait_for(state="detached")
    assert fake.book.alarms[FOAM].acknowledged


async def test_on_the_floor_a_shelved_alarm_is_silent_and_comes_back(visit: Open, fake: FakePlatform) -> None:
    id = fake.book.said("polaris/north/utilities/supply/chiller-1", "bearing", True, "warning", "Bearing warm")
    page = await visit("/")
    await page.locator(".others", has_text="chiller-1 warns").wait_for()
    await page.locator(".live.live").wait_for()
    fake.book.change(id, lambda a, t: a.shelve(t, t + 60_000_000), "shelved", "operator:jonas")
    await page.locator(".others", has_text="chiller-1 warns").wait_for(state="detached")
    fake.book.change(id, lambda a, t: a.unshelve(t), "unshelved", "operator:jonas")
    await page.locator(".others", has_text="chiller-1 warns").wait_for()


async def test_a_button_under_a_finger_stays_while_the_seconds_go(visit: Open, fake: FakePlatform) -> None:
    page = await visit("/")
    button = page.locator(".worst .act button")
    await button.wait_for()
    await button.evaluate("(e) => { e.kept = true }")
    fake.set_state(f"{LINE}/foam-2", "down", "Foaming head pressure low", 12)
    await page.locator(".worst .since", has_text="s").wait_for()
    await page.locator(".worst .since", has_text="14").wait_for()
    assert await button.evaluate("(e) => e.kept")


async def test_a_machines_page_has_its_alarms_and_the_rail_counts_all(visit: Open, busy: FakePlatform) -> None:
    page = await visit(f"/machine/{LINE}/foam-2")
    card = page.locator("andon-machine .alarms")
    await card.locator("li", has_text="Foaming head pressure low").wait_for()
    assert await card.locator("li").count() == 1
    await page.locator('.rail andon-count:text-is("5")').wait_for()
    # another machine's alarm, of which this page's stream says nothing, is counted too
    await until(lambda: any(kinds == {"alarm"} for kinds in busy.wanted.values()), what="the stream of alarms")
    busy.book.said(f"{LINE}/bend-1", "jam", True, "critical", "Sheet is stuck")
    await page.locator('.rail andon-count:text-is("6")').wait_for()
    assert await card.locator("li").count() == 1
    await card.get_by_role("button", name="Acknowledge").click()
    await card.locator("li.acknowledged").wait_for()
