"""Without a mouse, without motion, without sight: what the pages owe everyone; and nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from support.fake_api import FakePlatform

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
LINE = "polaris/north/cabinets/cabinets-1"
PAGES = ["/", "/machines", "/alarms", f"/machine/{LINE}/press-1"]
Open = Callable[..., Any]
_READY = {"/": ".tile", "/machines": "tbody tr", "/alarms": ".rows li"}
_CARDS = ("andon-oee .fall", "andon-opinion :is(.op, .nothing)", "andon-spc svg.spc")
#: The element that has the focus: what it is called, whether it is seen, and whether a ring shows that it is there.
_FOCUSED = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  const style = getComputedStyle(e), box = e.getBoundingClientRect();
  const name = e.getAttribute('aria-label') || e.textContent.trim() || e.title
    || e.labels?.[0]?.textContent.trim() || '';
  const which = e.dataset.machine ?? e.dataset.signal ?? e.dataset.range ?? e.name ?? '';
  return { key: `${e.tagName} ${which} ${name}`, name,
    seen: box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    ring: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 };
}"""


async def opened(visit: Open, path: str, **how: Any) -> Any:
    page = await visit(path, 1366, 768, **how)
    await page.locator(_READY.get(path, "andon-chart .line")).first.wait_for()
    return page


async def walk(page: Any, most: int = 90) -> list[dict[str, Any]]:
    """Tab through the page until its end."""
    found: list[dict[str, Any]] = []
    for _ in range(most):
        await page.keyboard.press("Tab")
        focused = await page.evaluate(_FOCUSED)
        if focused is None or (found and focused["key"] == found[0]["key"]):
            return found
        found.append(focused)
    raise AssertionError(f"{most} stops, and no end: {found[-3:]}")


@pytest.mark.parametrize("path", PAGES)
async def test_every_stop_of_the_tab_key_is_named_seen_and_ringed(visit: Open, fake: FakePlatform, path: str) -> None:
    page = await opened(visit, path)
    for card in _CARDS if path.startswith("/machine/") else ():
        # a card that is filled while one walks past it pushes what has the focus away
        await page.locator(card.split()[0]).scroll_into_view_if_needed()
        await page.locator(card).first.wait_for()
    stops = await walk(page)
    assert stops[0]["name"] == "To the content"
    assert [s for s in stops if not (s["name"] and s["seen"] and s["ring"])] == []
    keys = " ".join(s["key"] for s in stops)
    wanted = {
        "/": [
            "To the content",
            "Floor",
            "Machines",
            "Big screen",
            "Dark",
            *fake.machines,
            "Acknowledge",
            "Open foam-2",
        ],
        "/alarms": ["Search by words", "Machine", "All 1", "Foaming head pressure low", "Acknowledge: Foaming"],
        "/machines": ["Search by name", "State", "press-1", "chiller-1"],
    }.get(path, ["hydraulic_pressure", "5m", "Zoom in", "Chart of", "Stop", "fault", "severity", "Inject the fault"])
    assert [w for w in wanted if w not in keys] == []


async def test_the_first_stop_leads_past_the_rail(visit: Open, fake: FakePlatform) -> None:
    page = await opened(visit, "/machines")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    assert await page.evaluate("document.activeElement.id") == "content"
    await page.keyboard.press("Tab")
    assert (await page.evaluate(_FOCUSED))["name"] == "Search by name, type or place"


async def test_a_machine_is_reached_stopped_and_its_answer_said_with_keys_alone(
    visit: Open, fake: FakePlatform
) -> None:
    page = await opened(visit, "/")
    tile = page.locator(f'.tile[data-machine="{LINE}/press-1"]')
    while not await tile.evaluate("(e) => e === document.activeElement"):
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    reason = page.locator("form.stop input")
    await reason.wait_for()
    while not await reason.evaluate("(e) => e === document.activeElement"):
        await page.keyboard.press("Tab")
    await page.keyboard.type("Die change")
    await page.keyboard.press("Enter")
    await page.locator(".answer[role=status]", has_text="The machine answered").wait_for()
    assert fake.commands[-1]["arguments"] == {"reason": "Die change"}
    await page.get_by_role("heading", name="press-1 is stopped as planned: die change").wait_for()


async def test_focus_stays_where_it_is_when_the_plant_changes(visit: Open, fake: FakePlatform) -> None:
    page = await opened(visit, "/")
    await page.locator(".live.live").wait_for()
    await page.locator(f'.tile[data-machine="{LINE}/bend-1"]').focus()
    layout = {**fake.plants["polaris"]["layout"], "title": "Plant of another name"}
    fake.send({"type": "layout", **layout})
    await page.get_by_text("Plant of another name").wait_for()
    assert await page.evaluate("document.activeElement.dataset.machine") == f"{LINE}/bend-1"


@pytest.mark.parametrize("path", PAGES)
async def test_nothing_moves_by_itself_where_less_motion_is_wished_for(
    visit: Open, fake: FakePlatform, path: str
) -> None:
    running = "document.getAnimations().filter((a) => a.playState === 'running').length"
    page = await opened(visit, path, reduced_motion="reduce")
    assert await page.evaluate(running) == 0
    if path == "/":
        page = await opened(visit, path, reduced_motion="no-preference")
        assert await page.evaluate(running) > 0


@pytest.mark.parametrize("path", PAGES)
async def test_every_picture_and_field_is_named_or_left_out(visit: Open, fake: FakePlatform, path: str) -> None:
    page = await opened(visit, path)
    found = await page.evaluate("""() => {
      const bad = [];
      for (const svg of document.querySelectorAll('main svg, nav svg, andon-bar svg')) {
        const named = svg.getAttribute('role') === 'img' && svg.getAttribute('aria-label');
        if (!named && !svg.closest('[aria-hidden=true]')) bad.push('svg ' + svg.outerHTML.slice(0, 80));
      }
      for (const img of document.querySelectorAll('img')) if (!img.hasAttribute('alt')) bad.push('img ' + img.src);
      for (const field of document.querySelectorAll('main input, main select, andon-bar select')) {
        if (!field.labels?.length && !field.getAttribute('aria-label')) bad.push(field.outerHTML.slice(0, 80));
      }
      if (document.querySelectorAll('h1').length > 1) bad.push('more than one h1');
      if (!document.documentElement.lang) bad.push('no language');
      return bad;
    }""")
    assert found == []


@pytest.mark.parametrize("path", PAGES)
async def test_no_request_leaves_the_origin(visit: Open, fake: FakePlatform, path: str) -> None:
    # `visit` fails on any; here it is made sure that it would see one, and that the page names no other address
    page = await opened(visit, path)
    origin = await page.evaluate("location.origin")
    named = await page.evaluate("""() => [...document.querySelectorAll('[src],link[href],form[action],use[href]')]
      .map((e) => e.src || e.action || e.href?.baseVal || e.href).filter((u) => /^(https?:)?\\/\\//.test(u))""")
    assert named
    assert [u for u in named if not u.startswith(origin)] == []
    fetched = await page.evaluate("performance.getEntriesByType('resource').map((e) => e.name)")
    assert [u for u in fetched if not u.startswith((origin, "data:", "blob:"))] == []


async def test_a_page_has_one_main_part_and_one_navigation(visit: Open, fake: FakePlatform) -> None:
    page = await visit("/machines")
    await page.get_by_role("heading", name="Machines").wait_for()
    assert [await page.get_by_role(role).count() for role in ("main", "navigation")] == [1, 1]
    assert await page.get_by_role("main").get_attribute("id") == "content"


async def test_an_address_that_ends_before_the_machine_lists_them(visit: Open, fake: FakePlatform) -> None:
    for path in ("/machine", "/machine/"):
        page = await visit(path)
        await page.get_by_role("heading", name="Machines").wait_for()
