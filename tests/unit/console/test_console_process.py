"""The console's process: it starts, serves pages and files, refuses who does not come through the API, and stops."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from andon_console import assets
from andon_console.app import create_console
from andon_console.bootstrap import serve, serving
from andon_console.errors import PortTaken
from andon_console.settings import ConsoleSettings

pytestmark = pytest.mark.asyncio(loop_scope="module")
_WHO = {"X-Andon-User": "maria", "X-Andon-Role": "engineer", "X-Andon-Token": "t"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def console() -> AsyncIterator[str]:
    """The base address of a running console."""
    async with serving(create_console(require_gateway=True), "127.0.0.1", 0) as port:
        yield f"http://127.0.0.1:{port}"


@pytest_asyncio.fixture(loop_scope="module")
async def client(console: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client that speaks as the API's process does."""
    async with httpx.AsyncClient(base_url=console, headers=_WHO, trust_env=False) as found:
        yield found


@pytest.mark.parametrize("path", ["/", "/machines", "/machine/polaris/north/cabinets/cabinets-1/press-1"])
async def test_pages_are_served_with_who_asks(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 200
    assert '"user": "maria"' in answer.text
    assert '"plant:pace"' in answer.text  # an engineer's scope


@pytest.mark.parametrize("path", ["/nix", "/data/nix", "/machine/A/b/c/d/e", "/machine/a/b", "/a<b>'"])
async def test_an_address_that_leads_nowhere_is_a_page_with_a_way_on(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert "There is no such page" in answer.text
    assert '"user": "maria"' in answer.text
    assert "HTTPException" not in answer.text and "<b>" not in answer.text.replace("<b></b>", "")


async def test_a_page_takes_nothing_from_elsewhere(client: httpx.AsyncClient) -> None:
    page = (await client.get("/")).text
    loaded = re.findall(r"(?:src|href)=\"(https?:)?//[^\"]+\"", page)
    assert loaded == []
    for link in re.findall(r'(?:src|href)="(/assets/[^"]+)"', page):
        answer = await client.get(link)
        assert answer.status_code == 200, link
        assert "immutable" in answer.headers["cache-control"]


async def test_refuses_who_does_not_come_through_the_api(console: str) -> None:
    async with httpx.AsyncClient(base_url=console, trust_env=False) as stranger:
        for path in ("/", f"{assets.base()}/js/main.js"):
            answer = await stranger.get(path)
            assert answer.status_code == 403
            assert "andon link" in answer.text


async def test_an_unlikely_machine_path_is_not_a_page(client: httpx.AsyncClient) -> None:
    answer = await client.get("/machine/a/b/c/d/<script>")
    assert answer.status_code in (404, 422)
    assert "<script>alert" not in answer.text


async def test_a_taken_port_is_said(console: str) -> None:
    port = int(console.rsplit(":", 1)[1])
    with pytest.raises(PortTaken, match="ANDON_LISTEN_PORT"):
        async with serving(create_console(), "127.0.0.1", port):
            pass


async def test_serve_ends_when_asked(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = ConsoleSettings(data_dir=tmp_path, secrets_dir=tmp_path, listen_port=port)
    stop = asyncio.Event()
    running = asyncio.create_task(serve(settings, stop))
    stop.set()
    await asyncio.wait_for(running, 10)
