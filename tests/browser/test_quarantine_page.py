"""The quarantine in a real browser: what was held and why, its replay after a fix, and who may."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from support.fake_api import FakePlatform

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
LINE = "polaris/north/cabinets/cabinets-1"
PRESS = f"{LINE}/press-1"
_READY = "andon-data .message h2, andon-data .nothing"
Open = Callable[..., Any]


async def opened(visit: Open, path: str, width: int = 1366, height: int = 768, **how: Any) -> Any:
    page = await visit(path, width, height, **how)
    await page.locator(_READY).first.wait_for()
    return page


async def test_a_held_message_is_looked_at_and_replayed_after_a_fix(visit: Open, fake: FakePlatform) -> None:
    page = await opened(visit, "/data/quarantine")
    await page.get_by_role("heading", name="It has a signal that was not announced").wait_for()
    message = page.locator(".message")
    assert '"ram_speed": 0.42' in await message.locator("pre").inner_text()
    replay = page.get_by_role("button", name="Replay", exact=True)
    await replay.click()
    await message.locator(".answer.bad", has_text="It is still not sound. It has a signal that was not").wait_for()
    fake.mended.add("unknown-signal")
    await replay.click()
    await message.locator(".answer.good", has_text="stored under its first identity").wait_for()
    assert fake.replays == ["held/0", "held/0"]
    assert await replay.is_disabled()
    assert "replayed" in await page.locator('[data-id="held/0"]').inner_text()
    # what is no JSON is shown as it came, as text and never as markup, and bytes as bytes
    await page.locator('[data-id="held/2"]').click()
    assert '"<b>hello</b>"' in await message.locator("pre").inner_text()
    await page.locator('[data-id="held/3"]').click()
    assert "00 ff fe 01 41 6e 64" in await message.locator("pre").inner_text()
    await page.get_by_role("combobox", name="Reason").select_option("malformed-json")
    await page.locator('[data-id="held/0"]').wait_for(state="detached")
    assert await page.locator(".list li").count() == 2


async def test_all_that_match_are_replayed_after_a_fix_with_a_count_first(visit: Open, fake: FakePlatform) -> None:
    fake.mended.add("unknown-signal")
    fake.judged = 1
    page = await opened(visit, "/data/quarantine")
    await page.get_by_role("combobox", name="Machine").select_option(PRESS)
    await page.locator('[data-id="held/1"]').wait_for(state="detached")
    await page.get_by_role("button", name="Replay all of these").click()
    card = page.locator(".many")
    await card.get_by_role("heading", name="Judge 2 messages again by today's rules?").wait_for()
    assert "1 It has a signal that was not announced" in (await card.inner_text()).replace("\n", " ")
    assert fake.replays == []  # it was only counted
    await card.get_by_role("button", name="Replay 2 messages").click()
    await card.get_by_role("heading", name="1 of 2 judged").wait_for()
    assert fake.rounds[0]["asked"] == {"machine": PRESS}
    assert await card.locator("progress").get_attribute("value") == "1"
    # whoever comes back finds it under way
    await page.reload()
    await card.get_by_role("heading", name="1 of 2 judged").wait_for()
    fake.judged = 2
    await card.get_by_role("heading", name="2 messages judged again").wait_for()
    assert [await card.locator(f"[data-tally={k}]").inner_text() for k in ("stored", "refused")] == ["1", "1"]
    assert "1 Fields are missing or of the wrong kind" in (await card.inner_text()).replace("\n", " ")
    await page.locator('[data-id="held/0"] em', has_text="replayed").wait_for()


async def test_a_replay_of_many_is_stopped_and_says_that_nothing_is_lost(visit: Open, fake: FakePlatform) -> None:
    fake.judged = 1
    page = await opened(visit, "/data/quarantine?reason=malformed-json")
    await page.get_by_role("button", name="Replay all of these").click()
    await page.get_by_role("button", name="Replay 2 messages").click()
    card = page.locator(".many")
    await card.get_by_role("heading", name="1 of 2 judged").wait_for()
    await card.get_by_role("button", name="Stop").click()
    await card.get_by_role("heading", name="Stopped after 1 of 2").wait_for()
    await card.get_by_text("what was not judged waits here").wait_for()
    await card.get_by_role("button", name="Close").click()
    await page.get_by_role("button", name="Replay all of these").wait_for()


@pytest.mark.parametrize(
    ("role", "said"),
    [("operator", "Replaying takes an engineer; your role is Operator."),
     ("viewer", "Looking at messages in quarantine takes an operator; your role is Viewer.")],
)  # fmt: skip
async def test_who_may_not_is_told_who_may(visit: Open, fake: FakePlatform, role: str, said: str) -> None:
    fake.role = role
    page = await opened(visit, "/data/quarantine")
    await page.get_by_text(said).wait_for()
    assert await page.get_by_role("button", name="Replay").count() == 0
    assert await page.locator("pre").count() == (role == "operator")


async def test_on_a_phone_the_fault_stands_in_its_message(visit: Open, fake: FakePlatform) -> None:
    page = await opened(visit, "/data/quarantine", 390, 844, has_touch=True, is_mobile=True)
    box, fault = await page.locator(".message").bounding_box(), await page.locator(".message .fault").bounding_box()
    assert box["y"] < fault["y"] and fault["y"] + fault["height"] < box["y"] + box["height"]


async def test_an_empty_quarantine_is_good_news(visit: Open, fake: FakePlatform) -> None:
    fake.held.clear()
    page = await opened(visit, "/data/quarantine")
    await page.get_by_role("heading", name="Nothing is in quarantine").wait_for()
    await page.get_by_role("button", name="Replay all of these").wait_for(state="hidden")


@pytest.mark.parametrize(("epoch", "said"), [(1, "number 4711 of journal 1"), (0, "number 4711 of the journal of ")])
async def test_a_journal_is_called_by_its_time_or_by_the_number_that_it_has(
    visit: Open, fake: FakePlatform, epoch: int, said: str
) -> None:
    if epoch:
        fake.held[0]["epoch"] = epoch  # as a program of somebody's names it, that is no Andon
    page = await opened(visit, "/data/quarantine")
    assert said in await page.locator(".message dl").inner_text()
