"""What several files of browser tests do: open the Data page, hold requests back, read what was downloaded."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

_READY = "andon-data tbody tr, andon-data .message h2, andon-data .nothing"


async def held_back(page: Any, pattern: str) -> asyncio.Event:
    """Holds every request of ``page`` that matches until the event is set, and lets the later ones pass.

    Every one, since the page that is left may have just asked the same: its question is not the next page's.
    """
    go_on = asyncio.Event()

    async def wait(route: Any) -> None:
        await go_on.wait()
        await route.continue_()

    await page.route(pattern, wait)
    return go_on


async def opened_data(visit: Callable[..., Any], path: str, width: int = 1366, height: int = 768, **how: Any) -> Any:
    """A part of the Data page, with what it shows."""
    page = await visit(path, width, height, **how)
    await page.locator(_READY).first.wait_for()
    return page


def read_table(path: Path) -> list[dict[str, str]]:
    """The rows of a downloaded CSV file."""
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
