"""The Floor's output against plan, and the big screen for ten metres."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from support.fake_api import FakePlatform
from support.fake_plant import SECOND

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
Open = Callable[..., Any]
_SCREEN = "document.documentElement.classList.contains('screen')"


@pytest.mark.parametrize(
    ("due", "said"),
    [
        ((260, 417), "46 behind plan; 417 by midnight"),
        ((214, 417), "as planned; 417 by midnight"),
        ((200, 417), "14 ahead of plan; 417 by midnight"),
        (None, "counted where the lines end, since midnight"),
    ],
)
async def test_output_is_compared_with_the_plan(
    visit: Open, fake: FakePlatform, due: tuple[int, int] | None, said: str
) -> None:
    fake.due = due
    page = await visit("/")
    card = page.locator("[data-figure=output]")
    await card.locator(".below", has_text=said).wait_for()
    unit = f"of {due[0]} due" if due else "good refrigerators"
    assert await card.locator("small").inner_text() == unit
    assert await card.locator(".goal").count() == (1 if due else 0)


async def test_a_piece_that_is_made_changes_the_plans_words_at_once(visit: Open, fake: FakePlatform) -> None:
    page = await visit("/")
    below = page.locator("[data-figure=output] .below")
    await below.filter(has_text="46 behind plan").wait_for()
    await page.locator(".live.live").wait_for()
    pack = "polaris/north/assembly/assembly-1/pack-1"
    fake.send({"type": "event", **fake.event(pack, "count", good=1, scrap=0)})
    await below.filter(has_text="45 behind plan").wait_for()


async def test_b_shows_the_board_for_ten_metres_and_escape_leaves_it(visit: Open, fake: FakePlatform) -> None:
    page = await visit("/")
    await page.locator(".tile").nth(15).wait_for()
    small = await page.locator("[data-figure=output] b").evaluate("(e) => parseFloat(getComputedStyle(e).fontSize)")
    await page.keyboard.press("b")
    await page.wait_for_function(_SCREEN)
    assert page.url.endswith("/?screen")
    await page.locator(".rail").wait_for(state="hidden")
    large = await page.locator("[data-figure=output] b").evaluate("(e) => parseFloat(getComputedStyle(e).fontSize)")
    assert large >= 1.5 * small
    # the lines alone: what stands in no line is for the desk
    await page.wait_for_function("document.querySelectorAll('.tile').length === 12")
    assert await page.locator(".feed").is_hidden()
    assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    await page.keyboard.press("Escape")
    await page.wait_for_function(f"!({_SCREEN})")
    assert page.url.endswith("/")
    await page.wait_for_function("document.querySelectorAll('.tile').length === 16")
    await page.locator(".rail").wait_for()


async def test_b_in_a_field_is_a_letter(visit: Open, fake: FakePlatform) -> None:
    page = await visit("/")
    await page.locator("andon-bar andon-pace select").focus()
    await page.keyboard.press("b")
    assert not await page.evaluate(_SCREEN)


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1366, 768), (3840, 2160)])
async def test_the_address_opens_it_and_nothing_lies_over_another_thing(
    visit: Open, fake: FakePlatform, width: int, height: int
) -> None:
    page = await visit("/?screen", width, height)
    await page.wait_for_function("document.querySelectorAll('.tile').length === 12")
    await page.locator(".worst.down").wait_for()
    assert await page.evaluate("[document.documentElement.scrollWidth <= innerWidth, scrollY]") == [True, 0]
    cut = await page.evaluate("""() => [...document.querySelectorAll('.tile .name, .kpi .v:not(.below), .worst h1')]
      .filter((e) => e.offsetParent && e.scrollWidth > e.clientWidth + 1).map((e) => e.textContent)""")
    assert cut == []
    over = await page.evaluate("""() => { const boxes = [...document.querySelectorAll('.tile .name')].map((e) => {
        const r = document.createRange(); r.selectNodeContents(e); return [e.textContent, r.getBoundingClientRect()] });
      return boxes.flatMap(([a, x], i) => boxes.slice(i + 1).filter(([, y]) => x.left < y.right && y.left < x.right
        && x.top < y.bottom && y.top < x.bottom).map(([b]) => `${a} ${b}`)) }""")
    assert over == []


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1366, 768), (3840, 2160)])
async def test_how_long_a_machine_waits_stands_on_its_plate_and_no_plate_on_another(
    visit: Open, fake: FakePlatform, width: int, height: int
) -> None:
    for name in ("pack-1", "eol-1", "charge-1"):
        machine = fake.machines[f"polaris/north/assembly/assembly-1/{name}"]
        machine |= {"state": "starved", "reason": "", "text": "", "state_since": fake.now() - 10_350 * SECOND}
    page = await visit("/?screen", width, height)
    await page.get_by_text("Starved 2\u2009h 52\u2009min").nth(2).wait_for()
    plates = await page.evaluate(
        """() => [...document.querySelectorAll('.tile.station.need')].map((tile) => {
          const range = document.createRange();
          range.selectNodeContents(tile.querySelector('.l1'));
          const plate = tile.querySelector('.plate').getBoundingClientRect();
          return [plate.left, plate.right, plate.top, plate.bottom, range.getBoundingClientRect().right];
        })"""
    )
    assert len(plates) >= 3
    for i, (left, right, top, bottom, words) in enumerate(plates):
        assert words <= right
        for other in plates[i + 1 :]:
            assert right <= other[0] or other[1] <= left or bottom <= other[2] or other[3] <= top


_NAMES_ON_BELTS = """() => {
  const names = [...document.querySelectorAll('.tile.station .name')].map((e) => {
    const r = document.createRange(); r.selectNodeContents(e);
    const text = r.getBoundingClientRect(), box = e.getBoundingClientRect();
    // what is cut off by the box is not seen
    const right = Math.min(text.right, box.right);
    return [e.textContent, { left: text.left, right, top: text.top, bottom: text.bottom }] });
  const found = new Set();
  for (const path of document.querySelectorAll('.belts .be')) {
    const to = path.getScreenCTM(), half = 6.8 * to.a;
    for (let at = 0; at <= path.getTotalLength(); at += 4) {
      const p = path.getPointAtLength(at).matrixTransform(to);
      for (const [name, b] of names) {
        if (p.x + half > b.left && p.x - half < b.right && p.y + half > b.top && p.y - half < b.bottom) found.add(name);
      }
    }
  }
  return [...found];
}"""


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1920, 900), (1920, 760), (1366, 768)])
@pytest.mark.parametrize("path", ["/?screen", "/"])
async def test_no_name_runs_under_a_belt(visit: Open, fake: FakePlatform, path: str, width: int, height: int) -> None:
    page = await visit(path, width, height)
    await page.wait_for_function("document.querySelectorAll('.tile.station').length === 12")
    assert await page.evaluate(_NAMES_ON_BELTS) == []
    cut = await page.locator(".tile.station .name").evaluate_all(
        "(all) => all.filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.textContent)"
    )
    assert cut == []


async def test_the_screen_is_kept_awake_and_let_go(visit: Open, fake: FakePlatform) -> None:
    page = await visit("/")
    await page.locator(".tile").first.wait_for()
    await page.evaluate("""() => { window.locks = []; navigator.wakeLock.request = async (kind) => {
      window.locks.push(kind); return { release: async () => { window.locks.push('released') } } } }""")
    await page.keyboard.press("b")
    await page.wait_for_function("window.locks.join() === 'screen'")
    await page.keyboard.press("Escape")
    await page.wait_for_function("window.locks.join() === 'screen,released'")


async def test_lines_take_turns_only_if_asked(visit: Open, fake: FakePlatform) -> None:
    page = await visit("/?screen&rotate=5")
    lines = "[...document.querySelectorAll('andon-picture h2')].map((h) => h.dataset.line.split('/').at(-1)).join()"
    await page.wait_for_function(f"{lines} === 'cabinets-1,assembly-1'")
    await page.wait_for_function(f"{lines} === 'cabinets-1'")
    await page.wait_for_function(f"{lines} === 'assembly-1'")
    await page.keyboard.press("Escape")
    await page.wait_for_function(f"{lines} === 'cabinets-1,assembly-1'")


async def test_full_screen_and_board_end_together(visit: Open, fake: FakePlatform) -> None:
    page = await visit("/")
    await page.get_by_role("button", name="Big screen").click()
    await page.wait_for_function(f"{_SCREEN} && document.fullscreenElement")
    await page.evaluate("document.exitFullscreen()")
    await page.wait_for_function(f"!({_SCREEN})")


async def test_a_phone_stays_a_phone_until_it_is_large_enough(visit: Open, fake: FakePlatform) -> None:
    page = await visit("/?screen", 390, 844)
    await page.locator(".tile").first.wait_for()
    assert not await page.evaluate(_SCREEN)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    await page.set_viewport_size({"width": 1920, "height": 1080})
    await page.wait_for_function(_SCREEN)
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.wait_for_function(f"!{_SCREEN}")
