"""A recording as they come: with a long title, and a signal of which nobody knows the unit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from support.fake_api import FakePlatform

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
NAB = "polaris/north/recordings/cassettes/nab-temperature"
Open = Callable[..., Any]


async def opened(visit: Open, fake: FakePlatform, title: str, width: int, height: int, **how: Any) -> Any:
    view = fake.machines[NAB]
    view["signals"] = [view["signals"][1] | {"name": "temperature", "title": title, "unit": "1"}]
    page = await visit(f"/machine/{NAB}", width, height, **how)
    await page.locator("andon-chart .line").first.wait_for()
    return page


async def test_a_long_title_is_whole_on_a_phone(visit: Open, fake: FakePlatform) -> None:
    title = "Temperature of an inner part"
    page = await opened(visit, fake, title, 390, 844, has_touch=True, is_mobile=True)
    assert await page.locator(".values button span").inner_text() == title
    assert (await page.locator("andon-chart .tb").first.text_content() or "").strip() == f"● {title}"
    choose = page.locator("andon-spc select[name=characteristic]")
    await choose.scroll_into_view_if_needed()
    await choose.locator("option[value=flatness_mm]").wait_for(state="attached")
    await choose.select_option("temperature")
    # as wide as its words at least, with room for the arrow
    room = await choose.evaluate("""(e) => { const pen = document.createElement('canvas').getContext('2d');
      pen.font = getComputedStyle(e).font;
      return e.clientWidth - 40 - pen.measureText(e.selectedOptions[0].textContent).width; }""")
    assert room >= 0


async def test_what_no_line_is_long_enough_for_is_cut_and_says_the_rest(visit: Open, fake: FakePlatform) -> None:
    title = "Temperature of an inner part of the large machine, as it was measured until it failed in February"
    page = await opened(visit, fake, title, 390, 844, has_touch=True, is_mobile=True)
    name = page.locator("andon-chart .tb").first
    assert await name.locator("title").text_content() == title
    assert (await name.text_content() or "").endswith("…")
    # measured at once: the chart is drawn anew with every value
    room = """() => { const right = (what) => document.querySelector(what).getBoundingClientRect().right;
      return right('andon-chart') - right('andon-chart .tb'); }"""
    assert await page.evaluate(room) >= 0
    assert await page.locator(".values button span").inner_text() == title
    assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize("width", [390, 1440])
async def test_without_a_unit_nothing_keeps_its_place(visit: Open, fake: FakePlatform, width: int) -> None:
    page = await opened(visit, fake, "Temperature", width, 900)
    value = page.locator(".values button b")
    await value.filter(has_text=".").wait_for()
    beside = "(e) => e.closest('button').getBoundingClientRect().right - e.getBoundingClientRect().right"
    assert await value.evaluate(beside) <= 8
    assert (await page.locator("andon-chart .tb").first.text_content() or "").strip() == "● Temperature"
