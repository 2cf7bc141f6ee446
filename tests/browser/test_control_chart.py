"""How a control chart is drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from support.fake_api import FakePlatform

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
PRESS = "/machine/polaris/north/cabinets/cabinets-1/press-1"
Open = Callable[..., Any]
_PLACES = """() => [...document.querySelectorAll('andon-spc svg.spc')].flatMap(svg =>
  [...svg.querySelectorAll('circle, path.out')].map(p => [p.textContent.split(':').slice(0, 3).join(':'),
    Math.round(p.getBoundingClientRect().x + p.getBoundingClientRect().width / 2)]))"""


async def test_what_happened_together_stands_in_one_column_of_all_panels(visit: Open, fake: FakePlatform) -> None:
    """Ranges have no first value, so their panel would begin later, and be stretched."""
    page = await visit("/machines")

    async def with_ranges(route: Any) -> None:
        answer = await (response := await route.fetch()).json()
        first = answer["panels"][0]
        late = {k: first[k][10:] for k in ("times", "values", "lower", "upper", "centre")}
        answer["panels"].append(late | {"name": "moving_range", "violations": []})
        await route.fulfill(response=response, json=answer)

    await page.route("**/spc/chart?*", with_ranges)
    await page.goto(page.url.replace("/machines", PRESS))
    await page.locator("andon-spc").scroll_into_view_if_needed()
    points = "document.querySelectorAll('andon-spc svg.spc :is(circle, path.out)')"
    await page.wait_for_function(f"{points}.length === 70")
    places: dict[str, set[int]] = {}
    for when, x in await page.evaluate(_PLACES):
        places.setdefault(when, set()).add(x)
    assert len(places) == 40
    assert [when for when, xs in places.items() if max(xs) - min(xs) > 1] == []
