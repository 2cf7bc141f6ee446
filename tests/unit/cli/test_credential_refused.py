"""`andon credential` where nothing answers, and its answer for a program inside a container."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from andon_cli.commands.credential import app as credential
from andon_cli.commands.influx import app as influx
from andon_cli.processes.ports import free_port
from typer.testing import CliRunner

ADD = ["add", "node-red", "--read", "andon/v1/#"]


class _Api(BaseHTTPRequestHandler):
    def do_PUT(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(
            json.dumps({"name": "node-red", "password": "p", "read": ["andon/v1/#"], "write": []}).encode()
        )

    def log_message(self, *_: object) -> None:
        """Nothing is said."""


@pytest.fixture
def container(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The settings that the API's container has, with published ports that are not the usual ones."""
    (tmp_path / "signing-key").write_text("k" * 64)
    (tmp_path / "influx-token").write_text("t")
    monkeypatch.setenv("ANDON_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("ANDON_INTERNAL_PORT", str(free_port()))
    monkeypatch.setenv("ANDON_PUBLISHED_MQTT_PORT", "18893")
    monkeypatch.setenv("ANDON_PUBLISHED_INFLUX_PORT", "18096")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "none"))
    yield


@pytest.mark.usefixtures("container")
def test_where_nothing_answers_it_says_so_and_where_more_is_said() -> None:
    done = CliRunner().invoke(credential, ADD)
    assert done.exit_code == 1
    assert "no answer from http://127.0.0.1:" in done.stderr and "andon doctor" in done.stderr


@pytest.mark.usefixtures("container")
def test_json_is_nothing_but_json_and_names_the_published_port(monkeypatch: pytest.MonkeyPatch) -> None:
    with HTTPServer(("127.0.0.1", 0), _Api) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("ANDON_INTERNAL_PORT", str(server.server_port))
        done = CliRunner().invoke(credential, [*ADD, "--json"])
        server.shutdown()
    assert json.loads(done.stdout)["port"] == 18893
    assert "docker compose cp api:/secrets/ca.pem" in done.stderr


@pytest.mark.usefixtures("container")
def test_influxdbs_pages_are_named_where_they_are_published() -> None:
    done = CliRunner().invoke(influx, ["--json"])
    assert json.loads(done.stdout)["url"] == "http://localhost:18096"
