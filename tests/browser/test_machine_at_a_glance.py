"""The Machine page, the list and the layers as one walks past: nothing cut, nothing that points the wrong way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from support.fake_api import FakePlatform

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
LINE = "polaris/north/cabinets/cabinets-1"
PRESS = f"/machine/{LINE}/press-1"
Open = Callable[..., Any]


@pytest.mark.parametrize(("limit", "sign"), [("low_limit", "▼"), ("high_limit", "▲")])
async def test_a_value_beyond_a_limit_says_on_which_side(
    visit: Open, fake: FakePlatform, limit: str, sign: str
) -> None:
    spec = fake.machines[f"{LINE}/press-1"]["signals"][0]
    spec |= {"low_limit": None, "high_limit": None, limit: 300.0 if limit == "low_limit" else 1.0}
    page = await visit(PRESS, 1440, 900)
    row = page.locator('.values .out[data-signal="hydraulic_pressure"]')
    await row.wait_for()
    shown = await row.locator("b").evaluate("(e) => getComputedStyle(e, '::before').content")
    assert sign in shown


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1440, 900)])
async def test_no_empty_space_gapes_below_the_chart(visit: Open, fake: FakePlatform, width: int, height: int) -> None:
    page = await visit(PRESS, width, height)
    await page.locator("andon-chart .line").first.wait_for()
    await page.locator(".about dd").first.wait_for()
    gap = """() => { const box = (e) => document.querySelector(e).getBoundingClientRect();
      const below = Math.min(box('.about').top, box('.analysis').top);
      return [below - Math.max(box('.chart-card').bottom, box('.left').bottom, box('.act-card').bottom),
        box('.about').right - box('.about').left, box('.analysis').width] }"""
    apart, about, whole = await page.evaluate(gap)
    assert apart <= 32
    assert about == pytest.approx(whole, abs=1)


async def test_the_drawing_stands_in_one_place_whatever_the_machine_makes(visit: Open, fake: FakePlatform) -> None:
    fake.machines["polaris/north/utilities/supply/compressor-1"]["operations"] = []
    right = []
    for path in (PRESS, "/machine/polaris/north/utilities/supply/compressor-1"):
        page = await visit(path, 1440, 900)
        await page.locator(".head .pic").wait_for()
        right.append(await page.locator(".head .pic").evaluate("(e) => e.getBoundingClientRect().right"))
    assert right[0] == pytest.approx(right[1], abs=1)


async def test_on_a_phone_reasons_stand_below_names_and_the_search_says_all(visit: Open, fake: FakePlatform) -> None:
    page = await visit("/machines", 390, 844, is_mobile=True, has_touch=True)
    await page.locator("tbody .why", has_text="Foaming head").wait_for()
    left = await page.evaluate("""() => { const row = [...document.querySelectorAll('tbody tr')]
        .find((r) => r.querySelector('.why').textContent);
      const at = (e) => { const r = document.createRange(); r.selectNodeContents(e);
        return r.getBoundingClientRect().left };
      return [at(row.querySelector('b')), at(row.querySelector('.why'))] }""")
    assert left[0] == pytest.approx(left[1], abs=1)
    cut = await page.evaluate("""() => { const input = document.querySelector('input[type=search]');
      const pen = document.createElement('canvas').getContext('2d'); pen.font = getComputedStyle(input).font;
      const style = getComputedStyle(input);
      return pen.measureText(input.placeholder).width
        - (input.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight)) }""")
    assert cut <= 0


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1440, 900)])
async def test_words_in_the_layers_are_whole(visit: Open, fake: FakePlatform, width: int, height: int) -> None:
    page = await visit("/layers", width, height)
    await page.locator(".tabs [data-hop=watermark] .at", has_text="+").wait_for()
    cut = await page.locator(".stack .below, .stack .v, .tabs b").evaluate_all(
        "(all) => all.filter((e) => e.offsetParent && e.scrollWidth > e.clientWidth + 1).map((e) => e.textContent)"
    )
    assert cut == []
    close = await page.locator(".tabs button").evaluate_all("""(all) => all.filter((b) => {
      const [word, at] = [b.querySelector('b'), b.querySelector('.at')].map((e) => e.getBoundingClientRect());
      return at.top < word.bottom && at.bottom > word.top && at.left - word.right < 6 }).map((b) => b.textContent)""")
    assert close == []


async def test_a_card_without_a_figure_takes_no_room_for_one(visit: Open, fake: FakePlatform) -> None:
    fake.machines["polaris/north/utilities/supply/compressor-1"]["operations"] = []
    page = await visit("/machine/polaris/north/utilities/supply/compressor-1", 1920, 1080)
    await page.locator("andon-oee", has_text="This machine makes no pieces").wait_for()
    assert (await page.locator("andon-oee").bounding_box())["height"] < 120


async def test_on_a_phone_the_limits_names_are_read_and_hide_no_new_point(visit: Open, fake: FakePlatform) -> None:
    page = await visit(PRESS, 390, 844, is_mobile=True, has_touch=True)
    await page.locator("andon-spc").scroll_into_view_if_needed()
    await page.locator("andon-spc .inside").first.wait_for()
    wrong = await page.evaluate("""() => [...document.querySelectorAll('andon-spc svg:has(.inside)')].flatMap((svg) => {
      const marks = [...svg.querySelectorAll('.in, .out, .among')];
      const newest = marks.slice(-5).map((m) => m.getBoundingClientRect());
      return [...svg.querySelectorAll('.inside')].flatMap((name) => {
        const box = name.getBoundingClientRect();
        // drawn after lines and points, so that its edge of the card's colour parts it from them
        const under = marks.some((m) => name.compareDocumentPosition(m) & Node.DOCUMENT_POSITION_FOLLOWING);
        const over = newest.some((p) => p.left < box.right && box.left < p.right
          && p.top < box.bottom && box.top < p.bottom);
        return under || over ? [name.textContent] : [] }) })""")
    assert wrong == []
