"""Ingest and API start together on a fresh InfluxDB: who comes second waits for the first one's set-up."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from andon_platform.data.errors import StoreUnavailable
from andon_platform.data.influxdb import server as module
from andon_platform.data.influxdb.server import Server


@contextmanager
def being_set_up(unknown: int) -> Iterator[str]:
    """The address of a server that somebody else is setting up: it knows the token after so many questions."""
    left = [unknown]

    class Handler(BaseHTTPRequestHandler):
        def _answer(self, status: int, body: object) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self._answer(422, {"code": "conflict", "message": "onboarding has already been completed"})

        def do_GET(self) -> None:
            left[0] -= 1
            if left[0] >= 0:
                self._answer(401, {"code": "unauthorized", "message": "unauthorized access"})
            else:
                self._answer(200, {"buckets": [{"id": "0123456789abcdef", "name": "raw", "retentionRules": []}]})

        def log_message(self, format: str, *args: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_who_comes_second_waits_until_the_token_is_known() -> None:
    with being_set_up(3) as url:
        server = Server(url, "token", "andon", 5.0)
        server.set_up({"raw": 3600})
        assert server.ids == {"raw": "0123456789abcdef"}
        server.close()


def test_a_token_of_another_server_is_said_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SETTING_UP_S", 0.3)
    with being_set_up(10**9) as url:
        server = Server(url, "token", "andon", 5.0)
        with pytest.raises(StoreUnavailable, match="token in secrets is not this server's"):
            server.set_up({"raw": 3600})
        server.close()
