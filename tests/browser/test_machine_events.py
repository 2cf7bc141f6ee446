"""What happened to a machine, where one looks at it: events in words under the cursor, commands with their answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from support.fake_api import FakePlatform
from support.fake_plant import SECOND

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
LINE = "polaris/north/cabinets/cabinets-1"
Open = Callable[..., Any]


async def pointed(page: Any, mark: str) -> str:
    """The words beside the cursor when it stands on a mark of the time axis."""
    await page.locator(f"andon-chart .mark.{mark}").first.wait_for(state="attached")
    await page.evaluate(
        """(mark) => { const chart = document.querySelector('andon-chart');
          const box = chart.querySelector(`.mark.${mark}`).getBoundingClientRect();
          chart.dispatchEvent(new PointerEvent('pointermove', { clientX: box.x + box.width / 2, clientY: box.y })) }""",
        mark,
    )
    return str(await page.locator(".cursor").inner_text())


async def test_an_event_is_a_mark_with_words_under_the_cursor(visit: Open, fake: FakePlatform) -> None:
    path, now = f"{LINE}/press-1", fake.now()
    fake.event(
        path, "alarm", now - 50 * SECOND, code="oil", severity="warning", active=True, text="Oil 71 °C, limit 65"
    )
    fake.event(path, "gap", now - 120 * SECOND, start=now - 150 * SECOND)
    fake.event(path, "operation-finished", now - 180 * SECOND, unit="RF-1", good=False, reason="crack", duration_s=40.0)
    fake.book.said(
        path, "detector", True, "information", "form: unusual, because of power", now - 220 * SECOND, "detector"
    )
    page = await visit(f"/machine/{path}")
    await page.locator('[data-range="5m"]').click()
    assert "Alarm: Oil 71 °C, limit 65" in await pointed(page, "warning")
    assert "Nothing was measured for 30\u2009s" in await pointed(page, "gap")
    assert "RF-1 is scrap: Crack" in await pointed(page, "operation-finished")
    # a detector's alarm is among them, though it was no event of the machine
    assert "Alarm: Form: unusual, because of power" in await pointed(page, "information")


async def test_commands_are_kept_with_their_answers(visit: Open, fake: FakePlatform) -> None:
    page = await visit(f"/machine/{LINE}/press-1")
    answers = page.locator("andon-answers")
    await page.locator("form.stop").wait_for()
    assert await answers.is_hidden()
    await page.locator("form.stop input").fill("die change")
    await page.locator("form.stop button").click()
    await answers.locator("li", has_text="die change").wait_for()
    await page.locator("form.start button").click()
    await answers.locator("li").nth(1).wait_for()
    shown = await answers.locator("li").first.inner_text()
    assert "Start" in shown
    assert "start done" in shown
    assert "41\u2009ms" in shown
    assert "maria, engineer" in shown
