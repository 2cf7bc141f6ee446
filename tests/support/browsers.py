"""What tests do to a browser's own requests."""

from __future__ import annotations

import asyncio
from typing import Any


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
