"""Lists of machines stand in the order in which one counts: drill-2 before drill-10."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from support.fake_api import FakePlatform
from support.fake_plant import machine_view

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
Open = Callable[..., Any]


async def test_machines_stand_in_the_order_one_counts(visit: Open, fake: FakePlatform) -> None:
    drills = [f"polaris/north/hall/extra/drill-{i}" for i in (10, 2, 1)]
    fake.machines.update({path: machine_view(path, fake.now()) for path in drills})
    ours = "(all) => all.map((e) => e.textContent).filter((name) => name.startsWith('drill-'))"
    listed = {
        "/data": "tr.of a b",
        "/data/quality": "select[name=machine] option",
        "/data/query": "select[name=machine] option",
        "/station": ".place b",
    }
    for path, names in listed.items():
        page = await visit(path)
        found = page.locator(names, has_text="drill-")
        await found.first.wait_for(state="attached")
        assert await found.evaluate_all(ours) == ["drill-1", "drill-2", "drill-10"], path
    page = await visit("/data")
    await page.locator("tr[data-signal]").first.wait_for()
    where = page.get_by_role("combobox", name="Where").locator("option", has_text="drill-")
    assert await where.evaluate_all(ours) == ["drill-1", "drill-2", "drill-10"]
