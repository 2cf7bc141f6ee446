"""The OEE of another time than the running shift: asked for, kept in the address, and followed by all of the card."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from support import fake_analysis
from support.fake_api import FakePlatform
from support.fake_plant import SECOND
from support.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
LINE = "polaris/north/cabinets/cabinets-1"
PRESS = f"/machine/{LINE}/press-1"
DAY = 86_400 * SECOND
Open = Callable[..., Any]


async def card_of(page: Any) -> Any:
    card = page.locator("andon-oee")
    await card.scroll_into_view_if_needed()
    await card.locator("[data-kpi=oee] b").wait_for()
    return card


def asked(fake: FakePlatform) -> dict[str, str]:
    """What /oee was asked last."""
    return [q for q in fake.analysis.asked if "machine" in q and "characteristic" not in q][-1]


async def test_another_time_is_chosen_and_stays_in_the_address(visit: Open, fake: FakePlatform) -> None:
    page = await visit(PRESS + "?from=mail", 1366, 900)
    card = await card_of(page)
    assert asked(fake) == {"machine": f"{LINE}/press-1", "shift": "current", "or_range": "true", "start": "-8h",
                           "stop": "now"}  # fmt: skip
    choose = card.get_by_role("combobox", name="OEE of which time")
    await choose.select_option("previous")
    await card.locator(".fall").wait_for()
    assert asked(fake) == {"machine": f"{LINE}/press-1", "shift": "previous"}
    assert page.url.endswith("?from=mail&oee=previous")
    assert "Early shift, " in await card.locator(".range").inner_text()
    for span, least, most in (("day", 0, DAY), ("week", 7 * DAY - 60 * SECOND, 7 * DAY + 60 * SECOND)):
        await choose.select_option(span)
        await card.locator(".fall").wait_for()
        assert page.url.endswith(f"&oee={span}")
        q = asked(fake)
        assert "shift" not in q and q["stop"] == "now"
        assert least <= fake.now() - int(q["start"]) <= most
    # the waterfall and the reasons are those of the answer, and so is where the figure comes from
    assert await card.locator(".losses li").count() == 4
    origin = card.locator("andon-origin")
    assert int(await origin.get_attribute("start") or 0) < int(await origin.get_attribute("stop") or 0)
    await page.reload()
    card = await card_of(page)
    assert await card.locator("select option:checked").inner_text() == "last 7 days"
    assert abs(fake.now() - int(asked(fake)["start"]) - 7 * DAY) < 60 * SECOND
    await card.locator("select").select_option("shift")
    await until(lambda: asked(fake).get("shift") == "current", what="the running shift")
    assert page.url.endswith("?from=mail")


async def test_days_are_the_plants(visit: Open, fake: FakePlatform) -> None:
    # a plant at sixty times the pace: its week is less than three of our hours
    now = fake.now()
    fake.plants["polaris"]["clock"]["segments"] = [{"wall": now - 30 * DAY, "plant": now, "pace": 60.0}]
    page = await visit(PRESS + "?oee=week", 390, 844)
    await card_of(page)
    assert abs(fake.now() - int(asked(fake)["start"]) - 7 * DAY / 60) < 60 * SECOND
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert (await page.locator("andon-oee select").bounding_box())["height"] >= 44


async def test_no_shift_that_is_over_is_said(visit: Open, fake: FakePlatform) -> None:
    fake.analysis.shift = False
    page = await visit(PRESS + "?oee=previous")
    card = page.locator("andon-oee")
    await card.scroll_into_view_if_needed()
    await card.get_by_text("No shift ended in the last eight days").wait_for()
    await card.locator("select").select_option("day")
    await card.locator("[data-kpi=oee] b").wait_for()


async def test_the_card_takes_the_charts_window_and_goes_along_with_it(visit: Open, fake: FakePlatform) -> None:
    page = await visit(PRESS, 1366, 900)
    card = await card_of(page)
    await card.get_by_role("combobox", name="OEE of which time").select_option("chart")
    assert page.url.endswith("?oee=chart")
    await until(lambda: "shift" not in asked(fake), what="the chart's window")
    window = """() => { const { start, stop } = document.querySelector('andon-chart').view;
      return [Math.floor(start), Math.floor(stop)] }"""
    start, stop = await page.evaluate(window)
    q = asked(fake)
    # while the chart is live so is the card
    assert q["stop"] == "now" and abs(int(q["start"]) - start) < 20 * SECOND
    await page.locator("[data-range='1h']").click()
    hour = 3600 * SECOND
    await card.scroll_into_view_if_needed()
    await until(lambda: abs(fake.now() - int(asked(fake)["start"]) - hour) < 20 * SECOND, what="the last hour")
    # moved into the past: exactly what it shows
    await page.locator("andon-chart").focus()
    for _ in range(3):
        await page.keyboard.press("PageUp")
    start, stop = await page.evaluate(window)
    await card.scroll_into_view_if_needed()
    await until(lambda: asked(fake)["stop"] != "now", what="a time that is over")
    assert (int(asked(fake)["start"]), int(asked(fake)["stop"])) == (start, stop)
    await page.locator("andon-oee:not(.behind) .fall").wait_for()
    assert "in plant time" in await card.locator(".range").inner_text()
    # asked once for all of these moves, and no more while nothing moves
    seen = len(fake.analysis.asked)
    await page.keyboard.press("PageUp")
    await page.keyboard.press("PageUp")
    await until(lambda: len(fake.analysis.asked) > seen, what="the next answer")
    assert len(fake.analysis.asked) == seen + 1
    await page.reload()
    card = await card_of(page)
    assert await card.locator("select option:checked").inner_text() == "what the chart shows"
    await card.locator("select").select_option("shift")
    await until(lambda: asked(fake).get("shift") == "current", what="the running shift")
    # the card that shows something else is not moved by the chart
    await page.locator("[data-range='24h']").click()
    assert await page.locator("andon-oee.behind").count() == 0


@pytest.mark.parametrize(
    ("state", "title"),
    [
        ("setup", "Changeovers cost most"),
        ("starved", "Waiting for others costs most"),
        ("down", "Breakdowns cost most"),
    ],
)
async def test_the_title_names_what_cost_most(
    visit: Open, fake: FakePlatform, monkeypatch: pytest.MonkeyPatch, state: str, title: str
) -> None:
    losses = [("down", "", 300.0), ("setup", "", 200.0), ("starved", "", 100.0)]
    monkeypatch.setattr(fake_analysis, "_LOSSES", [*losses, (state, "", 4500.0)])
    page = await visit(PRESS, 1366, 900)
    await (await card_of(page)).get_by_role("heading", name=title).wait_for()
