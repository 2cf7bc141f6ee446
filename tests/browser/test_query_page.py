"""Asking for values in a real browser: a question, its answer as chart, table and file, and how to ask elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb
import pytest
from andon_contracts.command_line import as_typed
from support.browsers import opened_data as opened
from support.browsers import read_table
from support.fake_api import FakePlatform
from support.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
LINE = "polaris/north/cabinets/cabinets-1"
PRESS = f"{LINE}/press-1"
ASKED = f"/data/query?s={PRESS}.hydraulic_pressure&s={PRESS}.oil_temperature"
Open = Callable[..., Any]


async def test_a_question_is_put_together_from_the_keyboard_and_answered(visit: Open, fake: FakePlatform) -> None:
    page = await opened(visit, "/data/query")
    await page.get_by_role("heading", name="What would you like to see?").wait_for()
    await page.get_by_role("combobox", name="Machine").select_option(PRESS)
    for _ in range(2):
        await page.get_by_role("button", name="Add").focus()
        await page.keyboard.press("Enter")
    await page.locator("andon-chart .line").nth(1).wait_for()
    await page.get_by_role("combobox", name="Each point is").select_option("max")
    await page.get_by_role("combobox", name="of every").select_option("1m")
    await page.get_by_text("largest of every 1\u2009min").wait_for()
    last = fake.series_asked[-1]
    assert (last["signal"], last["agg"], last["every"]) == (
        ["hydraulic_pressure", "oil_temperature"],
        "max",
        60_000_000,
    )
    heads = await page.locator(".values-card thead th").all_inner_texts()
    assert heads == ["Time", "Hydraulic pressure of press-1, largest bar", "Oil temperature of press-1, largest °C"]
    rows = await page.locator(".values-card tbody tr").count()
    assert rows in (59, 60)
    assert await page.locator("[data-same=command]").inner_text() == (
        as_typed("andon query press-1.hydraulic_pressure press-1.oil_temperature --last 1h --every 1m --agg max --csv")
    )
    # whoever gets the page's address gets the same question
    again = await opened(visit, page.url[page.url.index("/data") :])
    await again.get_by_text("largest of every 1\u2009min").wait_for()
    # a signal that is taken out leaves chart, table and command
    await again.get_by_role("button", name="Remove press-1 Hydraulic pressure").click()
    await again.locator("andon-chart .line").nth(1).wait_for(state="detached")
    assert "hydraulic" not in await again.locator("[data-same=command]").inner_text()


async def test_who_does_not_know_what_to_ask_is_given_examples_that_answer(visit: Open, fake: FakePlatform) -> None:
    for name in ("press-1", "bend-1"):
        fake.machines[f"{LINE}/{name}"]["signals"][-1]["role"] = "electricity"
    page = await visit("/data/query")
    examples = page.locator(".state-page .meant a")
    await examples.first.wait_for()
    colour = "(e) => getComputedStyle(e).color"
    words = await page.locator(".state-page h2").evaluate(colour)
    assert await examples.first.evaluate(colour) != words, "a link looks like one"
    said = await examples.all_inner_texts()
    assert said == [
        "Hydraulic pressure of assembly-1 and its limit, last hour",
        "Mould temperature of foam-1, foam-2, highest of ten minutes, last 24 h",
        "Power of bend-1, press-1, last 8 h",
    ]
    for i in range(len(said)):
        await page.goto(page.url.split("?")[0])
        await examples.nth(i).click()
        await page.locator(".same [data-same=command]", has_text="andon query").wait_for()
        await page.locator("andon-query andon-chart .line").first.wait_for()
    # a machine that comes later may be an example as well; a plant without any gives none
    fake.machines.clear()
    bare = await visit("/data/query")
    await bare.get_by_role("heading", name="What would you like to see?").wait_for()
    assert await bare.locator(".state-page .meant a").count() == 0


async def test_the_address_gives_what_the_page_shows_and_files_have_all_of_it(visit: Open, fake: FakePlatform) -> None:
    page = await opened(visit, f"{ASKED}&every=10s")
    asked = len(fake.series_asked)
    address = await page.locator("[data-same=address]").inner_text()
    shown = await page.evaluate("(a) => fetch(a).then((r) => r.json())", address)
    assert await page.locator(".about").inner_text() == "720 values · mean of every 10\u2009s"
    assert sum(len(s["times"]) for s in shown["series"]) == 720
    files = {}
    for kind in ("CSV", "Parquet"):
        async with page.expect_download() as coming:
            await page.get_by_role("button", name=f"Download {kind}").click()
        files[kind] = await coming.value
        await page.get_by_text(f"{files[kind].suggested_filename} is on your computer").wait_for()
    assert [f.suggested_filename for f in files.values()] == ["series.csv", "series.parquet"]
    table = read_table(await files["CSV"].path())
    assert {r["signal"]: r["unit"] for r in table} == {"hydraulic_pressure": "bar", "oil_temperature": "Cel"}
    kept = duckdb.sql(f"SELECT count(*), count(DISTINCT signal) FROM read_parquet('{await files['Parquet'].path()}')")
    assert kept.fetchall() == [(len(table), 2)] == [(720, 2)]
    assert all(q["every"] == 10_000_000 for q in fake.series_asked[asked:])
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.get_by_role("button", name="Copy the command").click()
    await page.get_by_text("Copied.").wait_for()
    copied = await page.evaluate("navigator.clipboard.readText()")
    asked = "press-1.hydraulic_pressure press-1.oil_temperature --last 1h --every 10s"
    assert copied == as_typed(f"andon query {asked} --csv")


async def test_a_time_between_is_the_plants_and_its_end_comes_last(visit: Open, fake: FakePlatform) -> None:
    fake.plants["polaris"]["layout"]["sites"][0]["time_zone"] = "Europe/Berlin"
    page = await opened(visit, ASKED, timezone_id="Asia/Tokyo")
    await page.get_by_role("button", name="Between").click()
    await page.get_by_label("From").fill("2026-07-01T12:00")
    await page.get_by_text("The end must come").wait_for(state="detached")
    await page.get_by_label("Until").fill("2026-07-01T13:00")
    # Berlin in summer is two hours ahead of UTC, whatever the computer's own zone is
    noon = 1_782_900_000_000_000
    both = (noon, noon + 3_600_000_000)
    asked = fake.series_asked  # between the two it may be asked with the new beginning and the old end
    await until(lambda: (asked[-1]["start"], asked[-1]["stop"]) == both, what="the question with the new times")
    command = page.locator("[data-same=command]", has_text="--start 2026-07-01T10:00:00Z --stop 2026-07-01T11:00:00Z")
    await command.wait_for()
    await page.get_by_label("Until").fill("2026-07-01T11:00")
    await page.get_by_text("The end must come after the beginning").wait_for()


async def test_nothing_measured_and_too_much_asked_are_told(visit: Open, fake: FakePlatform) -> None:
    page = await visit(f"{ASKED}&range=24h&every=1s")
    await page.get_by_role("alert").get_by_text("86400 buckets of 1000000 us are more than 20000").wait_for()
    assert await page.locator("andon-chart").count() == 0
    fake.empty = True
    await page.get_by_role("button", name="15 min").click()
    await page.get_by_role("heading", name="Nothing was measured in this time").wait_for()
