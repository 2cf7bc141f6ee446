"""A real Chromium, found or named by ``ANDON_CHROMIUM``, and the console behind a platform in memory."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio
from andon_console.bootstrap import serving
from support.fake_api import FakeOrigin, FakePlatform

#: First the one without windows of its own, whose toolbars cost as much time as our pages; what it shows is the same.
_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
Open = Callable[..., Any]
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Any]:
    """A browser for all tests of this folder."""
    playwright = pytest.importorskip("playwright.async_api", reason="needs playwright: uv sync --group browser")
    path = os.environ.get("ANDON_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        pytest.skip("no Chromium on the PATH; name one in ANDON_CHROMIUM")
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=path, args=_FLAGS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def fake_origin() -> AsyncIterator[tuple[FakeOrigin, str]]:
    """The one origin; a test puts its own platform in. NiceGUI has one life a process, hence one for all."""
    origin = FakeOrigin(FakePlatform.polaris())
    async with serving(origin, "127.0.0.1", 0) as port:
        yield origin, f"http://127.0.0.1:{port}"


@pytest_asyncio.fixture(loop_scope="session")
async def fake(fake_origin: tuple[FakeOrigin, str]) -> FakePlatform:
    """The shipped plant, fresh for each test."""
    origin, _ = fake_origin
    origin.use(FakePlatform.polaris())
    return origin.fake


@pytest_asyncio.fixture(loop_scope="session")
async def visit(chromium: Any, fake_origin: tuple[FakeOrigin, str]) -> AsyncIterator[Open]:
    """``await visit(path, width, height, **context)``; fails on any script error or failed request."""
    _, base = fake_origin
    contexts, errors = [], []

    async def go(path: str = "/", width: int = 1920, height: int = 1080, **context: Any) -> Any:
        opened = await chromium.new_context(viewport={"width": width, "height": height}, **context)
        contexts.append(opened)
        page = await opened.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda e: errors.append(str(e)))
        page.on("requestfailed", lambda r: print("failed:", r.url, r.failure))
        page.on("request", lambda r: None if r.url.startswith((base, "data:", "blob:")) else errors.append(r.url))
        await page.goto(base + path)
        return page

    yield go
    for opened in contexts:
        await opened.close()
    assert errors == []
