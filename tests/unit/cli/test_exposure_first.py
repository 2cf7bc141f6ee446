"""What would not open, or would be refused, is refused in words before anything is made."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from andon_cli.demo.exposure import Exposure, NotExposed
from andon_security.stock import prepare


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({"ANDON_PUBLIC_URL": "https://plant.example:8080"}, "set ANDON_BIND too"),
        ({"ANDON_PUBLIC_URL": "https://localhost:8080"}, "plain HTTP on 127.0.0.1 alone"),
        ({"ANDON_PUBLIC_URL": "http://plant.example"}, "set ANDON_BIND too"),
        ({"ANDON_PUBLIC_URL": "localhost:8080"}, "write it in full"),
        ({"ANDON_PUBLIC_URL": "plant.example"}, "write it in full"),
        ({"ANDON_PUBLIC_URL": "http://localhost:80800"}, "is no address"),
        ({"ANDON_BIND": "0.0.0.0"}, "set ANDON_PUBLIC_URL"),
    ],
)
def test_a_link_that_would_not_open_is_refused(tmp_path: Path, environ: dict[str, str], says: str) -> None:
    with pytest.raises(NotExposed, match=says):
        Exposure.read(environ).check(tmp_path, tmp_path)


def test_a_certificate_of_ones_own_wants_https_in_the_address(tmp_path: Path) -> None:
    for name in ("cert", "key"):
        (tmp_path / name).touch()
    own = {"ANDON_TLS_CERT": str(tmp_path / "cert"), "ANDON_TLS_KEY": str(tmp_path / "key")}
    with pytest.raises(NotExposed, match="Begin it with https"):
        Exposure.read({**own, "ANDON_PUBLIC_URL": "http://localhost:8080"}).check(tmp_path, tmp_path)
    Exposure.read({**own, "ANDON_PUBLIC_URL": "https://localhost:8080"}).check(tmp_path, tmp_path)


def test_what_opens_is_taken_before_the_first_certificate_is_made(tmp_path: Path) -> None:
    Exposure.read({"ANDON_PUBLIC_URL": "http://localhost:9090/"}).check(tmp_path, tmp_path / "none yet")
    wide = Exposure.read({"ANDON_BIND": "0.0.0.0", "ANDON_PUBLIC_URL": "https://plant.example:9443"})
    wide.check(tmp_path, tmp_path / "none yet")
    assert wide.port == 9443


@pytest.mark.parametrize("url", ["https://plant.example", "https://plant.example:443"])
def test_a_port_that_a_router_hands_on_is_not_ours_to_take(url: str) -> None:
    assert Exposure.read({"ANDON_PUBLIC_URL": url}).port is None


def _demo(home: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "andon_cli", "demo", "--data-dir", str(home), "--for", "1s"],
        cwd=Path(__file__).parents[3],
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_refused_demo_has_made_nothing(tmp_path: Path) -> None:
    refused = _demo(tmp_path / "demo", ANDON_BIND="0.0.0.0")
    assert refused.returncode == 2 and "ANDON_PUBLIC_URL" in refused.stderr
    assert "made" not in refused.stderr and not (tmp_path / "demo").exists()


def test_the_port_that_people_type_is_the_one_or_the_demo_is_refused(tmp_path: Path) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        port = held.getsockname()[1]
        refused = _demo(tmp_path / "demo", ANDON_PUBLIC_URL=f"http://localhost:{port}")
    assert refused.returncode == 2 and f"port {port} is held" in refused.stderr
    assert not (tmp_path / "demo" / "secrets").exists()


def test_a_name_stands_once_in_what_is_said(tmp_path: Path) -> None:
    made = prepare(tmp_path, [], web_names=["localhost", "127.0.0.1", "localhost"])
    (line,) = [text for text in made if "web server" in text]
    assert line.endswith("(localhost, 127.0.0.1)")
