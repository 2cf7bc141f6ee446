"""`andon query` against a running API: a drawing, a table, files, and what it says when it cannot."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from andon_cli import access
from andon_cli.drawing import draw
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
def asked(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> list[httpx.Request]:
    """An API whose answers are known; the client's transport is all that is replaced."""
    seen: list[httpx.Request] = []
    late = "late" in request.node.name

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if request.url.path == "/api/v1/machines":
            names = {PRESS: "press-1", OTHER: "press-1", PRESS.replace("press-1", "bend-1"): "bend-1"}
            signals = [{"name": "vibration", "unit": "mm/s", "low_limit": None, "high_limit": 4.5}]
            signals.append({"name": "heat", "unit": "Cel", "low_limit": None, "high_limit": None})
            rows = [{"id": path, "name": name, "signals": signals} for path, name in names.items()]
            return httpx.Response(200, json={"machines": rows})
        if request.url.path == "/api/v1/latest":
            path = request.url.params["machine"]
            return httpx.Response(200, json={"latest": {path: {"vibration": {"t": SERIES["times"][0], "value": 1.0}}}})
        if request.headers["accept"] == "text/csv":
            return httpx.Response(200, text="machine,signal\n")
        if request.headers["accept"] != "application/json":
            return httpx.Response(200, content=b"PAR1")
        first = SERIES["times"][0]
        whole = {"start": first - 3_600_000_000 * late, "stop": first + 60_000_000, "series": [SERIES]}
        if late and request.url.params["start"].isdigit():
            whole["start"] = int(request.url.params["start"])
        if request.url.params["start"] == "-9d":
            whole["series"] = [SERIES | {"times": [], "values": []}]
        if len(request.url.params.get_list("signal")) == 2:
            whole["series"] = [SERIES, SERIES | {"signal": "heat", "unit": "Cel"}]
        return httpx.Response(200, json=whole)

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
    assert "press-1.vibration  last 2.9, mean 2.45, 2 to 2.9 mm/s; to be below 4.5  (60 of 1 s, mean)" in out
    assert asked[-1].url.params["start"] == "-5m"
    assert sum(ord(c) >= 0x2800 for c in out if ord(c) < 0x2900) > 50  # braille dots: it is drawn


def test_several_lines_are_told_apart_without_colours(asked: list[httpx.Request]) -> None:
    code, out = run("bend-1.vibration", "bend-1.heat", "--last", "5m")
    assert code == 0, out
    assert "press-1.heat (°C)" in out and "press-1.vibration (mm/s)" in out
    assert "*" in out and "\x1b" not in out
    assert [line.index("last") for line in out.splitlines() if " last " in line] == [19, 19]


def test_a_plant_that_began_late_is_drawn_from_its_beginning(asked: list[httpx.Request]) -> None:
    assert run("bend-1.vibration", "--last", "1h")[0] == 0
    starts = [r.url.params["start"] for r in asked if r.url.path.endswith("/series")]
    assert starts == ["-1h", str(SERIES["times"][0])]


def test_limits_that_are_near_are_drawn_in_colour() -> None:
    series = {**SERIES, "values": [4.0 + i % 10 / 10 for i in range(60)]}
    drawn = draw([series], [{"high_limit": 4.5, "low_limit": None}], 100, colours=True)
    assert "\x1b" in drawn
    plain = draw([series], [{"high_limit": 4.5, "low_limit": None}], 100, colours=False)
    assert any(line.count("-") > 60 for line in plain.splitlines())
    far = draw([series], [{"high_limit": 45, "low_limit": None}], 100, colours=False)
    assert not any(line.count("-") > 60 for line in far.splitlines())


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
    ("name", "accept"),
    [
        ("x.csv", "text/csv"),
        ("x.parquet", "application/vnd.apache.parquet"),
        ("x.arrows", "application/vnd.apache.arrow.stream"),
        ("x.json", "application/json"),
    ],
)
def test_a_files_ending_says_its_format(asked: list[httpx.Request], tmp_path: Path, name: str, accept: str) -> None:
    file = tmp_path / name
    assert run("bend-1.vibration", "--out", str(file))[0] == 0
    assert asked[-1].headers["accept"] == accept
    assert file.stat().st_size > 0


@pytest.mark.parametrize("words", [["--out", "x.png"], ["--plot", "--out", "x.csv"]])
def test_a_file_that_would_not_be_written_is_refused(asked: list[httpx.Request], words: list[str]) -> None:
    code, out = run("bend-1.vibration", *words)
    assert code == 2
    assert "end it with .csv, .parquet, .arrows or .json" in out
    assert not asked


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["vibration"], "write MACHINE.SIGNAL"),
        (["nix-1.vibration"], "no machine 'nix-1': there are bend-1, press-1, press-1"),
        (["bent-1.vibration"], "no machine 'bent-1' (did you mean bend-1?)"),
        (["bend-1.vibration", "--last", "9d"], "no values in that time: the newest of bend-1.vibration is of "),
        (["press-1.vibration"], "several machines"),
        (["bend-1.nix"], "bend-1 has no signal 'nix': it has vibration, heat"),
        (["bend-1.vibratio"], "no signal 'vibratio' (did you mean vibration?)"),
        ([f"{PRESS}s.vibration"], f"(did you mean {PRESS}?)"),
        (["bend-1.vibration", "--last", "5x"], "write a number and ms, s, m (minutes), h or d, for example 30s"),
        (["bend-1.vibration", "--every", "5x"], "Invalid value for --every: '5x' is no duration"),
        (["bend-1.vibration", "--parquet"], "name it with --out"),
        (["bend-1.vibration", "--csv", "--json"], "choose one"),
    ],
)
def test_what_cannot_be_asked_is_said(asked: list[httpx.Request], words: list[str], said: str) -> None:
    code, out = run(*words)
    assert code == 2
    assert said in " ".join(out.replace("│", " ").split())


@pytest.mark.parametrize(("last", "start"), [("90", "-90000000us"), ("1.5h", "-5400000000us"), ("15m", "-15m")])
def test_a_number_alone_is_seconds_as_everywhere_here(asked: list[httpx.Request], last: str, start: str) -> None:
    assert run("bend-1.vibration", "--last", last, "--csv")[0] == 0
    assert asked[-1].url.params["start"] == start
