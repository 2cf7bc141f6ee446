"""The Floor before there is a plant, a machine or an answer: no figure looks counted, no clock is another place's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from support.browsers import held_back
from support.fake_api import FakeOrigin, FakePlatform
from support.fake_plant import polaris_layout

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
Open = Callable[..., Any]


@pytest.mark.parametrize("planned", [False, True])
async def test_without_a_machine_no_figure_looks_counted(
    visit: Open, fake_origin: tuple[FakeOrigin, str], planned: bool
) -> None:
    fake = FakePlatform()
    if planned:  # the plant's layout is announced before its machines are
        fake.add_plant(polaris_layout())
    fake_origin[0].use(fake)
    page = await visit("/", 1440, 900)
    await page.get_by_role("heading", name="No machine has announced itself yet").wait_for()
    await page.locator("[data-figure=online] .below", has_text="none yet").wait_for()
    for name in ("output", "oee", "scrap", "online"):
        shown = (await page.locator(f"[data-figure={name}] .v").inner_text()).split()
        assert shown == ["–"], name
    side = await page.locator(".worst").inner_text()
    assert "Nothing to watch yet" in side and "0" not in side
    page = await visit("/", 390, 844, has_touch=True, is_mobile=True)
    await page.get_by_role("heading", name="No machine has announced itself yet").wait_for()
    assert await page.evaluate("[document.documentElement.scrollWidth, innerWidth]") == [390, 390]


async def test_the_clock_waits_for_the_plants_time_zone(visit: Open, fake: FakePlatform) -> None:
    page = await visit("/machines", timezone_id="Pacific/Auckland")
    go_on = await held_back(page, "**/api/v1/plants")
    await page.goto(page.url.replace("/machines", "/"))
    clock = page.locator(".bar .clock b")
    await page.locator(".kpi").first.wait_for()
    await page.locator(".live.live").wait_for()
    assert await clock.inner_text() == ""
    go_on.set()
    await page.wait_for_function("document.querySelector('.bar .clock b').textContent !== ''")
    zone = ZoneInfo(polaris_layout()["sites"][0]["time_zone"])
    now = dt.datetime.now(zone)
    near = {(now - dt.timedelta(minutes=m)).strftime("%H:%M") for m in (0, 1)}
    assert await clock.inner_text() in near
