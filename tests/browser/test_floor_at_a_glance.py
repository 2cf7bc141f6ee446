"""The Floor as one walks past it: every figure there at once, in the order one counts, and no word over another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from support.fake_api import FakePlatform
from support.fake_plant import machine_view

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
LINE = "polaris/north/cabinets/cabinets-1"
ASSEMBLY = "polaris/north/assembly/assembly-1"
BENCH = "polaris/north/lab/bench"
SIZES = [(1920, 1080), (1440, 900), (390, 844)]
Open = Callable[..., Any]
_NAMES = "(all) => all.map((t) => t.dataset.machine.split('/').at(-1))"
#: What is read at a station and lies over what stands on the buffer beside it.
_OVER = """() => {
  const box = (e) => { const r = document.createRange(); r.selectNodeContents(e); return r.getBoundingClientRect() };
  const words = [...document.querySelectorAll('.station .l1, .station .l2')]
    .filter((e) => e.offsetParent && e.textContent);
  const marks = [...document.querySelectorAll('.stock text')].filter((e) => e.textContent);
  return words.flatMap((w) => { 
    const a = box(w), right = Math.min(a.right, w.getBoundingClientRect().right);
    return marks.filter((m) => { const b = m.getBoundingClientRect();
      return a.left < b.right - 1 && b.left < right - 1 && a.top < b.bottom - 2 && b.top < a.bottom - 2 })
      .map((m) => `${w.textContent} over ${m.textContent}`) });
}"""


def lone(fake: FakePlatform, count: int, only: bool = True) -> None:
    """``count`` machines that stand in no line; no other machines and no plant's layout if ``only``."""
    if only:
        fake.machines.clear()
        fake.plants["polaris"]["layout"] = None
    for i in range(count):
        path = f"{BENCH}/recorder-{i + 1}"
        fake.machines[path] = machine_view(path, fake.now(), "machine", "producing", "")


async def test_the_oee_is_there_although_the_stream_was_faster_than_the_machines(
    visit: Open, fake: FakePlatform
) -> None:
    page = await visit("/machines")
    await page.locator("tbody tr").first.wait_for()

    streamed = asyncio.Event()

    async def after_the_stream(route: Any) -> None:
        await streamed.wait()
        await route.continue_()

    await page.context.route("**/api/v1/machines", after_the_stream)
    again = await page.context.new_page()
    again.on(
        "websocket",
        lambda ws: ws.on("framereceived", lambda text: streamed.set() if "view" in str(text) else None),
    )
    await again.goto(page.url.replace("/machines", "/"))
    view = fake.machines[f"{LINE}/bend-1"]
    await again.locator(".live.live").wait_for()
    fake.send({"type": "machine", "machine": view["id"], "view": view})
    # not only at the card's next turn, ten seconds later
    await again.locator("[data-figure=oee] small", has_text="%").wait_for(timeout=6000)
    await again.locator("[data-figure=output] small", has_text="due").wait_for(timeout=6000)


@pytest.mark.parametrize(("width", "height"), SIZES)
async def test_machines_stand_in_the_order_one_counts(visit: Open, fake: FakePlatform, width: int, height: int) -> None:
    lone(fake, 20)
    page = await visit("/", width, height)
    await page.wait_for_function("document.querySelectorAll('.tile').length === 20")
    names = [f"recorder-{i + 1}" for i in range(20)]
    assert await page.locator(".tile").evaluate_all(_NAMES) == names
    await page.goto(page.url + "machines")
    await page.locator("tbody tr").nth(19).wait_for()
    assert await page.locator("tbody tr").evaluate_all(_NAMES) == names


async def test_a_machine_that_nobody_waits_for_is_no_bottleneck(visit: Open, fake: FakePlatform) -> None:
    lone(fake, 20)
    fake.analysis.bottleneck = f"{BENCH}/recorder-9"
    page = await visit("/", 1440, 900)
    await page.locator("[data-figure=oee] small", has_text="%").wait_for()
    assert await page.locator(".neck").count() == 0
    assert "recorder-9" not in await page.locator("[data-figure=oee]").inner_text()


async def test_a_bottleneck_that_is_none_for_sure_is_not_named(visit: Open, fake: FakePlatform) -> None:
    fake.analysis.certainty = 0.0003
    page = await visit("/", 1440, 900)
    await page.locator("[data-figure=oee] .below", has_text="no clear bottleneck").wait_for()
    assert await page.locator(".neck").count() == 0
    # so it is with no machine that waits, and the shift is still said
    assert "early shift so far" in await page.locator("[data-figure=oee] .below").inner_text()


@pytest.mark.parametrize(("width", "height"), SIZES[:2])
async def test_words_over_lone_machines_stand_clear_of_their_drawings(
    visit: Open, fake: FakePlatform, width: int, height: int
) -> None:
    lone(fake, 20)
    page = await visit("/", width, height)
    await page.wait_for_function("document.querySelectorAll('.tile').length === 20")
    gap = await page.evaluate("""() => {
      const head = document.createRange(); head.selectNodeContents(document.querySelector('.board h3'));
      const tops = [...document.querySelectorAll('.tile .pic')].map((p) => p.getBoundingClientRect().top);
      return Math.min(...tops) - head.getBoundingClientRect().bottom }""")
    assert gap >= 6
    # above them is nothing from which a rule would part them
    assert await page.locator(".board h3").evaluate("(e) => getComputedStyle(e).borderTopWidth") == "0px"


@pytest.mark.parametrize(
    ("count", "width", "height", "least"), [(20, 1920, 1080, 22), (9, 1440, 900, 22), (20, 1440, 900, 14)]
)
async def test_from_afar_lone_machines_are_read_as_well(
    visit: Open, fake: FakePlatform, count: int, width: int, height: int, least: int
) -> None:
    lone(fake, count)
    page = await visit("/?screen", width, height)
    await page.wait_for_function(f"document.querySelectorAll('.tile').length === {count}")
    await page.locator(".tile .l1", has_text="bar").last.wait_for()
    high = await page.evaluate("""() => Math.min(...[...document.querySelectorAll('.tile .name, .tile .l1')]
      .map((e) => parseFloat(getComputedStyle(e).fontSize) * (e.getBoundingClientRect().height / e.offsetHeight)))""")
    assert high >= least
    assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight")


@pytest.mark.parametrize(("width", "height"), [*SIZES[:2], (1366, 768)])
async def test_a_planned_stop_does_not_run_into_the_places_behind(
    visit: Open, fake: FakePlatform, width: int, height: int
) -> None:
    for name in ("assembly-2", "charge-1", "eol-1"):
        view = fake.machines[f"{ASSEMBLY}/{name}"]
        view |= {"state": "planned", "text": "Break", "state_since": fake.now() - 14 * 60_000_000}
    page = await visit("/", width, height)
    await page.locator(".station .l1", has_text="Planned stop").first.wait_for()
    await page.locator(".stock text", has_text="of").first.wait_for()
    assert await page.evaluate(_OVER) == []
    tile = page.locator(f'.tile[data-machine="{ASSEMBLY}/assembly-2"]')
    assert "14" in await tile.inner_text()


async def test_the_piece_a_blocked_machine_holds_is_read_whole(visit: Open, fake: FakePlatform) -> None:
    told = fake.machines[f"{LINE}/press-2"]
    told |= {"state": "blocked", "unit": "", "text": "holds RF-2611-1686", "state_since": fake.now() - 60_000_000}
    page = await visit("/", 1440, 900)
    for name, serial in (("thermo-1", "LN-2611-0481"), ("press-2", "RF-2611-1686")):
        tile = page.locator(f'.tile.need.blocked[data-machine="{LINE}/{name}"]')
        await tile.wait_for()
        assert await tile.locator(".l2").evaluate("(e) => e.scrollWidth <= e.clientWidth")
        assert await tile.locator(".l2").inner_text() == serial
        assert f"holds {serial}" in (await tile.get_attribute("aria-label") or "")


async def test_the_bar_parts_what_is_there(visit: Open, fake: FakePlatform) -> None:
    shown = "() => [...document.querySelectorAll('.bar .sep')].filter((e) => e.offsetParent).length"
    page = await visit("/machines", 1920, 1080)
    await page.locator(".bar .shift", has_text="shift").wait_for()
    assert await page.evaluate(shown) == 2
    # no shift, or no room to name it: then no line behind the plant's name
    await page.set_viewport_size({"width": 1366, "height": 768})
    assert await page.evaluate(shown) == 1
    lone(fake, 1)
    page = await visit("/machines", 1920, 1080)
    await page.locator("tbody tr").first.wait_for()
    assert await page.evaluate(shown) == 1


async def test_on_a_phone_what_happened_is_short_until_more_is_asked_for(visit: Open, fake: FakePlatform) -> None:
    for i in range(30):
        fake.event(f"{LINE}/press-1", "state", state="down" if i % 2 else "setup", text="Short stop")
    page = await visit("/", 390, 844, has_touch=True, is_mobile=True)
    shown = page.locator(".feed li:visible")
    more = page.locator(".feed .more")
    await more.wait_for()
    assert await shown.count() == 8
    said = int((await more.inner_text()).split()[1])
    await more.click()
    assert await shown.count() == 8 + said
    await more.wait_for(state="hidden")
    wide = await visit("/", 1440, 900)
    await wide.locator(".feed li").nth(8).wait_for()
    assert await wide.locator(".feed .more").is_hidden()
