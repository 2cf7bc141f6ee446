"""How a control chart is drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from support.fake_api import FakePlatform
from support.waiting import until

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


async def test_a_sign_is_explained_only_where_a_point_has_it(visit: Open, fake: FakePlatform) -> None:
    page = await visit("/machines")

    async def alone(route: Any) -> None:
        answer = await (response := await route.fetch()).json()
        for violation in answer["panels"][0]["violations"]:
            violation["points"] = [violation["index"]]
        await route.fulfill(response=response, json=answer)

    address = page.url.replace("/machines", PRESS)
    card = page.locator("andon-spc")
    for pattern in (True, False):
        if not pattern:
            await page.route("**/spc/chart?*", alone)
        await page.goto(address)
        await card.scroll_into_view_if_needed()
        await card.locator(".rules li").first.wait_for()
        assert await card.locator("circle.among").count() == (9 if pattern else 0)
        assert await card.get_by_text("belongs to such a pattern").count() == pattern


async def test_a_machine_born_again_leaves_what_was_chosen(visit: Open, fake: FakePlatform) -> None:
    page = await visit(PRESS)
    card = page.locator("andon-spc")
    await card.scroll_into_view_if_needed()
    await card.locator("option[value=weight_kg]").wait_for(state="attached")
    chosen = {"characteristic": "weight_kg", "chart": "xbar-r", "range": "8h"}
    for name, value in chosen.items():
        await card.locator(f"select[name={name}]").select_option(value)
    await until(lambda: fake.analysis.charts[-1].items() >= {"characteristic": "weight_kg", "start": "-8h"}.items())
    fake.analysis.charts.clear()
    view = fake.machines[PRESS.removeprefix("/machine/")]
    view["session"] += 1
    view["signals"] = view["signals"][:-1]
    fake.set_state(view["id"], "producing")
    await page.locator(".values [data-signal=buffer_out]").wait_for(state="detached")
    await until(lambda: fake.analysis.charts, what="the chart is asked for again")
    await card.get_by_role("heading", name="Weight").wait_for()
    assert {(q["characteristic"], q["chart"], q["start"]) for q in fake.analysis.charts} == {
        ("weight_kg", "xbar-r", "-8h")
    }
    for name, value in chosen.items():
        assert await card.locator(f"select[name={name}]").input_value() == value


async def test_what_is_measured_first_has_its_kept_limits_offered(visit: Open, fake: FakePlatform) -> None:
    fake.analysis.kept.append(
        {"id": "kept-0", "made": fake.now(), "machine": PRESS.removeprefix("/machine/"), "chart": "individuals",
         "characteristic": "flatness_mm", "limits": [{"basis": {"count": 40}}]}
    )  # fmt: skip
    page = await visit(PRESS)
    card = page.locator("andon-spc")
    await card.scroll_into_view_if_needed()
    await card.locator("option[value=flatness_mm]:checked").wait_for(state="attached")
    await card.locator("option[value=kept-0]").wait_for(state="attached")
