"""The Data page in a real browser: catalogue and quality; what all its parts share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from support.browsers import held_back, read_table
from support.browsers import opened_data as opened
from support.fake_api import FakeOrigin, FakePlatform
from support.fake_plant import SECOND, machine_view
from support.morning import MORNING

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
LINE = "polaris/north/cabinets/cabinets-1"
PRESS = f"{LINE}/press-1"
ASKED = f"/data/query?s={PRESS}.hydraulic_pressure&s={PRESS}.oil_temperature"
PAGES = ["/data", f"/data/quality?machine={PRESS}", ASKED, "/data/quarantine"]
Open = Callable[..., Any]


async def test_the_rail_leads_to_the_catalogue_of_every_signal(visit: Open, fake: FakePlatform) -> None:
    page = await visit("/machines")
    await page.locator(".rail a", has_text="Data").click()
    await page.get_by_role("heading", name="Every signal there is").wait_for()
    await page.locator("tr[data-signal]").first.wait_for()
    assert await page.locator("tr[data-signal]").count() == sum(len(m["signals"]) for m in fake.machines.values())
    assert await page.locator(".rail [aria-current]").inner_text() == "Data"
    row = await page.locator(f'[data-signal="{PRESS}.oil_temperature"]').inner_text()
    assert [cell.strip() for cell in row.split("\t")] == [
        "Oil temperature oil_temperature", "°C", "0 to 90", "below 65", "1\u2009Hz", "87.5\u2009%", "process",
        "7 d, as minutes 90 d", "Query",
    ]  # fmt: skip
    group = await page.locator("tr.of", has=page.locator(f'a[href="/machine/{PRESS}"]')).inner_text()
    assert "north / cabinets / cabinets-1 · simulated · belongs to polaris" in group


async def test_the_least_complete_signals_are_found_first(visit: Open, fake: FakePlatform) -> None:
    page = await opened(visit, "/data")
    rows = page.locator("tr[data-signal]")
    await page.get_by_text("of those the announced rates promise").wait_for()
    first = await rows.first.get_attribute("data-signal")
    assert first != f"{PRESS}.oil_temperature"
    await page.get_by_role("button", name="Complete").click()
    assert await rows.first.get_attribute("data-signal") == f"{PRESS}.oil_temperature"
    assert await rows.first.locator("td.complete.low .share i").get_attribute("style") == "width:87.5%"
    assert "/bend-1." in await rows.last.get_attribute("data-signal")  # what cannot be told stands last
    assert await rows.last.locator("td.complete").inner_text() == "–"
    assert await page.locator("th.complete").get_attribute("aria-sort") == "ascending"
    again = await opened(visit, page.url[page.url.index("/data") :])
    assert await again.locator("tr[data-signal]").first.get_attribute("data-signal") == f"{PRESS}.oil_temperature"
    await again.get_by_role("combobox", name="Order").select_option("")
    assert await again.locator("tr[data-signal]").first.get_attribute("data-signal") == first


async def test_the_catalogue_is_searched_by_word_unit_and_place_and_its_address_says_so(
    visit: Open, fake: FakePlatform
) -> None:
    page = await opened(visit, "/data")
    rows = page.locator("tr[data-signal]")
    await page.get_by_role("searchbox").fill("°c skab")
    assert await rows.count() == 1
    assert await page.locator(".count").inner_text() == "1 / 44 signals"
    await page.get_by_role("searchbox").fill("")
    await page.get_by_role("combobox", name="Where").select_option(label="foam-1")
    assert await rows.count() == 3
    await page.reload()
    await rows.nth(2).wait_for()
    assert await rows.count() == 3
    async with page.expect_download() as coming:
        await page.get_by_role("button", name="As CSV").click()
    table = read_table(await (await coming.value).path())
    assert [r["signal"] for r in table] == ["head_pressure", "mould_temperature", "buffer_out"]
    await page.get_by_role("searchbox").fill("nothing like this")
    await page.get_by_text("No signal matches").wait_for()


async def test_what_is_measured_on_pieces_stands_with_its_specification(visit: Open, fake: FakePlatform) -> None:
    page = await opened(visit, "/data")
    row = page.locator(f'[data-characteristic="{LINE}/foam-1.density_kg_m3"]')
    cells = [c.strip() for c in await row.locator("td").all_inner_texts()]
    assert cells == ["Density of the foam density_kg_m3", "kg/m³", "", "32 to 39, target 35", "Machine"]
    assert await page.locator(f'[data-characteristic="{PRESS}.flatness_mm"] .limits').inner_text() == "below 0.8"
    assert await page.locator(f'[data-characteristic="{PRESS}.weight_kg"] .limits').inner_text() == "none announced"
    # they stand with their machine, behind its signals, and are found by word as signals are
    group = page.locator("tbody", has=page.locator(f'a[href="/machine/{PRESS}"]'))
    assert (await group.locator("tr").last.get_attribute("data-characteristic")) == f"{PRESS}.weight_kg"
    await page.get_by_role("searchbox").fill("flat")
    assert await page.locator("tbody").count() == 1
    assert await page.locator("tr[data-signal]").count() == 0
    await row.wait_for(state="detached")
    await page.locator(f'[data-characteristic="{PRESS}.flatness_mm"]').wait_for()
    await page.locator(f'[data-characteristic="{PRESS}.flatness_mm"] a').click()
    await page.wait_for_url(f"**/machine/{PRESS}")


async def test_the_catalogues_time_is_the_plants_even_if_the_plant_is_known_later(
    visit: Open, fake: FakePlatform
) -> None:
    page = await visit("/machines", timezone_id="Asia/Kathmandu")
    go_on = await held_back(page, "**/api/v1/plants")
    await page.goto(page.url.replace("/machines", "/data"))
    await page.locator("tr[data-signal]").first.wait_for()
    early = await page.locator("andon-catalogue .about").inner_text()
    go_on.set()
    about = "document.querySelector('andon-catalogue .about')?.innerText"
    await page.wait_for_function(f"early => ![early, undefined].includes({about})", arg=early)
    later = [f"{datetime.fromtimestamp(t / SECOND, ZoneInfo(MORNING)):%H:%M}" for t in (fake.now(), fake.now() - 60e6)]
    said = await page.locator("andon-catalogue .about").inner_text()
    assert any(f" {t};" in said for t in later)


async def test_a_machine_that_comes_later_brings_its_signals(visit: Open, fake: FakePlatform) -> None:
    page = await opened(visit, "/data")
    await page.locator(".live.live").wait_for()
    path = "polaris/north/hall/extra/drill-1"
    fake.machines[path] = machine_view(path, fake.now())
    brief = {k: v for k, v in fake.machines[path].items() if k not in ("signals", "operations", "commands")}
    fake.send({"type": "machine", "machine": path, "view": brief})
    await page.locator(f'[data-signal="{path}.oil_temperature"]').wait_for()


async def test_quality_is_told_in_words_shapes_and_a_list_of_gaps(visit: Open, fake: FakePlatform) -> None:
    page = await opened(visit, "/data")
    await page.get_by_role("link", name="Data quality of press-1").click()
    await page.get_by_role("heading", name="3 of 3 signals of press-1 need a look").wait_for()
    stuck = page.locator("tr[data-signal=oil_temperature]")
    assert (await stuck.locator(".verdict").inner_text()).strip() == "Stuck for 8\u2009min, values missing, came late"
    assert await stuck.locator(".lamp.down rect").count() == 1
    assert await page.locator("tr[data-signal=hydraulic_pressure] .lamp.starved").count() == 1
    assert await page.locator("[data-figure=completeness]").inner_text() == "96.6\u2009%"
    gap = await page.locator(".gaps ol").first.locator("li").inner_text()
    assert "All 3 signals" in gap
    assert "nothing came; 360 values were due" in gap
    assert "2\u2009min" in gap
    # where the gap is: a third of the way
    hole, bed = [await stuck.locator(s).bounding_box() for s in (".bedded i", ".bedded")]
    assert 0.3 < (hole["x"] - bed["x"]) / bed["width"] < 0.35
    await page.get_by_role("combobox", name="Machine").select_option(label="bend-1")
    await page.get_by_role("heading", name="bend-1 sends all that it announced").wait_for()
    await page.get_by_role("heading", name="No gaps").wait_for()
    await page.get_by_role("combobox", name="Machine").select_option(label="foam-2")
    await page.get_by_role("heading", name="Nothing came from foam-2 in this time").wait_for()
    await page.get_by_role("button", name="24 h").click()
    await page.wait_for_url("**range=24h")


async def test_quality_calls_signals_as_the_catalogue_does_and_counts_many_in_one_gap(
    visit: Open, fake: FakePlatform
) -> None:
    page = await visit("/machines")

    async def seven(route: Any) -> None:
        """Of seven signals, with titles, six have the same gap."""
        answer = await (response := await route.fetch()).json()
        first = answer["signals"][0] | {"title": "Pressure at the pump", "stuck": False}
        answer["signals"] = [first | {"signal": f"signal_{i}"} for i in range(6)]
        answer["signals"].append(first | {"signal": "last_one", "title": "last_one", "gaps": []})
        await route.fulfill(response=response, json=answer)

    await page.route("**/api/v1/quality?*", seven)
    await page.goto(page.url.replace("/machines", f"/data/quality?machine={PRESS}"))
    titles = page.locator("tr[data-signal] th")
    await titles.nth(6).wait_for()
    assert [await titles.nth(i).inner_text() for i in (0, 6)] == ["Pressure at the pump", "Last one"]
    gap = page.locator(".gaps li b").first
    assert await gap.inner_text() == "6 of 7 signals"
    assert "Pressure at the pump, " in await gap.get_attribute("title")


async def test_a_young_machine_is_judged_from_when_it_was_known(visit: Open, fake: FakePlatform) -> None:
    fake.machines[f"{LINE}/bend-1"]["first_seen"] = fake.now() - 600 * SECOND
    fake.machines[f"{LINE}/press-2"]["first_seen"] = fake.now()
    page = await opened(visit, f"/data/quality?machine={LINE}/bend-1")
    due = await page.locator("tr[data-signal=oil_temperature] .values").inner_text()
    # ten minutes, and not the hour that was asked for; a page takes its time to load
    assert 540 <= int(due.split(" of ")[1]) < 900
    await page.clock.install()
    await page.get_by_role("combobox", name="Machine").select_option(label="press-2")
    await page.get_by_role("heading", name="Too early to say").wait_for()
    # nobody has to ask again: it does so when a minute has passed
    async with page.expect_request(f"**/quality?machine={quote(f'{LINE}/press-2', safe='')}*"):
        await page.clock.fast_forward(130_000)


async def test_what_came_late_is_told_apart_from_what_is_missing(visit: Open, fake: FakePlatform) -> None:
    page = await opened(visit, f"/data/quality?machine={PRESS}")
    assert await page.locator("[data-figure=timeliness]").inner_text() == "87.5\u2009%"
    said = await page.locator(".figures").inner_text()
    assert "stored within 3.0\u2009s of being measured" in said
    assert "half took at most 0.4\u2009s, 99\u2009% 9\u2009min, the longest 10\u2009min" in said
    late = page.locator(".gaps")
    await late.get_by_role("heading", name="Values came late once").wait_for()
    await late.get_by_text("1140 of 1200 were late").wait_for()
    assert "came late" in await page.locator("tr[data-signal=hydraulic_pressure] .verdict").inner_text()
    await page.get_by_role("combobox", name="Machine").select_option(f"{LINE}/foam-2")
    await page.get_by_text("was not counted in this time").wait_for()
    assert await page.locator("[data-figure=timeliness]").inner_text() == "–"


async def test_an_unknown_machine_is_said_and_not_asked_for_again(visit: Open, fake: FakePlatform) -> None:
    page = await visit("/data/quality?machine=polaris/no/such/machine/there")
    await page.get_by_role("alert").get_by_text("no machine 'polaris/no/such/machine/there'").wait_for()


@pytest.mark.parametrize("path", PAGES)
async def test_a_platform_that_is_away_is_told_and_asked_again(visit: Open, fake: FakePlatform, path: str) -> None:
    fake.away = True
    page = await visit(path)
    await page.get_by_role("alert").get_by_text("The store does not answer").wait_for()
    fake.away = False
    await page.locator("andon-data tbody tr, andon-data .message h2").first.wait_for()
    assert await page.get_by_role("alert").get_by_text("The store does not answer").count() == 0


async def test_a_plant_without_machines_says_what_would_be_here(
    visit: Open, fake_origin: tuple[FakeOrigin, str]
) -> None:
    fake_origin[0].use(FakePlatform())
    for path in ("/data", "/data/quality"):
        page = await visit(path)
        await page.get_by_role("heading", name="No machine has announced itself yet").wait_for()
        await page.get_by_text("andon demo").wait_for()


@pytest.mark.parametrize("path", [*PAGES, "/data/products"])
async def test_a_phone_shows_every_part_of_the_page_in_its_bar(visit: Open, fake: FakePlatform, path: str) -> None:
    page = await visit(path, 390, 844, has_touch=True, is_mobile=True)
    parts = page.locator(".parts a")
    await parts.last.wait_for()
    for i in range(await parts.count()):
        box = await parts.nth(i).bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390
        assert box["height"] >= 44


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("width", [390, 1366, 1920])
async def test_it_fits_and_every_text_exists(visit: Open, fake: FakePlatform, path: str, width: int) -> None:
    phone = {"has_touch": True, "is_mobile": True} if width == 390 else {}
    page = await opened(visit, path, width, 844, **phone)
    if path == ASKED:
        await page.locator("andon-chart .line").nth(1).wait_for()
    assert await page.evaluate("innerWidth") == width
    assert await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    text = await page.locator("body").inner_text()
    assert [w for w in text.split() if w.startswith(("data.", "range.", "rail."))] == []
    told = await page.evaluate("""() => {
      const ours = (urls) => urls.filter((u) => /\\/assets\\/.*\\.js$/.test(u)).map((u) => u.replace(/.*\\/js\\//, ''));
      return [[...document.querySelectorAll('link[rel=modulepreload]')].map((l) => l.href),
        performance.getEntriesByType('resource').map((e) => e.name)].map(ours);
    }""")
    assert sorted(told[0]) == sorted(told[1])


@pytest.mark.parametrize("path", PAGES)
async def test_every_stop_and_field_has_a_name(visit: Open, fake: FakePlatform, path: str) -> None:
    page = await opened(visit, path)
    if path == ASKED:
        await page.locator("andon-chart .line").nth(1).wait_for()
    nameless = await page.evaluate("""() =>
      [...document.querySelectorAll('main :is(a,button,input,select,[tabindex="0"])')]
      .filter((e) => !(e.getAttribute('aria-label') || e.labels?.[0]?.textContent.trim() || e.textContent.trim()))
      .map((e) => e.outerHTML.slice(0, 100))""")
    assert nameless == []
    pictures = await page.evaluate("""() => [...document.querySelectorAll('main svg')].filter((s) =>
      !s.closest('[aria-hidden=true]') && !s.getAttribute('aria-label')).length""")
    assert pictures == 0
    assert await page.locator("h1").count() == 1
    reached = set()
    for _ in range(40):
        await page.keyboard.press("Tab")
        reached.add(await page.evaluate("document.activeElement.closest('main') ? document.activeElement.tagName : ''"))
    assert reached & {"BUTTON", "A", "SELECT"}
