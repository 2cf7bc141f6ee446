"""The chart in a real browser: fingers, wheel, drag and keys; and what it says when the plant lives faster."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from support.fake_api import FakePlatform
from support.fake_plant import SECOND

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
PRESS = "polaris/north/cabinets/cabinets-1/press-1"
Open = Callable[..., Any]
_VIEW = "(() => { const v = document.querySelector('andon-chart').view; return [v.start, v.stop, v.span, v.live] })()"


async def settled(page: Any) -> None:
    """Until the chart holds its own window: before that it shows the last one's points, far apart."""
    await page.wait_for_function(
        "() => { const { view, loadedSpan, data } = document.querySelector('andon-chart');"
        " return Math.abs(loadedSpan - view.span) < 1 && (view.live || Math.abs(data.loaded.stop - view.stop) < 1) }"
    )


async def opened(visit: Open, **how: Any) -> tuple[Any, dict[str, float]]:
    page = await visit(f"/machine/{PRESS}", **how)
    await page.get_by_role("button", name="1 h", exact=True).click()
    await settled(page)
    await page.get_by_text("one point is the mean of").wait_for()
    await page.locator("andon-chart .line").first.wait_for()
    return page, await page.locator("andon-chart").bounding_box()


class Fingers:
    """Touches as a screen reports them."""

    def __init__(self, session: Any) -> None:
        self._session = session

    async def touch(self, kind: str, *points: tuple[float, float]) -> None:
        """All fingers that are down after ``kind`` (Start, Move, End)."""
        named = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(points)]
        await self._session.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": named})
        # a screen reports once a frame
        frame = {"expression": "new Promise(requestAnimationFrame)", "awaitPromise": True}
        await self._session.send("Runtime.evaluate", frame)


@pytest.mark.parametrize("size", [(390, 844), (1366, 768)])
async def test_two_fingers_zoom_and_what_lies_between_them_stays(
    visit: Open, fake: FakePlatform, size: tuple[int, int]
) -> None:
    page, box = await opened(visit, width=size[0], height=size[1], has_touch=True, is_mobile=size[0] < 500)
    fingers = Fingers(await page.context.new_cdp_session(page))
    left, right = await page.evaluate(
        "(() => { const d = document.querySelector('andon-chart').drawn.plot; return [d.left, d.right] })()"
    )
    y = box["y"] + 90
    middle = box["x"] + (left + right) / 2
    start, stop, span, _ = await page.evaluate(_VIEW)
    between = (start + stop) / 2
    await fingers.touch("Start", (middle - 40, y), (middle + 40, y))
    for apart in range(40, 121, 10):
        await fingers.touch("Move", (middle - apart, y), (middle + apart, y))
    await fingers.touch("End")
    start, stop, after, live = await page.evaluate(_VIEW)
    assert after == pytest.approx(span / 3, rel=0.05)
    assert (start + stop) / 2 == pytest.approx(between, abs=span * 0.02)
    assert live is False
    # the page itself was neither zoomed nor moved
    assert await page.evaluate("[visualViewport.scale, scrollX, scrollY]") == [1, 0, 0]
    # together again, and over the present: it is live once more
    await fingers.touch("Start", (middle - 130, y), (middle + 130, y))
    for apart in range(130, 9, -10):
        await fingers.touch("Move", (middle - apart, y), (middle + apart, y))
    await fingers.touch("End")
    assert (await page.evaluate(_VIEW))[2] > span * 2


async def test_one_finger_reads_and_moves_and_still_scrolls_the_page(visit: Open, fake: FakePlatform) -> None:
    page, box = await opened(visit, width=390, height=844, has_touch=True, is_mobile=True)
    fingers = Fingers(await page.context.new_cdp_session(page))
    x, y = box["x"] + 200, box["y"] + 90
    await fingers.touch("Start", (x, y))
    await fingers.touch("End")
    await page.locator(".cursor time").wait_for()
    # what is read stays within the page: a phone would shrink the whole page else
    assert await page.evaluate("innerWidth") == 390
    start, _, span, _ = await page.evaluate(_VIEW)
    await fingers.touch("Start", (x, y))
    for step in range(10, 101, 10):
        await fingers.touch("Move", (x + step, y))
    await fingers.touch("End")
    moved = start - (await page.evaluate(_VIEW))[0]
    assert moved > span * 0.15
    await fingers.touch("Start", (x, y + 60))
    for step in range(10, 121, 10):
        await fingers.touch("Move", (x, y + 60 - step))
    await fingers.touch("End")
    await page.wait_for_function("scrollY > 40")


async def test_wheel_zooms_where_the_cursor_is_and_a_drag_moves(visit: Open, fake: FakePlatform) -> None:
    page, box = await opened(visit, width=1366, height=768)
    left, right = await page.evaluate(
        "(() => { const d = document.querySelector('andon-chart').drawn.plot; return [d.left, d.right] })()"
    )
    start, stop, span, _ = await page.evaluate(_VIEW)
    x, y = box["x"] + left + (right - left) * 0.25, box["y"] + 90
    under = start + (stop - start) * 0.25
    await page.mouse.move(x, y)
    await page.keyboard.down("Control")
    await page.mouse.wheel(0, -300)
    await page.keyboard.up("Control")
    await page.wait_for_function(f"{_VIEW}[2] < {span * 0.8}")
    start, stop, span, _ = await page.evaluate(_VIEW)
    assert start + (stop - start) * 0.25 == pytest.approx(under, abs=span * 0.02)
    await page.mouse.down()
    await page.mouse.move(x + (right - left) * 0.1, y, steps=4)
    await page.mouse.up()
    assert start - (await page.evaluate(_VIEW))[0] == pytest.approx(span * 0.1, rel=0.1)
    assert await page.evaluate("scrollY") == 0


async def test_the_wheel_alone_scrolls_the_page_until_the_chart_was_clicked(visit: Open, fake: FakePlatform) -> None:
    page, box = await opened(visit, width=1366, height=768)
    before = await page.evaluate(_VIEW)
    await page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 90)
    await page.mouse.wheel(0, 120)
    await page.wait_for_function("scrollY > 40")
    await page.locator("andon-chart[data-hint='Ctrl and the wheel zoom, or a click first']").wait_for()
    assert (await page.evaluate(_VIEW))[2:] == before[2:]
    await page.mouse.click(box["x"] + box["width"] / 2, 200)
    await page.mouse.wheel(0, -200)
    await page.wait_for_function(f"{_VIEW}[2] < {before[2] * 0.8}")


async def test_keys_move_zoom_and_read(visit: Open, fake: FakePlatform) -> None:
    page, _ = await opened(visit, width=1366, height=768)
    await page.locator("andon-chart").focus()
    span = (await page.evaluate(_VIEW))[2]
    await page.keyboard.press("+")
    await page.keyboard.press("+")
    assert (await page.evaluate(_VIEW))[2] == pytest.approx(span * 0.36, rel=0.01)
    await page.keyboard.press("-")
    await page.keyboard.press("ArrowLeft")
    before = await page.evaluate(_VIEW)
    assert before[3] is False
    await page.keyboard.press("PageUp")
    after = await page.evaluate(_VIEW)
    assert before[0] - after[0] == pytest.approx(before[2] * 0.9, rel=0.01)
    await settled(page)
    await page.keyboard.press("Shift+ArrowLeft")
    first = await page.locator(".cursor time").inner_text()
    for _ in range(12):
        await page.keyboard.press("Shift+ArrowLeft")
    assert await page.locator(".cursor time").inner_text() != first
    # what is read is said aloud too
    assert "bar" in await page.locator("andon-chart [role=status]").inner_text()
    await page.keyboard.press("Escape")
    await page.locator(".cursor").wait_for(state="hidden")
    await page.keyboard.press("Home")
    assert (await page.evaluate(_VIEW))[3] is True


async def test_a_band_around_the_means_shows_what_they_hide(visit: Open, fake: FakePlatform) -> None:
    page, _ = await opened(visit, width=1366, height=768)
    geometry = await page.evaluate(
        """() => {
          const { panels } = document.querySelector('andon-chart').drawn;
          const bands = [...document.querySelectorAll('andon-chart .band')].map((b) => b.getBBox());
          return panels.map((p, i) => ({
            top: bands[i].y, bottom: bands[i].y + bands[i].height, y0: p.y0, y1: p.y1,
            highest: p.y(Math.max(...p.points.highs)), lowest: p.y(Math.min(...p.points.lows)),
            around: p.points.values.every((v, k) => p.points.lows[k] <= v && v <= p.points.highs[k]),
            line: document.querySelectorAll('andon-chart .line')[i].getBBox().y,
          }));
        }"""
    )
    assert len(geometry) >= 2
    for panel in geometry:
        assert panel["around"]
        assert panel["top"] == pytest.approx(panel["highest"], abs=0.2)
        assert panel["bottom"] == pytest.approx(panel["lowest"], abs=0.2)
        assert panel["y0"] - 1 < panel["top"] < panel["line"] < panel["bottom"] < panel["y1"] + 1
    await page.get_by_text("the band: lowest to highest").wait_for()
    await page.locator("andon-chart").focus()
    await page.keyboard.press("Shift+ArrowLeft")
    assert " to " in await page.locator(".cursor .between").first.inner_text()


async def test_what_comes_live_widens_the_band_of_its_bucket(visit: Open, fake: FakePlatform) -> None:
    page, _ = await opened(visit, width=1366, height=768)
    ends = await page.evaluate(
        """() => {
          const { data, view } = document.querySelector('andon-chart');
          const name = data.series.keys().next().value, { every, times } = data.series.get(name);
          const begin = Math.floor((times.at(-1) + 4 * every) / every) * every;
          data.tails.set(name, { times: [begin, begin + every / 4, begin + every / 2], values: [5, 900, -300] });
          const found = data.points(name, view.start, begin + every);
          return [found.values.at(-1), found.lows.at(-1), found.highs.at(-1)];
        }"""
    )
    assert ends == [pytest.approx(605 / 3), -300, 900]


async def test_at_another_pace_the_chart_says_both_times(visit: Open, fake: FakePlatform) -> None:
    page, _ = await opened(visit, width=1366, height=768, timezone_id="America/New_York")
    assert await page.locator(".tools .badge").is_hidden()
    assert await page.locator("andon-chart", has_text="plant").count() == 0
    now = fake.now()
    begun = now - 1500 * SECOND
    segments = [{"wall": begun - 3600 * SECOND, "plant": begun - 3600 * SECOND, "pace": 1.0}]
    segments.append({"wall": begun, "plant": begun, "pace": 60.0})
    fake.plants["polaris"]["clock"]["segments"] = segments
    fake.send({"type": "clock", "enterprise": "polaris", "segments": segments})
    await page.locator(".tools .badge", has_text="1\u2009min in the plant").wait_for()
    await page.locator(".res", has_text="of plant time").wait_for()
    # where the pace changed is marked, and below each time of measurement stands the plant's
    await page.locator("andon-chart .pace").wait_for(state="attached")
    told = await page.evaluate("""() => {
      const c = document.querySelector('andon-chart');
      const rows = [...c.querySelectorAll('text')].filter((x) => /^\\d\\d:\\d\\d$/.test(x.textContent));
      const low = Math.max(...rows.map((r) => Number(r.getAttribute('y'))));
      const pick = (test) => rows.filter((r) => test(Number(r.getAttribute('y')))).map((r) => r.textContent);
      return { wall: pick((y) => y < low), plant: pick((y) => y === low) };
    }""")
    minutes = (
        [int(w[:2]) * 60 + int(w[3:]) for w in told["wall"]],
        [int(w[:2]) * 60 + int(w[3:]) for w in told["plant"]],
    )
    assert len(minutes[0]) == len(minutes[1]) >= 4
    # both in the plant's own zone: the same before the change, and sixty times as far apart after it
    assert minutes[0][0] == minutes[1][0]
    assert (minutes[1][-1] - minutes[1][-2]) % 1440 > 5 * ((minutes[0][-1] - minutes[0][-2]) % 1440)


async def test_what_lasts_is_said_in_plant_time(visit: Open, fake: FakePlatform) -> None:
    now = fake.now()
    segments = [{"wall": now - 7200 * SECOND, "plant": now - 7200 * SECOND, "pace": 60.0}]
    fake.plants["polaris"]["clock"]["segments"] = segments
    fake.machines[PRESS].update(state="down", text="Seal", state_since=now - 60 * SECOND)
    page, _ = await opened(visit, width=1366, height=768)
    # 60 s at a pace of 60
    await page.get_by_role("heading", name="press-1 is down: seal, 1 h").wait_for()


async def test_in_the_past_nothing_is_the_newest_value_and_no_mean_is_of_a_part(
    visit: Open, fake: FakePlatform
) -> None:
    page, _ = await opened(visit, width=1366, height=768)
    assert await page.locator("andon-chart circle").count() == 2  # the newest value of each signal
    await page.locator("andon-chart").focus()
    await page.keyboard.press("PageUp")
    await page.keyboard.press("PageUp")
    await settled(page)
    await page.wait_for_function("document.querySelectorAll('andon-chart .line').length === 2")
    # what stands at the window's ends would be the mean of as much of its time as the window holds
    part = """() => { const { data, view, signals } = document.querySelector('andon-chart');
      const { times, every } = data.points(signals[0], view.start, view.stop);
      const { start, stop } = data.loaded;
      return times.filter((t) => t - every / 2 < start - 1 || t + every / 2 > stop + 1).length }"""
    assert await page.evaluate(part) == 0
    await page.wait_for_function("document.querySelectorAll('andon-chart circle').length === 0")


@pytest.mark.parametrize("size", [(390, 844), (1366, 768)])
async def test_what_stands_below_the_chart_lies_over_nothing(
    visit: Open, fake: FakePlatform, size: tuple[int, int]
) -> None:
    """At another pace there are two rows of times, and what is said of a point is long."""
    now = fake.now()
    segments = [{"wall": now - 9_000 * SECOND, "plant": now - 9_000 * SECOND, "pace": 1.0}]
    segments.append({"wall": now - 1_200 * SECOND, "plant": now - 1_200 * SECOND, "pace": 10.0})
    fake.plants["polaris"]["clock"]["segments"] = segments
    page, _ = await opened(visit, width=size[0], height=size[1], is_mobile=size[0] < 500, has_touch=size[0] < 500)
    await page.get_by_text("of plant time; the band").wait_for()
    over = await page.evaluate(
        """() => {
          const range = document.createRange();
          const box = (e) => { range.selectNodeContents(e); return range.getBoundingClientRect() };
          const words = [...document.querySelectorAll('andon-chart svg text, andon-chart .res')]
            .filter((e) => e.textContent.trim()).map((e) => [e.textContent, box(e)]);
          const card = document.querySelector('andon-chart').closest('.card').getBoundingClientRect();
          const beside = (p, q) => p.left < q.right - 1 && q.left < p.right - 1;
          const met = (p, q) => beside(p, q) && p.top < q.bottom - 3 && q.top < p.bottom - 3;
          const out = words.filter(([, p]) => p.bottom > card.bottom).map(([a]) => `${a} out`);
          return words.flatMap(([a, p], i) => words.slice(i + 1).filter(([, q]) => met(p, q))
            .map(([b]) => `${a} over ${b}`)).concat(out);
        }"""
    )
    assert over == []
