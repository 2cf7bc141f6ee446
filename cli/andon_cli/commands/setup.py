"""`andon setup`: the secrets that are missing. The demo calls the same code; in compose a container of its own."""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer
from andon_contracts.placement import read_placements
from andon_security.files import write_secret
from andon_security.stock import FOLDERS, Stock, prepare

from andon_cli.demo.exposure import Exposure
from andon_cli.demo.home import library
from andon_cli.processes.brokers import container_configuration

app = typer.Typer(add_completion=False)


@app.command()
def setup(
    secrets: Annotated[Path, typer.Argument(help="The folder below which each service has its own.")],
    machines: Annotated[Path | None, typer.Option(help="The folder of machine files.")] = None,
    plants: Annotated[Path | None, typer.Option(help="The folder of plant files.")] = None,
    broker_name: Annotated[list[str], typer.Option(help="A name under which the broker is reached.")] = [  # noqa: B006
        "localhost",
        "127.0.0.1",
    ],
    web_name: Annotated[list[str], typer.Option(help="A name under which the console is reached.")] = [  # noqa: B006
        "localhost",
        "127.0.0.1",
    ],
    container: Annotated[bool, typer.Option(help="Also write the broker's configuration for a container.")] = False,
    owner: Annotated[list[str] | None, typer.Option(help="FOLDER=UID:GID: who shall own a folder.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was made as JSON.")] = False,
) -> None:
    """Make what is missing: authority, certificates, one credential per device and service. Nothing is replaced."""
    own_machines, own_plants = (machines, plants) if machines and plants else library()
    placements = read_placements(machines or own_machines, plants or own_plants)
    web_name = [*web_name, *Exposure.read(os.environ).names]
    wish = _Wish(sorted(broker_name), sorted(web_name), sorted(m.path for m in placements.machines))
    if owner and wish.granted(secrets, owner):
        # the usual case of a second start: touch nothing, since services may be running
        print("all secrets are there")
        return
    for text in owner or []:
        _take(secrets, text)
    made = prepare(secrets, placements.machines, broker_names=broker_name, web_names=web_name)
    if container:
        container_configuration(Stock(secrets))
    for text in owner or []:
        _own(secrets, text)
    wish.remember(secrets)
    if as_json:
        print(json.dumps({"made": made, "problems": [str(p) for p in placements.problems]}))
        return
    for problem in placements.problems:
        print(problem)
    for text in made:
        print(f"made {text}")
    print("all secrets are there" if not made else f"in {secrets}")


@dataclass(frozen=True, slots=True)
class _Wish:
    """What the secrets were made for; kept beside the authority's key, where only setup looks."""

    broker_names: list[str]
    web_names: list[str]
    machines: list[str]

    @property
    def _text(self) -> str:
        return json.dumps(asdict(self))

    def granted(self, secrets: Path, owner: list[str]) -> bool:
        """Whether the last run made just this, lately enough, and every folder still belongs to its service."""
        done = secrets / "authority" / "made-for.json"
        if not done.exists() or done.read_text() != self._text or time.time() - done.stat().st_mtime > _RENEW_S:
            return False
        return all((secrets / folder).stat().st_uid == uid for folder, uid, _ in map(_parse, owner))

    def remember(self, secrets: Path) -> None:
        write_secret(secrets / "authority" / "made-for.json", self._text)


#: Server certificates live for a year and are looked at again after this.
_RENEW_S = 180 * 86400


def _parse(text: str) -> tuple[str, int, int]:
    folder, _, ids = text.partition("=")
    uid, _, gid = ids.partition(":")
    if folder not in FOLDERS or not uid.isdigit() or not gid.isdigit():
        raise typer.BadParameter(f"{text!r}: write FOLDER=UID:GID with a folder of {', '.join(FOLDERS)}")
    return folder, int(uid), int(gid)


def _take(secrets: Path, text: str) -> None:
    """Take a folder back from its service, from the top down: root without other capabilities reads only its own."""
    folder, _, _ = _parse(text)
    waiting = [secrets / folder]
    while waiting:
        path = waiting.pop()
        if path.exists():
            os.chown(path, os.getuid(), os.getgid())
            if path.is_dir():
                waiting += path.iterdir()


def _own(secrets: Path, text: str) -> None:
    """Give a folder and all in it to a user (needs CAP_CHOWN), from the leaves up."""
    folder, uid, gid = _parse(text)
    for path in sorted((secrets / folder).rglob("*"), reverse=True):
        os.chown(path, uid, gid)
    os.chown(secrets / folder, uid, gid)
