"""With a finger: on a phone everything that is tapped answers on 44 by 44 px at least, on every page and in the bar."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from support.fake_api import FakePlatform
from support.fake_products import press_vibration

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
Open = Callable[..., Any]
PRESS = "polaris/north/cabinets/cabinets-1/press-1"
#: Pages, and what is there once a page has come; some of it comes when it is scrolled to.
PAGES = {
    "/": ".feed li a",
    "/machines": "tbody tr",
    f"/machine/{PRESS}": "andon-oee .fall|andon-spc svg.spc|andon-opinion :is(.op, .nothing)|andon-spc summary",
    "/station": ".places a, andon-station a",
    f"/station/{PRESS}": "andon-station button",
    "/layers": ".layer .box h3 a",
    "/data": "tr[data-signal]",
    "/data/quality": "tr[data-signal]",
    f"/data/query?s={PRESS}.hydraulic_pressure&every=10m&agg=max": "andon-chart .line",
    "/data/products": "andon-product .rows tbody tr",
    "/data/quarantine": ".list li button",
    "/alarms": ".rows li|andon-measures .named a",
    "/energy": "tbody tr",
}
#: What answers where a finger taps: from the middle as far to each side as the same control is hit.
_SMALL = """() => {
  const controls = 'a, button, input, select, summary, textarea';
  const found = [];
  for (const e of document.querySelectorAll(controls)) {
    const box = e.getBoundingClientRect();
    if (!e.checkVisibility({ visibilityProperty: true }) || !box.width || e.matches('.skip')) continue;
    const whole = e.matches('[type=checkbox], [type=radio]') ? e.closest('label') ?? e : e;
    whole.scrollIntoView({ block: 'center', inline: 'center' });
    const { left, right, top, bottom } = whole.getClientRects()[0];
    const [x, y] = [(left + right) / 2, (top + bottom) / 2];
    const hit = (dx, dy) => {
      const there = document.elementFromPoint(x + dx, y + dy);
      return there && (whole.contains(there) || there.closest('label')?.control === e);
    };
    const far = (dx, dy) => { let n = 0; while (n < 44 && hit(n * dx, n * dy)) n += 0.5; return n; };
    const [wide, high] = [far(-1, 0) + far(1, 0), far(0, -1) + far(0, 1)];
    if (wide < 44 || high < 44) found.push(
      `${e.tagName} ${e.className} ${(e.getAttribute('aria-label') || e.textContent).trim().slice(0, 40)}: `
      + `${wide} x ${high}`);
  }
  return found;
}"""


@pytest.mark.parametrize("path", PAGES)
async def test_a_finger_has_room(visit: Open, fake: FakePlatform, path: str) -> None:
    press_vibration(fake)
    fake.book.many()
    page = await visit(path, 390, 844, has_touch=True, is_mobile=True)
    for part in PAGES[path].split("|"):
        if part.startswith("andon-"):
            await page.locator(part.split()[0]).first.scroll_into_view_if_needed()
        await page.locator(part).first.wait_for()
    await page.locator(".live.live").wait_for()
    small = await page.evaluate(_SMALL)
    assert small == [], small
