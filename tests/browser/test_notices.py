"""What keeps machines away stands above the Floor and the Layers: many problems, several edges, an empty plant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from support.fake_api import FakePlatform

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
Open = Callable[..., Any]
PRESSES = [f"polaris/north/cabinets/cabinets-1/press-{i}" for i in range(1, 6)]


def edge(fake: FakePlatform, name: str, state: str, *problems: dict[str, Any], ago_s: int = 4) -> dict[str, Any]:
    return {"name": name, "t": fake.now() - ago_s * 1_000_000, "state": state, "machines": 5, "connected": 5,
            "pending": 0, "journal_bytes": 4096, "problems": list(problems)}  # fmt: skip


def refused(i: int) -> dict[str, Any]:
    text = f"/some/where/machines/press-{i}.yaml:4: there is no type 'pres' (use sheet-metal-press)"
    return {"text": text, "count": 0, "machines": []}


@pytest.mark.parametrize("path", ["/", "/layers"])
@pytest.mark.parametrize("width", [390, 1440])
async def test_what_is_refused_is_named_with_its_place(visit: Open, fake: FakePlatform, path: str, width: int) -> None:
    fake.flow.changes["edges"] = [edge(fake, "edge", "here", *map(refused, range(1, 5)))]
    page = await visit(path, width, 844)
    rows = page.locator(".notices > div > ul > li")
    await rows.nth(1).wait_for()
    assert await rows.count() == 2
    assert await rows.first.inner_text() == "machines/press-1.yaml:4 there is no type 'pres' (use sheet-metal-press)"
    assert await rows.first.locator("b").get_attribute("title") == "/some/where/machines/press-1.yaml:4"
    await page.get_by_text("2 more", exact=True).click()
    await page.get_by_text("machines/press-4.yaml:4").wait_for()
    box = await page.locator(".notices").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width


async def test_machines_that_are_kept_away_an_edge_that_is_silent_and_which_edge_it_is(
    visit: Open, fake: FakePlatform
) -> None:
    away = {"text": "the broker does not take its credential", "count": 30, "machines": PRESSES}
    fake.flow.changes["edges"] = [
        edge(fake, "hall-1", "here", away), edge(fake, "hall-2", "silent", ago_s=130), edge(fake, "hall-3", "ended"),
    ]  # fmt: skip
    page = await visit("/")
    rows = page.locator(".notices > div > ul > li")
    await rows.nth(1).wait_for()
    said = await rows.all_inner_texts()
    assert said[0].startswith("The edge “hall-2” is silent It said nothing for 2\u2009min")
    assert said[1] == "hall-1: press-1, press-2, press-3 and 27 more the broker does not take its credential"
    assert len(said) == 2  # an edge that was stopped is no trouble


async def test_an_empty_plant_says_what_keeps_its_first_machine_away(visit: Open, fake: FakePlatform) -> None:
    fake.machines.clear()
    fake.flow.changes["edges"] = [edge(fake, "edge", "here", refused(1))]
    page = await visit("/")
    await page.locator(".notices", has_text="machines/press-1.yaml:4").wait_for()
    fake.flow.changes["edges"] = [edge(fake, "edge", "here")]
    await page.locator(".notices").wait_for(state="hidden")
