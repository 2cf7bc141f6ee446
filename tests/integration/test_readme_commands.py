"""The README's commands, read from it and typed as they stand there, beside a demo that runs."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.demo import ROOT, DemoUnderTest, running_demo
from support.waiting import wait_until

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not shutil.which("bash"), reason="the README's commands are a shell's, and no bash is here"),
]

README = (ROOT / "README.md").read_text()
BLOCKS = [
    re.sub(r"\s+#.*", "", line.strip())
    for block in re.findall(r"```sh\n(.*?)```", README, re.S)
    for line in block.splitlines()
    if line.strip() and not line.startswith("#")
]
INLINE = [code for code in re.findall(r"`((?:uv run )?andon (?:link|asyncapi)[^`]*)`", README) if code != "andon link"]
#: Carried out by tests of their own: this demo itself, the tests themselves, the stack in containers, a past (which no
#: demo may be beside).
ELSEWHERE = {"uv run andon demo", "uv run pytest", "docker compose up", "uv run andon backfill 30d"}
COMMANDS = [command for command in BLOCKS + INLINE if command not in ELSEWHERE]


@dataclass
class Desk:
    """A person's checkout, home and running demo."""

    checkout: Path
    demo: DemoUnderTest
    env: dict[str, str]

    def type(self, command: str) -> str:
        """What the command prints; it has to end well."""
        port = str(self.demo.home.read_running()["console"]).rpartition(":")[2]
        here = re.sub(r"(uv run )?\bandon (?=[a-z])", f"{sys.executable} -m andon_cli ", command)
        here = here.replace("localhost:8080", f"localhost:{port}")
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", here],
            cwd=self.checkout,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    checkout, home = folder / "andon", folder / "home"
    for name in ("machines", "plants"):
        shutil.copytree(ROOT / name, checkout / name)
    rows = [
        f"2024-05-01T00:{n // 60:02}:{n % 60:02}Z,{math.sin(n / 9) + n % 5 / 9 + 4 * (700 <= n < 720):.3f},"
        f"{int(700 <= n < 720)}"
        for n in range(900)
    ]
    (checkout / "recording.csv").write_text("\n".join(["time,flow,anomaly", *rows]) + "\n")
    home.mkdir()
    env = {k: v for k, v in os.environ.items() if not k.startswith(("ANDON_", "XDG_"))}
    env |= {"HOME": str(home), "LOCALAPPDATA": str(home), "PATH": f"{os.environ['PATH']}{os.pathsep}/usr/sbin"}
    asked = "from andon_cli.demo.home import default_home; print(default_home())"
    usual = subprocess.run([sys.executable, "-c", asked], env=env, capture_output=True, text=True, check=True).stdout
    data = Path(usual.strip())
    data.parent.mkdir(parents=True, exist_ok=True)
    where = ["--machines", str(checkout / "machines"), "--plants", str(checkout / "plants")]
    with running_demo(data, *where) as demo:
        _keep_question(demo)
        yield Desk(checkout, demo, env)


def _keep_question(demo: DemoUnderTest) -> None:
    """What a person does on the Data page before the product can be read."""
    press = "polaris/north/cabinets/cabinets-1/press-1"
    wanted = {
        "name": "press-vibration",
        "title": "Vibration of press 1",
        "licence": {"id": "CC-BY-4.0"},
        "question": {"machines": [press], "signals": ["vibration"], "every": "1m", "back": "1d"},
    }
    with demo.client() as client:
        wait_until(lambda: client.get(f"/api/v1/machines/{press}").status_code == 200, 30, "the press")
        client.post("/api/v1/products", json=wanted).raise_for_status()


def test_each_command_of_the_readme_is_typed_and_ends_well(desk: Desk) -> None:
    assert len(COMMANDS) >= 10
    said = {command: desk.type(command) for command in COMMANDS}
    assert json.loads(next(text for command, text in said.items() if command.startswith("curl -H")))["machines"]
    assert "vibration" in said["uv run andon query press-1.vibration --last 1h --plot"]
    assert "andon/v1/#" in next(text for command, text in said.items() if "credential add node-red" in command)
    _broken_as_described(desk, said)


def _broken_as_described(desk: Desk, said: dict[str, str]) -> None:
    """A call without a token is refused and counted; a message that is none is in quarantine, with the reason."""
    assert next(text for command, text in said.items() if command.startswith("curl -s")) == "401\n"
    printed = next(text for command, text in said.items() if "credential add stranger" in command)
    (line,) = [line.strip() for line in printed.splitlines() if line.strip().startswith("mosquitto_pub ")]
    with desk.demo.client() as client:
        refused = client.get("/api/v1/flow").json()["security"]["refused"]
        assert any((row["area"], row["why"]) == ("api", "not-signed-in") for row in refused)
        if not shutil.which("mosquitto_pub"):
            return
        desk.type(line)
        held = wait_until(lambda: client.get("/api/v1/quarantine").json()["messages"], 30, "the message in quarantine")
    assert (held[0]["reason"], held[0]["topic"]) == ("malformed-json", line.split(" -t ")[1].split()[0])


def test_what_was_added_by_these_commands_runs(desk: Desk) -> None:
    """A machine and a recording, each a file that the README's commands wrote."""
    written = {path.stem for path in (desk.checkout / "machines").glob("*.yaml")}
    new = written - {path.stem for path in (ROOT / "machines").glob("*.yaml")}
    assert "press-9" in new and len(new) == 2

    def online() -> set[str]:
        with desk.demo.client() as client:
            return {m["name"] for m in client.get("/api/v1/machines").json()["machines"] if m["online"]}

    wait_until(lambda: new <= online(), 30, f"{new} online")
