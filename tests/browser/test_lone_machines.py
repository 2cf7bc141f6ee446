"""Machines that stand in no line: however many there are, their tiles lie over nothing and their words are whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from support.fake_api import FakePlatform
from support.fake_plant import machine_view

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
Open = Callable[..., Any]
_WRONG = """() => {
  const bad = [];
  const card = document.querySelector('.plant-card').getBoundingClientRect();
  const tiles = [...document.querySelectorAll('.tile')].filter((e) => !e.classList.contains('station'));
  const words = tiles.flatMap((tile) => ['.name', '.l1', '.l2'].flatMap((part) => {
    const e = tile.querySelector(part), box = e.getBoundingClientRect();
    const range = document.createRange(); range.selectNodeContents(e);
    const text = range.getBoundingClientRect(), size = parseFloat(getComputedStyle(e).fontSize);
    if (!text.height) return [];
    const scale = box.height / (e.offsetHeight || 1);
    if (size * scale < 12.5) bad.push(`${e.textContent} is ${size * scale} px high`);
    // a very long name ends in dots and is said in full by the tile's title
    const long = e.textContent.length > 12;
    if (part === '.name' && !long && e.scrollWidth > e.clientWidth + 1) bad.push(`${e.textContent} is cut off`);
    const inside = box.bottom <= card.bottom && box.right <= card.right + 1 && box.left >= card.left;
    if (!inside) bad.push(`${e.textContent} sticks out`);
    return [{ name: `${tile.dataset.machine} ${part}`, box }];
  }));
  words.forEach(({ name, box: a }, i) => words.slice(i + 1).forEach(({ name: other, box: b }) => {
    const apart = a.left >= b.right - 1 || b.left >= a.right - 1 || a.top >= b.bottom - 1 || b.top >= a.bottom - 1;
    if (!apart) bad.push(`${name} over ${other}`);
  }));
  if (document.documentElement.scrollWidth > innerWidth) bad.push('the page is too wide');
  if (card.bottom + scrollY > document.documentElement.scrollHeight) bad.push('the card ends below the page');
  return bad;
}"""


@pytest.mark.parametrize("count", [1, 4, 9, 20])
@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1440, 900), (390, 844)])
async def test_lone_machines_are_laid_out_in_rows_and_nothing_is_cut(
    visit: Open, fake: FakePlatform, count: int, width: int, height: int
) -> None:
    for i in range(count):
        path = f"polaris/north/lab/bench/recorder-{i + 1}"
        state, text = ("down", "Spindle bearing temperature high: 92 of 80 °C") if i == 2 else ("producing", "")
        fake.machines[path] = machine_view(path, fake.now(), "machine", state, text)
    page = await visit("/", width, height)
    await page.wait_for_function(f"document.querySelectorAll('.tile').length === {16 + count}")
    await page.locator(".tile .l1", has_text="bar").last.wait_for()
    assert await page.evaluate(_WRONG) == []
