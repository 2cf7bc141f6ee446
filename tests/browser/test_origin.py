"""Where a figure comes from, in a real browser: opened from the figures of a machine and from the Data page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from support.fake_api import FakePlatform

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
PRESS = "polaris/north/cabinets/cabinets-1/press-1"
Open = Callable[..., Any]


async def chain(page: Any, within: str) -> Any:
    """Open the view from a button within an element; its chain."""
    await page.locator(f"{within} andon-origin button").first.click()
    await page.locator("dialog.origin .chain > li").nth(4).wait_for()
    return page.locator("dialog.origin")


async def machine_page(visit: Open) -> Any:
    """The press's page with a short range: a chart of a week keeps a busy computer's browser long."""
    page = await visit("/machines", 1366, 900)
    await page.evaluate("localStorage.setItem('andon.range', '5m')")
    await page.goto(page.url.removesuffix("/machines") + f"/machine/{PRESS}")
    return page


async def test_oee_is_followed_to_the_machine_and_back(visit: Open, fake: FakePlatform) -> None:
    page = await machine_page(visit)
    await page.locator("andon-oee").scroll_into_view_if_needed()  # figures are asked for when they are seen
    await page.locator("andon-oee [data-kpi=oee] b").wait_for()
    dialog = await chain(page, "andon-oee")
    assert await dialog.locator(".formula").inner_text() == "availability * effectiveness * quality ratio"
    assert "defined by ISO 22400-2:2014" in await dialog.locator(".chain > li").first.inner_text()
    elements = await dialog.locator(".chain > li").nth(1).locator("tbody tr").all_inner_texts()
    assert elements[0].split("\t")[0] == "APT" and "Plant clock" in elements[0]
    sources = await dialog.locator(".chain > li").nth(2).inner_text()
    assert f"andon/v1/{PRESS}/event" in sources and "written down by people" in sources
    assert "57\u2009600 messages: 57\u2009590 stored · 3 in quarantine · 7 still missing" in await dialog.inner_text()
    assert "In this time 2 gaps were noticed." in await dialog.inner_text()
    # the whole family can be looked at, and what cannot be answered is told in words
    await dialog.get_by_role("combobox", name="Figure").select_option("mttr_s")
    await dialog.locator(".formula", has_text="down time / number of failures").wait_for()
    await dialog.get_by_role("combobox", name="Figure").select_option("nee")
    await dialog.get_by_role("alert").get_by_text("more than 31 days").wait_for()
    await page.keyboard.press("Escape")
    await dialog.wait_for(state="detached")
    assert await page.evaluate("document.activeElement.className") == "whence"
    asked = fake.lineage_asked[0]  # type: ignore[attr-defined]
    assert asked["machine"] == PRESS and int(asked["start"]) < int(asked["stop"])


async def test_charts_and_detectors_have_a_past_too(visit: Open, fake: FakePlatform) -> None:
    page = await machine_page(visit)
    await page.get_by_role("combobox", name="Chart").select_option("ewma")
    dialog = await chain(page, "andon-spc")
    assert "lambda" in await dialog.locator(".formula").inner_text()
    assert fake.lineage_asked[-1]["signal"] == "hydraulic_pressure"  # type: ignore[attr-defined]
    await dialog.get_by_role("button", name="Close").click()
    dialog = await chain(page, "andon-opinion")
    assert "Andon's own definition" in await dialog.inner_text()


async def test_quality_and_values_are_followed_from_the_data_page(visit: Open, fake: FakePlatform) -> None:
    page = await visit(f"/data/quality?machine={PRESS}", 1366, 900)
    dialog = await chain(page, "andon-quality")
    row = await dialog.locator("tr", has_text=f"andon/v1/{PRESS}/telemetry").first.inner_text()
    assert "27\u2009821 of 28\u2009800 96.6\u2009%" in row
    assert "before it was known" not in row
    assert "minute values from" in row and "each value from" in row and "read from minute values" in row
    fake.lineage_earlier = 13_765  # type: ignore[attr-defined]
    dialog = await chain(await visit(f"/data/quality?machine={PRESS}", 1366, 900), "andon-quality")
    cell = dialog.locator("tr", has_text=f"andon/v1/{PRESS}/telemetry").first.locator("td.r")
    assert (await cell.inner_text()).split("\n")[1] == "13\u2009765 from before it was known"
    page = await visit(f"/data/query?s={PRESS}.oil_temperature", 1366, 900)
    await page.get_by_role("button", name="Where does press-1.oil_temperature come from?").click()
    await page.locator("dialog.origin .chain > li").nth(4).wait_for()
    assert fake.lineage_asked[-1]["figure"] == "value"  # type: ignore[attr-defined]


@pytest.mark.parametrize("width", [390, 1366])
async def test_it_fits_and_every_text_exists(visit: Open, fake: FakePlatform, width: int) -> None:
    page = await visit(f"/data/quality?machine={PRESS}", width, 844)
    dialog = await chain(page, "andon-quality")
    assert await dialog.evaluate("(d) => d.scrollWidth - d.clientWidth") <= 0
    assert await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    assert [w for w in (await dialog.inner_text()).split() if w.startswith("origin.")] == []
