"""`andon query` against a running API: a drawing, a table, files, and what it says when it cannot."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from andon_cli import access
from andon_cli.main import _app
from typer.testing import CliRunner

PRESS = "polaris/north/cabinets/cabinets-1/press-1"
OTHER = "acme/south/hall/line-1/press-1"
SERIES = {
    "machine": PRESS, "signal": "vibration", "unit": "mm/s", "every": 1_000_000, "agg": "mean", "source": "raw",
    "truncated": False, "times": [1_795_000_000_000_000 + i * 1_000_000 for i in range(60)],
    "values": [2.0 + i % 10 / 10 for i in range(60)],
}  # fmt: skip


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[httpx.Request]:
    """An API whose answers are known; the client's transport is all that is replaced."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if request.url.path == "/api/v1/machines":
            names = {PRESS: "press-1", OTHER: "press-1", PRESS.replace("press-1", "bend-1"): "bend-1"}
            return httpx.Response(200, json={"machines": [{"id": path, "name": name} for path, name in names.items()]})
        if request.url.params["signal"] == "nix":
            return httpx.Response(404, json={"detail": "bend-1 has no signal 'nix'"})
        if request.headers["accept"] == "text/csv":
            return httpx.Response(200, text="machine,signal\n")
        if request.headers["accept"] != "application/json":
            return httpx.Response(200, content=b"PAR1")
        return httpx.Response(200, json={"series": [SERIES]})

    real = httpx.Client
    monkeypatch.setattr(httpx, "Client", lambda **more: real(transport=httpx.MockTransport(answer), **more))
    monkeypatch.setattr(access, "find_access", lambda _: access.Access("http://127.0.0.1:1", "token"))
    return seen


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(_app, ["query", *words])
    return done.exit_code, done.output


def test_a_drawing_with_the_figures_below(asked: list[httpx.Request]) -> None:
    code, out = run(f"{PRESS}.vibration", "--last", "5m")
    assert code == 0, out
    assert "press-1.vibration (mm/s)" in out
    assert "last 2.9, mean 2.45, 2 to 2.9 mm/s (raw)" in out
    assert asked[-1].url.params["start"] == "-5m"
    assert sum(ord(c) >= 0x2800 for c in out if ord(c) < 0x2900) > 50  # braille dots: it is drawn


def test_files(asked: list[httpx.Request], tmp_path: Path) -> None:
    file = tmp_path / "x.parquet"
    assert run("bend-1.vibration", "--parquet", "--out", str(file))[0] == 0
    assert file.read_bytes() == b"PAR1"
    assert asked[-1].headers["accept"] == "application/vnd.apache.parquet"
    assert asked[-1].url.params["machine"].endswith("/bend-1")
    code, out = run("bend-1.vibration", "--csv", "--agg", "raw")
    assert (code, out) == (0, "machine,signal\n")
    assert asked[-1].url.params["agg"] == "raw"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["vibration"], "write MACHINE.SIGNAL"),
        (["nix-1.vibration"], "no machine 'nix-1': there are bend-1, press-1, press-1"),
        (["press-1.vibration"], "several machines"),
        (["bend-1.nix"], "has no signal 'nix'"),
        (["bend-1.vibration", "--parquet"], "name it with --out"),
        (["bend-1.vibration", "--csv", "--json"], "choose one"),
    ],
)
def test_what_cannot_be_asked_is_said(asked: list[httpx.Request], words: list[str], said: str) -> None:
    code, out = run(*words)
    assert code == 2
    assert said in out
