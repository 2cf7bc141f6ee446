"""The edge tells the platform how it is: at once when something changes, and that it ends."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from andon_contracts.identity import Identity
from andon_edge.link.api import PlatformApi
from andon_edge.runtime.account import EVERY_S, MOST_MACHINES, MOST_PROBLEMS, Account, problems_told
from andon_platform.api.models_edges import EdgeAccount
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from support.waiting import until


def machine(i: int) -> Identity:
    return Identity.parse(f"acme/north/hall/line-1/press-{i}")


def test_what_many_machines_say_alike_is_said_once_for_each_enterprise() -> None:
    bolt = Identity.parse("bolt/south/hall/line-1/saw-1")
    links = {machine(i): "no route" for i in range(30)} | {bolt: "no route", machine(99): "refused"}
    told = problems_told(["plants/acme.yaml:4: what"], links)
    assert [(p["text"], p["count"], len(p["machines"])) for p in told] == [
        ("plants/acme.yaml:4: what", 0, 0), ("no route", 30, MOST_MACHINES), ("no route", 1, 1), ("refused", 1, 1),
    ]  # fmt: skip
    assert told[2]["machines"] == [bolt.path]
    assert len(problems_told([f"{i}" for i in range(200)], {})) == MOST_PROBLEMS
    assert len(problems_told(["long" * 1000], {})[0]["text"]) == 1000


def test_the_api_takes_as_much_as_an_edge_tells() -> None:
    links = {machine(i): f"{i:04}" + "long" * 1000 for i in range(200)}
    EdgeAccount(machines=200, connected=0, pending=0, journal_bytes=0, problems=problems_told([], links))


class Heard:
    """A server that keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str, dict[str, Any]]] = []
        self.status = 204
        self.url = ""

    async def take(self, request: Request) -> Response:
        self.told.append((request.url.path, request.headers["Authorization"], await request.json()))
        return Response(status_code=self.status)


@asynccontextmanager
async def hearing() -> AsyncIterator[Heard]:
    heard = Heard()
    app = Starlette(routes=[Route("/api/v1/edges/{name}", heard.take, methods=["PUT"])])
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="off"))
    task = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    heard.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    yield heard
    server.should_exit = True
    await task


def no_tls() -> ssl.SSLContext:
    raise AssertionError("plain HTTP needs no TLS")


async def test_a_change_is_told_at_once_and_the_end_too(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("a-token\n")
    content: dict[str, Any] = {"machines": 2, "problems": []}
    async with hearing() as heard:
        api = PlatformApi(tmp_path, heard.url, no_tls)
        account = Account(api, "edge", lambda: dict(content))
        task = asyncio.create_task(account.run())
        await until(lambda: len(heard.told) == 1)
        content["problems"] = [{"text": "a file is refused", "count": 0, "machines": []}]
        account.changed(content["problems"])
        await until(lambda: len(heard.told) == 2, within_s=EVERY_S / 2)
        account.changed(list(content["problems"]))  # the same again: no news
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await account.end()
        await api.aclose()
    assert [(path, token) for path, token, _ in heard.told] == [("/api/v1/edges/edge", "Bearer a-token")] * 3
    assert [said.get("ended", False) for *_, said in heard.told] == [False, False, True]
    assert heard.told[1][2]["problems"] == content["problems"]


async def test_words_that_no_message_can_hold_do_not_end_the_edge(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "token").write_text("a-token\n")
    async with hearing() as heard:
        api = PlatformApi(tmp_path, heard.url, no_tls)
        account = Account(api, "edge", lambda: {"problems": [{"text": "p\udcff.yaml"}]})
        await account.end()
        await api.aclose()
    assert not heard.told
    assert "surrogates not allowed" in capsys.readouterr().out


@pytest.mark.parametrize("away", ["no token", "no server", "refused"])
async def test_a_platform_that_does_not_hear_disturbs_nothing_and_is_said_once(
    tmp_path: Path, away: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with hearing() as gone:
        pass
    async with hearing() as heard:
        heard.status = 403
        if away != "no token":
            (tmp_path / "token").write_text("a-token\n")
        api = PlatformApi(tmp_path, heard.url if away != "no server" else gone.url, no_tls)
        account = Account(api, "edge", dict)
        await account.end()
        await account.end()
        await api.aclose()
    assert capsys.readouterr().out.count("does not hear how this edge is") == 1
