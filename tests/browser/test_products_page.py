"""Data products in a real browser: made from a question, looked at, granted, revoked and removed."""

from __future__ import annotations

import csv
from collections.abc import Callable
from typing import Any

import pytest
from support.browsers import held_back
from support.fake_api import FakePlatform
from support.fake_products import press_vibration

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
PRESS = "polaris/north/cabinets/cabinets-1/press-1"
Open = Callable[..., Any]


async def opened(visit: Open, width: int = 1366, **how: Any) -> Any:
    page = await visit("/data/products", width, 844, **how)
    await page.locator("andon-product .rows tbody tr").first.wait_for()
    return page


async def test_a_question_becomes_a_product(visit: Open, fake: FakePlatform) -> None:
    page = await visit(f"/data/query?s={PRESS}.hydraulic_pressure&every=10m&agg=max", 1366, 900)
    await page.get_by_text("Keep this question as a data product").click()
    await page.get_by_label("Title").fill("Pressure, the highest of 10 minutes")
    assert await page.get_by_label("Name in addresses").input_value() == "pressure-the-highest-of-10-minutes"
    await page.get_by_label("What it is good for").fill("For those who study seals.")
    await page.get_by_text("the largest of every 10 minutes: a column each for hydraulic_pressure").wait_for()
    await page.get_by_role("combobox", name="Machines").select_option("type")
    await page.get_by_role("combobox", name="Licence", exact=True).select_option("CC0-1.0")
    await page.get_by_role("button", name="Keep it").click()
    await page.wait_for_url("**/data/products?id=polaris%2Fpressure-the-highest-of-10-minutes")
    await page.get_by_role("heading", name="Pressure, the highest of 10 minutes").wait_for()
    asked = fake.shelf.asked[0]  # type: ignore[attr-defined]
    assert asked["licence"] == {"id": "CC0-1.0"}
    assert asked["question"] == {
        "place": "polaris", "type": fake.machines[PRESS]["type"], "signals": ["hydraulic_pressure"], "agg": "max",
        "back": "30d", "every": "10m",
    }  # fmt: skip
    # the same name again is refused in words, and nothing is lost of what was written
    await page.goto(page.url.split("/data/")[0] + f"/data/query?s={PRESS}.hydraulic_pressure")
    await page.get_by_text("Keep this question as a data product").click()
    await page.get_by_label("Title").fill("Pressure, the highest of 10 minutes")
    await page.get_by_role("button", name="Keep it").click()
    await page.locator(".keep .answer.bad", has_text="choose another name").wait_for()


async def test_it_shows_schema_rows_and_the_line_that_reads_it(visit: Open, fake: FakePlatform) -> None:
    press_vibration(fake)
    page = await opened(visit)
    rows = await page.locator(".schema tbody tr").all_inner_texts()
    assert rows[3].split("\t") == ["hydraulic_pressure", "float64", "bar", "hydraulic_pressure"]
    assert await page.locator(".rows thead th").all_inner_texts() == [
        "machine", "time", "hydraulic_pressure bar", "oil_temperature °C",
    ]  # fmt: skip
    assert await page.locator(".rows tbody tr").count() == 12
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.get_by_role("button", name="Copy the line").click()
    await page.get_by_text("Copied.").wait_for()
    line = await page.evaluate("navigator.clipboard.readText()")
    base = page.url.split("/data/")[0]
    assert line == (
        'curl -H "Authorization: Bearer $TOKEN" -H "Accept: text/csv" '
        + f"{base}/api/v1/products/polaris/press-oil/data"
    )
    async with page.expect_download() as coming:
        await page.get_by_role("button", name="Download CSV").click()
    file = await coming.value
    assert file.suggested_filename == "press-oil.csv"
    table = list(csv.reader((await file.path()).read_text().splitlines()))
    assert table[0] == ["machine", "t", "time", "hydraulic_pressure [bar]", "oil_temperature [Cel]"]


async def test_a_partners_token_is_shown_once_and_a_grant_is_revoked(visit: Open, fake: FakePlatform) -> None:
    press_vibration(fake)
    page = await opened(visit)
    await page.get_by_label("Name of the partner").fill("Seal Institute")
    await page.get_by_label("Parquet").uncheck()
    await page.get_by_role("combobox", name="For", exact=True).select_option("7d")
    await page.get_by_role("button", name="Grant", exact=True).click()
    await page.get_by_text("The token of Seal Institute: it is shown this once").wait_for()
    assert fake.shelf.asked[-1] == {  # type: ignore[attr-defined]
        "partner": "Seal Institute", "formats": ["json", "csv", "arrow"],
    }  # fmt: skip
    assert await page.locator("[data-told=token]").inner_text() == "eyJ.partner.token"
    assert "Bearer eyJ.partner.token" in await page.locator("[data-told=line]").inner_text()
    row = page.locator(".held-by tr", has_text="Seal Institute")
    assert "JSON, CSV, Arrow" in await row.inner_text()
    await page.get_by_role("button", name="Revoke what Seal Institute was granted").click()
    await page.locator(".held-by tr.revoked", has_text="Seal Institute").wait_for()
    assert await page.locator("[data-told=token]").count() == 0
    # a tenant gets no token, and its own owner none at all
    await page.get_by_role("combobox", name="To", exact=True).select_option("tenant")
    await page.get_by_label("Its name here").fill("polaris")
    await page.get_by_role("button", name="Grant", exact=True).click()
    await page.locator(".grants .answer.bad", has_text="reads it anyway").wait_for()
    await page.get_by_label("Its name here").fill("acme")
    await page.get_by_role("button", name="Grant", exact=True).click()
    await page.locator(".held-by tr.good", has_text="acme").wait_for()
    await page.reload()
    await page.locator(".held-by tr.good", has_text="acme").wait_for()
    assert await page.locator("[data-told=token]").count() == 0


async def test_plants_known_late_leave_what_is_typed_and_read_nothing_again(visit: Open, fake: FakePlatform) -> None:
    press_vibration(fake)
    page = await visit("/machines", 1366, 844, timezone_id="Asia/Kathmandu")
    plants = await held_back(page, "**/api/v1/plants")
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url.split("/api/v1/")[-1].split("?")[0]))
    await page.goto(page.url.replace("/machines", "/data/products"))
    rows = page.locator("andon-product .rows tbody tr")
    await rows.first.wait_for()
    before = await rows.first.inner_text()
    field = page.get_by_label("Name of the partner")
    await field.fill("Seal Inst")
    plants.set()
    first = "document.querySelector('andon-product .rows tbody tr')?.innerText"
    await page.wait_for_function(f"before => ![before, undefined].includes({first})", arg=before)
    await page.keyboard.type("itute")
    assert await field.input_value() == "Seal Institute"
    read = [what for what in asked if what.startswith("products/")]
    assert sorted(read) == ["products/polaris/press-oil/data", "products/polaris/press-oil/grants"]


async def test_anothers_product_is_read_and_not_shared_on(visit: Open, fake: FakePlatform) -> None:
    press_vibration(fake)
    page = await opened(visit)
    await page.locator(".list").get_by_text("Air in the hall").click()
    await page.get_by_role("heading", name="Air in the hall").wait_for()
    await page.get_by_text("This grant allows CSV: download it to see the rows.").wait_for()
    assert await page.locator("andon-product .grants, [data-remove]").count() == 0
    assert await page.locator("[data-file]").all_inner_texts() == ["Download CSV"]
    await page.wait_for_url("**id=borealis%2Fweather")


async def test_removing_is_asked_twice(visit: Open, fake: FakePlatform) -> None:
    press_vibration(fake)
    page = await opened(visit)
    await page.get_by_role("button", name="Remove this product").click()
    await page.get_by_text("Whoever was granted it loses it at once").wait_for()
    assert len(fake.shelf.products) == 2  # type: ignore[attr-defined]
    await page.get_by_role("button", name="Remove it now").click()
    await page.locator(".list button", has_text="Oil of the presses").wait_for(state="detached")
    assert list(fake.shelf.products) == ["borealis/weather"]  # type: ignore[attr-defined]


async def test_a_viewer_reads_and_is_told_who_shares(visit: Open, fake: FakePlatform) -> None:
    press_vibration(fake)
    fake.role = "viewer"
    page = await opened(visit)
    await page.get_by_text("Giving a product to others takes an engineer; your role is Viewer.").wait_for()
    assert await page.get_by_role("button", name="Grant", exact=True).count() == 0
    assert await page.locator("[data-remove]").count() == 0


async def test_nothing_yet_and_a_platform_that_is_away_are_told(visit: Open, fake: FakePlatform) -> None:
    page = await visit("/data/products")
    await page.get_by_role("heading", name="No data product yet").wait_for()
    fake.away = True
    page = await visit("/data/products")
    await page.get_by_role("alert").get_by_text("The store does not answer").wait_for()
    fake.away = False
    await page.get_by_role("heading", name="No data product yet").wait_for()


@pytest.mark.parametrize("width", [390, 1366, 1920])
async def test_it_fits_every_text_exists_and_every_stop_has_a_name(visit: Open, fake: FakePlatform, width: int) -> None:
    press_vibration(fake)
    phone = {"has_touch": True, "is_mobile": True} if width == 390 else {}
    page = await opened(visit, width, **phone)
    assert await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    text = await page.locator("body").inner_text()
    assert [w for w in text.split() if w.startswith(("data.", "range.", "rail."))] == []
    nameless = await page.evaluate("""() =>
      [...document.querySelectorAll('main :is(a,button,input,select,textarea,[tabindex="0"])')]
      .filter((e) => !(e.getAttribute('aria-label') || e.labels?.[0]?.textContent.trim() || e.textContent.trim()))
      .map((e) => e.outerHTML.slice(0, 100))""")
    assert nameless == []
    assert await page.locator("h1").count() == 1
