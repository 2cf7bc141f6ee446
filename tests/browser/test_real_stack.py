"""The console on a real stack: broker, platform, edge and apps as `andon demo` starts them, two plants in it.

The tests follow each other on one page, as a person does: the link, the Floor, a machine, the other plant.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio
from support.demo import DemoUnderTest, running_demo
from support.two_plants import AURORA, POLARIS, add_machine, two_plants
from support.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
BENCH = "polaris/north/lab/bench"
_WAIT_MS = 20_000
#: Watches tiles until each has changed what it shows: a measured value, a unit, a state, how long it waits.
_WATCH = """() => {
  const shown = () => new Map([...document.querySelectorAll('.tile')].map((t) => [t.dataset.machine, t.textContent]));
  const first = shown();
  const same = new Set(first.keys());
  window.same = same;
  new MutationObserver(() => { for (const [m, text] of shown()) if (text !== first.get(m)) same.delete(m) })
    .observe(document.querySelector('andon-picture'), { subtree: true, childList: true, characterData: true });
}"""


@dataclass
class Visit:
    """One browser on one demo; what went wrong in it."""

    demo: DemoUnderTest
    machines: Path
    page: Any
    origin: str
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DemoUnderTest, Path]]:
    folder = tmp_path_factory.mktemp("stack")
    machines, plants = two_plants(folder)
    options = ("--machines", str(machines), "--plants", str(plants), "--seed", "7")
    with running_demo(folder / "demo", *options, machines_online=POLARIS + AURORA) as demo:
        yield demo, machines


async def chosen(page: Any, select: str, value: str) -> None:
    """Until the list shows this choice: what the stack says of it comes after the page."""
    shows = "([select, value]) => document.querySelector(select)?.value === value"
    await page.wait_for_function(shows, arg=[select, value], timeout=_WAIT_MS)


def printed_link(demo: DemoUnderTest) -> str:
    """The link that the demo prints once all its processes are there."""

    def found() -> list[str]:
        assert demo.process.poll() is None, demo.printed()[-3000:]
        return [word for word in demo.printed().split() if "/link/" in word]

    try:
        return wait_until(found, 30, "the link")[0]
    except AssertionError as error:
        raise AssertionError(f"{error}:\n{demo.printed()[-3000:]}") from error


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def visit(stack: tuple[DemoUnderTest, Path], chromium: Any) -> AsyncIterator[Visit]:
    demo, machines = stack
    context = await chromium.new_context(viewport={"width": 1920, "height": 1080})
    page = await context.new_page()
    page.set_default_timeout(_WAIT_MS)
    link = printed_link(demo)
    origin = link.split("/link/")[0]
    found = Visit(demo, machines, page, origin)
    inside = (origin, origin.replace("http", "ws", 1), "data:", "blob:")
    page.on("pageerror", lambda e: found.errors.append(str(e)))
    page.on("console", lambda m: found.errors.append(m.text) if m.type == "error" else None)
    page.on("request", lambda r: None if r.url.startswith(inside) else found.foreign.append(r.url))
    page.on("websocket", lambda s: None if s.url.startswith(inside) else found.foreign.append(s.url))
    await page.goto(link)
    await page.get_by_role("button", name="Open the console").click()
    await page.wait_for_url(f"{origin}/")
    yield found
    await context.close()


async def test_the_printed_link_opens_a_floor_with_every_machine(visit: Visit) -> None:
    page = visit.page
    await page.locator(".plant select").select_option("polaris")
    await page.locator(".tile").nth(POLARIS - 1).wait_for()
    assert await page.locator(".tile").count() == POLARIS
    assert await page.locator(".tile.offline").count() == 0
    await page.locator(".live.live").wait_for()


@pytest.mark.parametrize("width", [390, 1366])
async def test_who_has_no_session_is_told_how_to_come_in(visit: Visit, chromium: Any, width: int) -> None:
    context = await chromium.new_context(viewport={"width": width, "height": 844}, is_mobile=width == 390)
    stranger = await context.new_page()
    assert (await stranger.goto(visit.origin)).status == 401
    await stranger.get_by_role("heading", name="You need a link to come in").wait_for()
    assert "andon link" in await stranger.locator("code").first.inner_text()
    # what is to be typed is read whole
    assert await stranger.locator("code").evaluate_all("(all) => all.every((e) => e.scrollWidth <= e.clientWidth)")
    # the card stands in the middle, as far from one edge as from the other
    box = await stranger.locator("main").bounding_box()
    assert box["x"] >= 16
    assert box["x"] * 2 + box["width"] == pytest.approx(width, abs=2)
    await context.close()


async def test_at_a_pace_set_on_the_floor_every_tile_moves(visit: Visit) -> None:
    page = visit.page
    await page.locator("andon-bar andon-pace select").select_option("60")
    await page.locator("andon-bar andon-pace label.fast").wait_for()
    with visit.demo.client() as client:
        clocks = {p["enterprise"]: p["clock"]["pace"] for p in client.get("/api/v1/plants").json()["plants"]}
    assert clocks == {"polaris": 60, "aurora": 1}
    await page.evaluate(_WATCH)
    await page.wait_for_function("window.same.size === 0")


async def test_a_machine_file_that_is_added_becomes_a_tile_without_reload(visit: Visit) -> None:
    page = visit.page
    await page.evaluate("window.kept = true")
    add_machine(visit.machines, "press-9", "sheet-metal-press", BENCH)
    tile = page.locator(f'.tile.producing[data-machine="{BENCH}/press-9"]')
    await tile.wait_for()
    assert await page.locator(".tile").count() == POLARIS + 1
    assert await page.evaluate("window.kept")


async def test_a_machine_shows_its_chart_growing(visit: Visit) -> None:
    page = visit.page
    await page.locator(f'.tile[data-machine="{BENCH}/press-9"]').click()
    await page.locator("andon-chart .line").nth(1).wait_for()
    count = "document.querySelector('andon-chart .line').getAttribute('d').split(/[ML]/).length"
    before = await page.evaluate(count)
    await page.wait_for_function(f"(before) => {count} > before + 5", arg=before)
    value = "document.querySelector('.values b').textContent"
    shown = await page.evaluate(value)
    await page.wait_for_function(f"(shown) => {value} !== shown", arg=shown)
    # a piece was made, and the page counted it from the stream
    await page.wait_for_function("Number(document.querySelector('[data-made=good]').textContent) > 0")


async def test_a_fault_from_the_form_is_answered_and_stops_the_machine(visit: Visit) -> None:
    page = visit.page
    form = page.locator('form[data-command="inject-fault"]')
    await form.locator("select[name=fault]").select_option("hydraulic-leak")
    await form.locator("select[name=severity]").select_option("1")
    await form.get_by_role("button").click()
    await page.get_by_text("The machine answered in").wait_for()
    await page.get_by_role("heading", name="press-9 is down: a hydraulic hose leaks").wait_for()
    await page.locator("andon-chart .st.down").first.wait_for()
    # a repair takes a quarter of an hour of plant time, 15 s at this pace: now longer than the tests that follow
    with visit.demo.client() as client:
        client.post("/api/v1/plants/polaris/pace", json={"pace": 2}).raise_for_status()
    await page.locator(".bar .badge", has_text="2×").wait_for()


async def test_pieces_made_today_are_those_that_the_store_counted(visit: Visit) -> None:
    page = visit.page
    async with page.expect_response("**/api/v1/counts*") as asked:
        await page.reload()
    since = parse_qs(urlsplit((await asked.value).url).query)["start"][0]
    with visit.demo.client() as client:
        wanted = {"machine": f"{BENCH}/press-9", "start": since, "stop": "now"}
        stored = client.get("/api/v1/counts", params=wanted).raise_for_status().json()
    # the machine stands, so nothing is added
    await page.locator(f'[data-made=good]:text-is("{stored["good"]}")').wait_for()
    await page.locator(f'[data-made=scrap]:text-is("{stored["scrap"]}")').wait_for()


async def test_the_faults_alarm_rang_is_acknowledged_and_who_did_it_is_written(visit: Visit) -> None:
    page, id = visit.page, f"{BENCH}/press-9:hydraulic-leak"
    with visit.demo.client() as client:
        before = (
            client.get("/api/v1/alarms", params={"machine": f"{BENCH}/press-9"}).raise_for_status().json()["alarms"]
        )
    assert [(a["severity"], a["source"], a["acknowledged"]) for a in before if a["id"] == id] == [
        ("critical", "machine", False)
    ]
    await page.locator(".rail a", has_text="Alarms").click()
    row = page.locator(".rows li", has=page.locator(f'.open[data-id="{id}"]'))
    await row.locator(".ack").click()
    await row.locator(".ack").wait_for(state="detached")
    with visit.demo.client() as client:
        states = ["acknowledged", "normal"]
        asked = {"machine": f"{BENCH}/press-9", "state": states}
        after = client.get("/api/v1/alarms", params=asked).raise_for_status().json()["alarms"]
        told = client.get("/api/v1/alarms/history", params={"id": id}).raise_for_status().json()["history"]
    alarm = next(a for a in after if a["id"] == id)
    assert alarm["acknowledged_by"].startswith("admin:")
    assert [(e["what"], e["by"]) for e in told if e["what"] in ("came", "acknowledged")] == [
        ("acknowledged", alarm["acknowledged_by"]), ("came", ""),
    ]  # fmt: skip


async def test_the_floor_compares_output_with_what_calendar_and_takt_ask_for(visit: Visit) -> None:
    page = visit.page
    async with page.expect_response("**/api/v1/output?*") as asked:
        await page.locator(".rail a", has_text="Floor").click()
    answer = await (await asked.value).json()
    lines = {line["line"]: line for line in answer["lines"]}
    takt = lines["polaris/north/assembly/assembly-1"]
    assert takt["due"] == int(takt["planned_s"] // takt["takt_s"])
    assert answer["together"]["due"] == takt["due"]
    await page.locator("[data-figure=output] small", has_text="due").wait_for()


async def test_the_other_plant_is_one_choice_away_and_keeps_to_itself(visit: Visit) -> None:
    page = visit.page
    await page.locator(".rail a", has_text="Floor").click()
    await page.locator(f'.tile.down[data-machine="{BENCH}/press-9"]').wait_for()
    await page.locator(".plant select").select_option("aurora")
    await page.locator('.tile[data-machine^="polaris/"]').first.wait_for(state="detached")
    await page.locator('.tile[data-machine^="aurora/"]').nth(AURORA - 1).wait_for()
    tiles = await page.locator(".tile").evaluate_all("(all) => all.map((t) => t.dataset.machine.split('/')[0])")
    assert tiles == ["aurora"] * AURORA
    await page.get_by_role("heading", name="Line A").wait_for()
    # its own pace, its own time zone, its own figures, and no word of the other plant
    await chosen(page, "andon-bar andon-pace select", "1")
    await page.locator("[data-figure=online] .v", has_text=f"{AURORA}of {AURORA}").wait_for()
    assert "press-9" not in await page.locator("andon-floor").inner_text()
    # it is remembered: by the list of machines, and by the next page
    await page.locator(".rail a", has_text="Machines").click()
    await page.locator("tbody tr").nth(AURORA - 1).wait_for()
    assert await page.locator("tbody tr").count() == AURORA


async def test_a_machine_of_the_other_plant_is_opened_by_its_address(visit: Visit) -> None:
    page = visit.page
    await page.goto(f"{visit.origin}/machine/{BENCH}/press-9")
    await page.locator("andon-chart .line").first.wait_for()
    # the bar names the machine's own plant and its pace, whatever plant was chosen last
    await chosen(page, ".plant select", "polaris")
    await page.locator(".bar .badge", has_text="2×").wait_for()


async def test_one_message_is_followed_hop_by_hop_to_the_chart(visit: Visit) -> None:
    page = visit.page
    await page.locator(".rail a", has_text="Layers").click()
    await page.get_by_role("heading", level=1, name="from machine to chart").wait_for()
    await page.goto(f"{visit.origin}/layers?machine={BENCH}/press-9")
    for hop in ("journal", "live", "browser", "chart", "ingest", "store", "acknowledged", "watermark"):
        await page.locator(f".tabs [data-hop={hop}] .at", has_text="+").wait_for()
    found = await page.evaluate("document.querySelector('andon-follow').found")
    times = found["times"]
    assert found["outcome"] == "stored"
    kept = [times[hop] for hop in ("measured", "journaled", "received", "judged", "written", "acknowledged")]
    assert kept == sorted(kept)
    seen = [times[hop] for hop in ("measured", "journaled", "live", "delivered")]
    assert seen == sorted(seen)
    assert times["watermark"] >= times["written"]
    # the browser is on this machine: what it says of itself is known to half a round trip
    mine = await page.evaluate("""() => { const f = document.querySelector('andon-follow');
      return { ...f.listening.of(f.found.epoch, f.found.seq), doubt: f.clock.doubt } }""")
    assert times["delivered"] - mine["doubt"] <= mine["received"] <= mine["painted"]
    # the message that was followed is the one in the store
    signal, value = next(iter(json.loads(found["payload"])["samples"][-1]["values"].items()))
    with visit.demo.client() as client:
        asked = {"machine": f"{BENCH}/press-9", "signal": signal, "agg": "raw",
                 "start": times["measured"], "stop": times["measured"] + 1}  # fmt: skip
        stored = client.get("/api/v1/series", params=asked).raise_for_status().json()["series"][0]
    assert (stored["times"], stored["values"]) == ([times["measured"]], [value])
    # what flows is what the platform says
    with visit.demo.client() as client:
        flow = client.get("/api/v1/flow").raise_for_status().json()
    hops = {h["hop"]: h for h in flow["hops"]}
    assert all(hops[h]["count"] for h in ("journal", "broker", "write", "live"))
    await page.locator(f'[data-box=machines] .v b:text-is("{flow["online"]}")').wait_for()


async def test_a_cord_pulled_on_a_phone_shows_on_the_floor_and_a_reason_in_the_losses(
    visit: Visit, chromium: Any
) -> None:
    press = f"{BENCH}/press-9"
    with visit.demo.client() as client:
        link = client.post("/api/v1/links", json={"role": "operator"}).raise_for_status().json()["url"]
    context = await chromium.new_context(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    phone = await context.new_page()
    phone.set_default_timeout(_WAIT_MS)
    phone.on("pageerror", lambda e: visit.errors.append(str(e)))
    await phone.goto(link)
    await phone.get_by_role("button", name="Open the console").click()
    await phone.wait_for_url(f"{visit.origin}/")
    await phone.goto(f"{visit.origin}/station/{press}")
    await visit.page.goto(f"{visit.origin}/?plant=polaris")
    tile = visit.page.locator(f'.tile[data-machine="{press}"]')
    await tile.wait_for()
    await phone.locator("[data-kind=maintenance]").click()
    await tile.locator(".called.open", has_text="Maintenance").wait_for()
    await phone.get_by_role("button", name="I am here").click()
    await tile.locator(".called.answered", has_text="Maintenance came in").wait_for()
    # the machine stands for a hose; who came says why, and the losses say so
    await phone.locator("andon-station .ask.asks.down").first.click()
    await phone.get_by_role("button", name="Mechanical breakdown").click()
    await phone.locator("andon-station .ask.given", has_text="Mechanical breakdown").first.wait_for()
    with visit.demo.client() as client:
        wanted = {"machine": press, "start": "-10m"}
        losses = client.get("/api/v1/oee", params=wanted).raise_for_status().json()["machines"][0]["losses"]
        calls = client.get("/api/v1/station/calls", params={"machine": press}).raise_for_status().json()["calls"]
    assert "Mechanical breakdown" in [x["reason"] for x in losses if x["state"] == "down"]
    assert [(c["kind"], c["state"]) for c in calls] == [("maintenance", "answered")]
    assert calls[0]["answer_s"] > 0
    assert calls[0]["called_by"].startswith("operator:")
    await context.close()


async def test_a_file_that_is_refused_is_said_on_the_floor_until_it_is_mended(visit: Visit) -> None:
    page, strip = visit.page, visit.page.locator(".notices")
    await page.goto(f"{visit.origin}/?plant=polaris")
    await page.locator(".tile").nth(POLARIS).wait_for()
    assert await strip.is_hidden()
    add_machine(visit.machines, "press-9", "sheet-metal-pres", BENCH)
    await strip.get_by_text("machines/press-9.yaml:1", exact=True).wait_for()
    assert "sheet-metal-press" in await strip.inner_text()  # the remedy
    await page.locator(".rail a", has_text="Layers").click()
    await page.locator(".notices", has_text="machines/press-9.yaml:1").wait_for()
    add_machine(visit.machines, "press-9", "sheet-metal-press", BENCH)
    await page.locator(".notices").wait_for(state="hidden")


async def test_nothing_came_from_elsewhere_and_no_script_failed(visit: Visit) -> None:
    assert visit.foreign == []
    assert visit.errors == []
