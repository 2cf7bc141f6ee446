"""A machine without a credential asks the API for one; a refused credential is asked for again."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from andon_contracts.identity import Identity
from andon_edge.link.api import PlatformApi
from andon_edge.link.credentials import Credentials
from andon_edge.link.errors import EnrolmentFailed

PRESS = Identity.parse("acme/north/hall/line-1/press-1")


class Api(BaseHTTPRequestHandler):
    asked: list[tuple[str, str | None]]
    status = 200

    def do_POST(self) -> None:
        self.asked.append((self.path, self.headers["Authorization"]))
        found = {"username": PRESS.path, "password": "given"} if self.status == 200 else {"detail": "no such machine"}
        body = json.dumps(found).encode()
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None: ...


@contextmanager
def api(status: int = 200) -> Iterator[tuple[str, list[tuple[str, str | None]]]]:
    handler = type("Handler", (Api,), {"asked": [], "status": status})
    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", handler.asked  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@asynccontextmanager
async def credentials(folder: Path, url: str) -> AsyncIterator[Credentials]:
    (folder / "token").write_text("a-token\n")

    def no_tls() -> ssl.SSLContext:
        raise AssertionError("plain HTTP needs no TLS")

    api = PlatformApi(folder, url, no_tls)
    yield Credentials(folder, api)
    await api.aclose()


async def test_a_credential_is_asked_for_once_and_kept(tmp_path: Path) -> None:
    with api() as (url, asked):
        async with credentials(tmp_path, url) as found:
            first, second = await found.get(PRESS), await found.get(PRESS)
    assert first == second and first.password == "given"
    assert asked == [(f"/api/v1/devices/{PRESS.path}/enrol", "Bearer a-token")]
    assert found.file(PRESS).stat().st_mode & 0o777 == 0o600


async def test_a_refusal_says_why(tmp_path: Path) -> None:
    with api(404) as (url, _):
        async with credentials(tmp_path, url) as found:
            with pytest.raises(EnrolmentFailed, match="no such machine"):
                await found.get(PRESS)


async def test_an_api_that_is_not_there(tmp_path: Path) -> None:
    with api() as (url, _):
        pass
    async with credentials(tmp_path, url) as found:
        with pytest.raises(EnrolmentFailed, match="does not answer"):
            await found.get(PRESS)


async def test_no_token(tmp_path: Path) -> None:
    async with credentials(tmp_path, "http://127.0.0.1:9") as found:
        (tmp_path / "token").unlink()
        with pytest.raises(EnrolmentFailed, match="andon setup"):
            await found.get(PRESS)
