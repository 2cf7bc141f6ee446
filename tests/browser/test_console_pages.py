"""The console's pages in a real browser, against a platform in memory."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable
from typing import Any

import pytest
from support.fake_api import FakeOrigin, FakePlatform
from support.fake_plant import SECOND, foreign_layout, machine_view
from support.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
LINE = "polaris/north/cabinets/cabinets-1"
Open = Callable[..., Any]


async def test_floor_says_how_the_plant_is(visit: Open, fake: FakePlatform) -> None:
    page = await visit("/")
    await page.get_by_role("heading", name="Line 1 waits for foam-2").wait_for()
    assert await page.locator(".tile").count() == 16
    assert await page.locator(".worst h1").inner_text() == "foam-2"
    assert "92 of 140" in await page.locator(".worst").inner_text()
    legend = (await page.locator(".legend").inner_text()).split()
    assert legend == ["12", "producing", "1", "setup", "1", "starved", "1", "blocked", "1", "down"]
    label = await page.locator(f'.tile[data-machine="{LINE}/foam-2"]').get_attribute("aria-label")
    assert label == "foam-2, down. Foaming head pressure low, cabinets 0 of 3"
    await page.locator('[data-figure=output] b:text-is("214")').wait_for()


async def test_lamp_follows_the_live_stream(visit: Open, fake: FakePlatform) -> None:
    page = await visit("/")
    tile = page.locator(f'.tile[data-machine="{LINE}/foam-2"]')
    await page.locator(f'.tile.down[data-machine="{LINE}/foam-2"]').wait_for()
    await page.locator(".live.live").wait_for()
    fake.set_state(f"{LINE}/foam-2", "producing")
    await page.locator(f'.tile.producing[data-machine="{LINE}/foam-2"]').wait_for()
    assert "producing" in (await tile.get_attribute("aria-label"))


async def test_output_of_today_misses_no_count_and_takes_none_twice(visit: Open, fake: FakePlatform) -> None:
    pack = "polaris/north/assembly/assembly-1/pack-1"
    fake.counts_leave.clear()
    page = await visit("/")
    await page.locator(".live.live").wait_for()
    await until(lambda: fake.counts_asked > 0, what="the page asking for counts")
    # after the sums were made and before they leave: the stream alone has it
    fake.send({"type": "event", **fake.event(pack, "count", good=1, scrap=0)})
    fake.send({"type": "event", **fake.event(f"{LINE}/press-1", "count", good=0, scrap=1)})
    # in the sums and in the stream
    known = next(e for e in fake.events if e["machine"] == pack and e["kind"] == "count")
    fake.send({"type": "event", **known})
    fake.counts_leave.set()
    await page.locator('[data-figure=output] b:text-is("215")').wait_for()
    await page.locator("[data-figure=scrap]", has_text="6 pieces").wait_for()
    fake.send({"type": "event", **fake.event(pack, "count", good=2, scrap=0)})
    await page.locator('[data-figure=output] b:text-is("217")').wait_for()
    # the stream breaks, pieces are made meanwhile, it comes back: the sums have them
    fake.refuse_stream = True
    await fake.drop()
    await page.locator(".live.broken").wait_for()
    fake.event(pack, "count", good=3, scrap=0)
    fake.refuse_stream = False
    await page.locator('[data-figure=output] b:text-is("220")').wait_for()


async def test_a_platform_that_hangs_is_not_live(visit: Open, fake: FakePlatform) -> None:
    """Suspended, or behind a cable that was pulled: the connection stays open, and nothing comes."""
    page = await visit("/alarms")  # a page whose stream is quiet: that nothing happens is no silence
    await page.locator(".live.live").wait_for()
    stream = """async () => {
      const address = performance.getEntriesByType('resource').find((r) => r.name.endsWith('/core/store.js')).name;
      return (await import(address)).store.live;
    }"""
    await page.evaluate(f"async () => {{ (await ({stream})()).heard -= 11_000 }}")
    # the stream says again that it is there
    await page.wait_for_function(f"async () => performance.now() - (await ({stream})()).heard < 1_000")
    assert await page.locator(".live.live").count() == 1
    fake.hangs = True
    await page.evaluate(f"async () => {{ (await ({stream})()).heard -= 13_000 }}")
    await page.locator(".live.broken", has_text="Not live").wait_for()
    fake.hangs = False
    await page.locator(".live.live").wait_for()


async def test_an_alarm_is_found_behind_the_many_pieces_finished_since(visit: Open, fake: FakePlatform) -> None:
    chiller, now = "polaris/north/utilities/supply/chiller-1", fake.now()
    assert chiller in fake.machines
    fake.event(
        chiller, "alarm", now - 600 * SECOND, code="bearing", severity="warning", active=True, text="Bearing warm"
    )
    for i in range(1200):
        fake.event(f"{LINE}/press-1", "operation-finished", now - (599 * SECOND) + i * 1000, unit=f"RF-{i}")
    page = await visit("/")
    await page.locator(".others", has_text="chiller-1 warns").wait_for()
    assert "Bearing warm" in await page.locator(".others").inner_text()


async def test_a_machines_page_counts_what_it_made_today(visit: Open, fake: FakePlatform) -> None:
    pack = "polaris/north/assembly/assembly-1/pack-1"
    page = await visit(f"/machine/{pack}")
    await page.locator('[data-made=good]:text-is("214")').wait_for()
    await page.locator(".live.live").wait_for()
    fake.send({"type": "event", **fake.event(pack, "count", good=1, scrap=1)})
    await page.locator('[data-made=good]:text-is("215")').wait_for()
    await page.locator('[data-made=scrap]:text-is("1")').wait_for()


async def test_a_machine_added_live_gets_its_tile(visit: Open, fake: FakePlatform) -> None:
    page = await visit("/")
    await page.locator(".live.live").wait_for()
    path = "polaris/north/hall/extra/drill-1"
    fake.machines[path] = machine_view(path, fake.now(), "machine")
    brief = {k: v for k, v in fake.machines[path].items() if k not in ("signals", "operations", "commands")}
    fake.send({"type": "machine", "machine": path, "view": brief})
    await page.locator(f'.tile[data-machine="{path}"]').wait_for(timeout=3000)


@pytest.mark.parametrize("count", [3, 30])
@pytest.mark.parametrize("width", [1920, 1366, 1024])
async def test_a_foreign_plant_is_drawn_without_overlaps(
    visit: Open, fake_origin: tuple[FakeOrigin, str], count: int, width: int
) -> None:
    fake_origin[0].use(FakePlatform.foreign(count))
    page = await visit("/", width)
    await page.locator(".tile").nth(count - 1).wait_for()
    overlaps = await page.evaluate("""() => {
      const boxes = [...document.querySelectorAll('.tile')].map((t) => ({ name: t.dataset.machine,
        ...{ x: t.offsetLeft, y: t.offsetTop, w: 172, h: t.offsetHeight } }));
      const board = document.querySelector('.board');
      const bad = boxes.filter((b) => b.x < 0 || b.x + b.w > board.clientWidth + 1).map((b) => b.name);
      const picture = document.querySelector('andon-picture').getBoundingClientRect();
      if (Math.abs(board.getBoundingClientRect().width - picture.width) > 2) bad.push('board and card differ');
      boxes.forEach((a, i) => boxes.slice(i + 1).forEach((b) => {
        if (a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h) bad.push(a.name + ' ' + b.name);
      }));
      return bad;
    }""")
    assert overlaps == []
    joined = await page.locator(".belts .be").count() + await page.locator(".belts .note").count()
    assert joined >= count - 1


async def test_every_feed_is_shown_by_a_belt_or_in_words(visit: Open, fake: FakePlatform) -> None:
    page = await visit("/")
    await page.locator(".tile").nth(15).wait_for()
    layout, names = foreign_layout(30)
    unseen = await page.evaluate(
        """async ([layout, names]) => {
      const base = document.querySelector('script[type=module][src*=main]').src.replace('main.js', '');
      const { layoutFloor } = await import(base + 'floor/layout.js');
      const bad = [];
      for (const width of [700, 900, 1320, 2500]) {
        const plan = layoutFloor(layout, names, width);
        const said = new Set(plan.notes.flatMap((n) => n.to.map((to) => n.machine + '>' + to)));
        const shown = new Set(plan.belts.filter((b) => b.to).map((b) => b.to));
        for (const s of layout.sites[0].lines[0].stations) {
          const unseen = s.feeds.filter((to) => !shown.has(to) && !said.has(s.machine + '>' + to));
          bad.push(...unseen.map((to) => s.machine + '>' + to));
        }
        if (plan.belts.some((b) => b.path.includes('NaN'))) bad.push('NaN at ' + width);
      }
      return bad;
    }""",
        [layout, names],
    )
    assert unseen == []


async def test_pace_is_set_by_an_engineer_and_the_answer_is_shown(visit: Open, fake: FakePlatform) -> None:
    page = await visit("/")
    select = page.locator("andon-bar andon-pace select")
    await select.select_option("60")
    await page.locator("andon-bar andon-pace label.fast").wait_for()
    assert fake.plants["polaris"]["clock"]["segments"][-1]["pace"] == 60
    await select.select_option("600")
    await page.get_by_text("Pace above 100 is too fast for this computer").first.wait_for()


async def test_a_viewer_looks_and_does_not_touch(visit: Open, fake: FakePlatform) -> None:
    fake.role = "viewer"
    page = await visit("/")
    select = page.locator("andon-bar andon-pace select")
    await select.wait_for()
    assert await select.is_disabled()
    assert "engineers" in (await select.get_attribute("title"))
    page = await visit(f"/machine/{LINE}/press-1")
    await page.locator("andon-act").get_by_text("Your role is Viewer").wait_for()
    assert await page.locator("andon-act button:not([disabled])").count() == 0


async def test_a_fault_is_injected_from_the_machines_own_form(visit: Open, fake: FakePlatform) -> None:
    page = await visit(f"/machine/{LINE}/press-1")
    form = page.locator('form[data-command="inject-fault"]')
    await form.locator("select[name=fault]").select_option("sensor-stuck")
    await form.locator("select[name=severity]").select_option("1")
    await form.get_by_role("button").click()
    await page.get_by_text("The machine answered in 41 ms: inject-fault done").wait_for()
    assert fake.commands[-1]["arguments"] == {"fault": "sensor-stuck", "severity": "1"}


async def test_chart_zooms_and_the_resolution_follows(visit: Open, fake: FakePlatform) -> None:
    page = await visit(f"/machine/{LINE}/press-1")
    await page.locator("andon-chart .line").nth(1).wait_for()
    await page.get_by_text("one point is the mean of").wait_for()
    before = fake.series_asked[-1]
    box = await page.locator("andon-chart").bounding_box()
    await page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 80)
    await page.locator(".cursor time").wait_for()
    async with page.expect_response("**/series*"):
        await page.keyboard.down("Control")
        await page.mouse.wheel(0, -600)
        await page.keyboard.up("Control")
    after = fake.series_asked[-1]
    assert after["stop"] - after["start"] < (before["stop"] - before["start"]) / 1.2
    assert await page.locator("[data-live]").get_attribute("aria-pressed") == "false"
    await page.locator("andon-chart").focus()
    async with page.expect_response("**/series*"):
        await page.keyboard.press("Home")
    assert await page.locator("[data-live]").get_attribute("aria-pressed") == "true"


async def test_a_week_of_states_is_drawn_by_pixels_and_not_by_changes(visit: Open, fake: FakePlatform) -> None:
    page = await visit(f"/machine/{LINE}/press-1")
    await page.locator("andon-chart .st").first.wait_for()
    # a machine that is a day old opens with its last shift
    assert await page.locator('[data-range="8h"]').get_attribute("aria-pressed") == "true"
    async with page.expect_response("**/states*") as answered:
        await page.locator('[data-range="7d"]').click()
    changes = len((await (await answered.value).json())["states"])
    await page.get_by_text("one point is the mean of").wait_for()
    # of one moment: the chart is drawn anew as values come
    drawn, wide = await page.evaluate("""() => [document.querySelectorAll('andon-chart rect.st').length,
      document.querySelector('andon-chart rect.bed').getBoundingClientRect().width]""")
    assert changes > 4 * wide
    assert 0 < drawn <= wide
    spans = await page.locator("andon-chart rect.st").evaluate_all(
        "(all) => all.map((e) => [Number(e.getAttribute('x')), Number(e.getAttribute('width'))])"
    )
    assert all(b[0] >= a[0] for a, b in itertools.pairwise(spans))
    assert sum(w for _, w in spans) > 0.8 * wide


async def test_stream_that_breaks_comes_back_with_what_was_missed(visit: Open, fake: FakePlatform) -> None:
    page = await visit("/")
    await page.locator(".live.live").wait_for()
    fake.refuse_stream = True
    await fake.drop()
    await page.locator(".live.broken").wait_for()
    fake.machines[f"{LINE}/foam-2"].update(state="producing", text="")
    fake.refuse_stream = False
    await page.locator(f'.tile.producing[data-machine="{LINE}/foam-2"]').wait_for()
    await page.locator(".live.live").wait_for()


async def test_api_that_is_away_is_said_and_waited_for(visit: Open, fake: FakePlatform) -> None:
    fake.away = True
    page = await visit("/")
    await page.get_by_role("heading", name="The platform does not answer").wait_for()
    fake.away = False
    await page.get_by_role("heading", name="Line 1 waits for foam-2").wait_for()


async def test_no_shift_is_shown_on_a_day_off(visit: Open, fake: FakePlatform) -> None:
    layout = fake.plants["polaris"]["layout"]
    shift = {"name": "Always", "start": "00:00", "end": "24:00", "days": [], "breaks": []}
    layout["shifts"] = [shift]
    page = await visit("/machines")
    await page.locator(".bar .shift").get_by_text("Always").wait_for()
    today = dt.datetime.now(dt.UTC).date()  # and the days beside it, whatever the plant's zone
    layout["days_off"] = [str(today + dt.timedelta(days=n)) for n in (-1, 0, 1)]
    page = await visit("/machines")
    await page.locator(".bar .live").get_by_text("Live").wait_for()
    assert "Always" not in await page.locator(".bar .shift").inner_text()


async def test_a_plant_without_machines_says_how_to_get_some(visit: Open, fake_origin: tuple[FakeOrigin, str]) -> None:
    fake_origin[0].use(FakePlatform())
    page = await visit("/")
    await page.get_by_role("heading", name="No machine has announced itself yet").wait_for()
    assert "andon machine new" in await page.locator(".instead").inner_text()


async def test_theme_follows_the_system_and_is_remembered(visit: Open, fake: FakePlatform) -> None:
    page = await visit("/", color_scheme="dark")
    html = page.locator("html")
    assert await html.get_attribute("data-theme") == "dark"
    await page.locator("[data-theme-to=light]").click()
    await page.reload()
    await page.locator(".tile").first.wait_for()
    assert await html.get_attribute("data-theme") == "light"


async def test_machines_are_searched_and_opened_from_the_keyboard(visit: Open, fake: FakePlatform) -> None:
    page = await visit("/machines")
    await page.locator("tbody tr").nth(15).wait_for()
    await page.get_by_role("searchbox").fill("foam")
    await page.locator("tbody tr").nth(2).wait_for(state="detached")
    assert await page.locator("tbody tr").count() == 2
    await page.get_by_role("combobox").select_option("down")
    link = page.get_by_role("link", name="foam-2")
    await link.focus()
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="foam-2 is down: foaming head pressure low").wait_for()


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1536, 864), (1920, 1080)])
async def test_the_whole_floor_is_seen_without_scrolling_and_can_be_read(
    visit: Open, fake: FakePlatform, width: int, height: int
) -> None:
    page = await visit("/", width, height)
    await page.locator(".tile").nth(15).wait_for()
    await page.locator('[data-figure=output] b:text-is("214")').wait_for()
    assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    small = await page.evaluate("""() => {
      const scale = (e) => e.getBoundingClientRect().width / e.offsetWidth;
      return [...document.querySelectorAll('.tile .name, .tile .l1, .tile .l2, .board h2, .kpi b')]
        .filter((e) => e.offsetWidth && parseFloat(getComputedStyle(e).fontSize) * scale(e) < 12.9)
        .map((e) => e.textContent);
    }""")
    assert small == []
    # no name of a machine in line is cut off, nor its state
    cut = await page.evaluate("""() =>
      [...document.querySelectorAll('.station .name, .station .l1, .worst h1, .kpi .v')]
      .filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.textContent)""")
    assert cut == []


async def test_a_laptop_shows_all_machines_and_all_that_one_may_do(visit: Open, fake: FakePlatform) -> None:
    page = await visit("/machines", 1366, 768)
    await page.locator("tbody tr").nth(15).wait_for()
    assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    page = await visit(f"/machine/{LINE}/press-1", 1366, 768)
    await page.locator("andon-chart .line").first.wait_for()
    for what in ("andon-act .answer", "andon-chart", ".values"):
        box = await page.locator(what).bounding_box()
        assert box["y"] + box["height"] <= 768, what


@pytest.mark.parametrize("path", ["/", "/machines", f"/machine/{LINE}/press-1"])
async def test_a_phone_needs_no_sideways_scrolling(visit: Open, fake: FakePlatform, path: str) -> None:
    page = await visit(path, 390, 844, has_touch=True, is_mobile=True)
    await page.locator(".tile, tbody tr, andon-chart .line").first.wait_for()
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
    # a page that is too wide would be shown smaller
    assert await page.evaluate("innerWidth") == 390
    bar = await page.locator(".rail").bounding_box()
    assert bar["y"] > 700


async def test_units_move_unless_less_motion_is_wished_for(visit: Open, fake: FakePlatform) -> None:
    for motion, expected in (("no-preference", 1), ("reduce", 0)):
        page = await visit("/", reduced_motion=motion)
        await page.locator(".live.live").wait_for()
        await page.locator(".tile").nth(15).wait_for()
        # the picture may still be laid out anew, with another layer for what moves
        await page.evaluate("""() => { window.seen = 0; new MutationObserver((all) => {
            for (const m of all) if (m.target.matches('.movers')) seen += m.addedNodes.length
          }).observe(document.querySelector('andon-picture'), { childList: true, subtree: true }) }""")
        event = fake.event(f"{LINE}/press-1", "operation-finished", unit="RF-1", operation="form", duration_s=43.7)
        fake.send({"type": "event", **event})
        await page.get_by_text("cycle 43.7").first.wait_for()
        assert await page.evaluate("window.seen") == expected


@pytest.mark.parametrize("path", ["/", "/machines", f"/machine/{LINE}/press-1"])
async def test_a_page_fetches_all_its_modules_at_once_and_none_of_another(
    visit: Open, fake: FakePlatform, path: str
) -> None:
    page = await visit(path)
    await page.locator(".tile, tbody tr, andon-chart .line").first.wait_for()
    told = await page.evaluate("""() => {
      const ours = (urls) => urls.filter((u) => /\\/assets\\/.*\\.js$/.test(u)).map((u) => u.replace(/.*\\/js\\//, ''));
      return [[...document.querySelectorAll('link[rel=modulepreload]')].map((l) => l.href),
        performance.getEntriesByType('resource').map((e) => e.name)].map(ours);
    }""")
    preloaded, fetched = map(sorted, told)
    assert preloaded == fetched
    assert any(name.startswith("chart/") for name in fetched) == (path != "/")
