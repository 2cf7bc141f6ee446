"""`andon credential`: access to the broker for programs that are not Andon's."""

from __future__ import annotations

import json
import os
import re
import textwrap
from pathlib import Path
from typing import Annotated

import httpx
import typer
from andon_contracts.command_line import as_typed

from andon_cli.access import Access, find_access
from andon_cli.clients import Client, mosquitto, node_red, telegraf
from andon_cli.demo.home import Home, default_home
from andon_cli.options import DataDir

#: As the API takes it: a slash would be another address, and is in the names of devices alone.
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,31}\Z")

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__)


@app.callback()
def _credential() -> None:
    """Give another MQTT program access to the broker, or take it back."""


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="The program's name: a-z, 0-9, '.', '_' and '-'.")],
    read: Annotated[list[str] | None, typer.Option(help="A topic filter that it may read; can be repeated.")] = None,
    write: Annotated[list[str] | None, typer.Option(help="A topic filter that it may publish to.")] = None,
    data_dir: DataDir = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Make a user of the broker, and print what mosquitto_sub and mosquitto_pub, Telegraf and Node-RED need."""
    if not _NAME.match(name):
        raise typer.BadParameter(f"{name!r} cannot be a program's name: 1 to 32 of a-z, 0-9, '.', '_' and '-'")
    if not read and not write:
        raise typer.BadParameter("say what it may do: --read 'andon/v1/#' or --write ...")
    access = find_access(data_dir)
    made = _ask(access, "PUT", name, {"read": read or [], "write": write or []}).json()
    host, port, authority, pem = _broker(data_dir)
    facts = {**made, "host": host, "port": port, "ca": authority, "ca_pem": pem}
    if as_json:
        print(json.dumps(facts))
        return
    client = Client(name, made["password"], host, port, authority, made["read"], made["write"], pem)
    may = [f"{verb} {', '.join(made[verb]) or 'nothing'}" for verb in ("read", "write")]
    print(f"{name} may {' and '.join(may)}. Its password is shown this once; an earlier one is no longer good.")
    print("The certificate is no secret: copy it to where the program can read it, if it runs as another user.\n")
    print("mosquitto:")
    for line in mosquitto(client):
        print(f"  {line}")
    if section := telegraf(client):
        print("\nTelegraf, for what machines measure:")
        print(textwrap.indent(section, "  "))
    print("\nNode-RED (menu, Import, paste this line; the certificate is within):")
    print(node_red(client))


@app.command()
def remove(
    name: Annotated[str, typer.Argument(help="The program's name.")],
    data_dir: DataDir = None,
) -> None:
    """Remove a user; its connection ends at once."""
    access = find_access(data_dir)
    _ask(access, "DELETE", name)
    print(f"removed {name}")


def _ask(access: Access, method: str, name: str, body: dict[str, list[str]] | None = None) -> httpx.Response:
    try:
        answer = httpx.request(
            method,
            f"{access.url}/api/v1/credentials/{name}",
            json=body,
            headers=access.headers,
            trust_env=False,
            timeout=20,
        )
    except httpx.HTTPError as error:
        typer.echo(
            f"no answer from {access.url} ({error}); is Andon running? `{as_typed('andon doctor')}` says more", err=True
        )
        raise typer.Exit(1) from error
    if answer.is_error:
        try:
            detail = answer.json()["detail"]
        except (ValueError, KeyError):
            detail = answer.text[:300]
        raise typer.BadParameter(detail)
    return answer


def _broker(data_dir: Path | None) -> tuple[str, int, str, str]:
    """(host, port, the authority's certificate: its path and its text) as a program on this computer reaches the
    broker."""
    running = Home((data_dir or default_home()).resolve())
    mqtt = running.read_running().get("mqtt")
    if isinstance(mqtt, str):
        host, _, number = mqtt.partition(":")
        authority = running.secrets / "edge" / "ca.pem"
        return host, int(number), str(authority), authority.read_text()
    # in a container: the broker is published on the host, the certificate is copied out
    secrets = Path(os.environ.get("ANDON_SECRETS_DIR", "/secrets"))
    # on the embedded store one container holds ingest and API, and its secrets lie in a folder each
    found = next((path for path in (secrets / "ca.pem", secrets / "api" / "ca.pem") if path.exists()), None)
    hint = f"Copy the authority's certificate first: docker compose cp api:{found or '/secrets/ca.pem'} andon-ca.pem\n"
    typer.echo(hint, err=True)  # beside the answer, which may be JSON for a program
    port = int(os.environ.get("ANDON_PUBLISHED_MQTT_PORT", "8883"))
    return "localhost", port, "andon-ca.pem", found.read_text() if found else ""
