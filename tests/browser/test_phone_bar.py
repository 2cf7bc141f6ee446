"""All pages from a phone: four entries in the bar, the rest in a sheet behind the fifth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from support.fake_api import FakePlatform

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
PHONE = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True}
PAGES = {"/", "/machines", "/station", "/layers", "/data", "/alarms", "/energy"}
Open = Callable[..., Any]
_LINKS = "(all) => all.map((a) => [new URL(a.href).pathname, a.getBoundingClientRect().height])"


@pytest.mark.parametrize("role", ["viewer", "engineer"])
async def test_every_page_is_two_taps_away(visit: Open, fake: FakePlatform, role: str) -> None:
    fake.role = role
    page = await visit("/machines", **PHONE)
    bar = dict(await page.locator(".rail a:visible").evaluate_all(_LINKS))
    more = page.locator("andon-more button")
    assert len(bar) == 4 and await more.bounding_box() is not None
    await more.tap()
    sheet = page.get_by_role("dialog", name="More pages")
    rest = dict(await sheet.locator("a").evaluate_all(_LINKS))
    assert set(bar) | set(rest) == PAGES and not set(bar) & set(rest)
    close = await sheet.get_by_role("button", name="Close").bounding_box()
    assert min([*bar.values(), *rest.values(), close["height"]]) >= 44
    await sheet.get_by_role("link", name="Layers").tap()
    await page.wait_for_url("**/layers")
    await page.locator("andon-layers").wait_for()
    # the page one is on is lit where it stands
    assert "here" in (await page.locator("andon-more").get_attribute("class") or "")
    await page.locator("andon-more button").tap()
    assert await sheet.locator("[aria-current]").inner_text() == "Layers"


async def test_the_sheet_is_used_by_keys_and_closes_beside_it(visit: Open, fake: FakePlatform) -> None:
    page = await visit("/", **PHONE)
    more, sheet = page.locator("andon-more button"), page.get_by_role("dialog", name="More pages")
    focused = "document.activeElement.textContent.trim()"
    await more.focus()
    await page.keyboard.press("Enter")
    await sheet.wait_for()
    assert await page.evaluate(focused) == "Energy" and await more.get_attribute("aria-expanded") == "true"
    await page.keyboard.press("Escape")
    await sheet.wait_for(state="detached")
    assert await page.evaluate(focused) == "More" and await more.get_attribute("aria-expanded") == "false"
    await more.tap()
    await sheet.wait_for()
    heights = await sheet.locator("a, button").evaluate_all("all => all.map((e) => e.offsetHeight)")
    assert min(heights) >= 48
    await page.touchscreen.tap(195, 200)
    await sheet.wait_for(state="detached")
    await more.tap()
    await sheet.get_by_role("link", name="Energy").tap()
    await page.wait_for_url("**/energy")


async def test_a_desk_has_all_in_the_rail(visit: Open, fake: FakePlatform) -> None:
    page = await visit("/", 1366, 768)
    await page.locator(".rail a[href='/layers']").wait_for()
    assert await page.locator("andon-more").is_hidden()
    found = dict(await page.locator(".rail a:visible:not(.mark)").evaluate_all(_LINKS))
    assert set(found) == PAGES


@pytest.mark.parametrize("height", [390, 600])
async def test_the_rail_fits_a_low_window(visit: Open, fake: FakePlatform, height: int) -> None:
    page = await visit("/", 844, height)
    last = await page.locator(".rail a").last.bounding_box()
    assert last["height"] >= 44 and last["y"] + last["height"] <= height


async def test_energy_is_one_way_from_the_floor(visit: Open, fake: FakePlatform) -> None:
    page = await visit("/", 1366, 768)
    await page.locator(".rail").get_by_role("link", name="Energy").click()
    await page.locator("andon-energy h1").wait_for()
    assert await page.locator(".rail [aria-current]").inner_text() == "Energy"
