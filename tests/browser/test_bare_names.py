"""An address with a machine's bare name: to the one that has it, a choice of several, or names that are near."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from support.fake_api import FakePlatform
from support.fake_plant import machine_view

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
PRESS = "polaris/north/cabinets/cabinets-1/press-1"
Open = Callable[..., Any]


@pytest.mark.parametrize(("at", "ready"), [("machine", "andon-machine h1"), ("station", "andon-station .here")])
async def test_the_only_machine_of_a_name_is_gone_to(visit: Open, fake: FakePlatform, at: str, ready: str) -> None:
    page = await visit("/machines")
    await page.goto(page.url.replace("/machines", f"/{at}/press-1"))
    await page.wait_for_url(f"**/{at}/{PRESS}")
    await page.locator(ready).wait_for()
    # the bare address is no stop on the way back
    await page.go_back()
    await page.wait_for_url("**/machines")


@pytest.mark.parametrize("at", ["machine", "station"])
async def test_of_several_one_is_chosen(visit: Open, fake: FakePlatform, at: str) -> None:
    other = "polaris/north/hall/extra/press-1"
    fake.machines[other] = machine_view(other, fake.now(), "press")
    page = await visit(f"/{at}/press-1")
    await page.get_by_role("heading", name="2 machines are called press-1").wait_for()
    links = page.locator("main .meant a")
    hrefs = await links.evaluate_all("(all) => all.map((a) => a.getAttribute('href'))")
    assert hrefs == [f"/{at}/{PRESS}", f"/{at}/{other}"]
    await links.nth(1).click()
    await page.wait_for_url(f"**/{at}/{other}")


async def test_a_removed_machine_is_not_meant_while_another_stands_there(visit: Open, fake: FakePlatform) -> None:
    old = "polaris/north/hall/extra/press-1"
    fake.machines[old] = {**machine_view(old, fake.now(), "press"), "presence": "removed"}
    page = await visit("/machine/press-1")
    await page.wait_for_url(f"**/machine/{PRESS}")


@pytest.mark.parametrize(
    "path", ["machine/pres-1", "station/pres-1", "machine/polaris/north/cabinets/cabinets-9/press-1"]
)
async def test_of_an_unknown_one_near_names_are_said(visit: Open, fake: FakePlatform, path: str) -> None:
    page = await visit(f"/{path}")
    await page.get_by_role("heading", name="There is no machine").wait_for()
    await page.get_by_text("Perhaps one of these:").wait_for()
    assert await page.locator("main .meant a b").first.inner_text() == "press-1"
    page = await visit("/machine/zzzzzz")
    await page.get_by_role("heading", name="There is no machine zzzzzz").wait_for()
    assert await page.locator("main .meant").count() == 0
