"""`andon link`: make a link that opens the console."""

from __future__ import annotations

import json
from typing import Annotated, Any
from urllib.parse import urlsplit

import httpx
import segno
import typer
from andon_contracts.command_line import as_typed

from andon_cli.access import find_access
from andon_cli.commands.token import Role
from andon_cli.duration import parse_duration
from andon_cli.options import DataDir

app = typer.Typer(add_completion=False)


class LinkRefused(Exception):
    """The API made no link; the text says why, and what to do."""


def create_link(api_url: str, token: str, role: str, uses: int, life_s: float) -> dict[str, Any]:
    """Ask the API for a link: ``{"url", "role", "uses", "expires"}``, the last in microseconds UTC.

    Raises:
        LinkRefused: it cannot be reached, or refuses.
    """
    body = {"role": role, "uses": uses, "life_s": life_s}
    headers = {"Authorization": f"Bearer {token}"}
    try:
        answer = httpx.post(f"{api_url}/api/v1/links", json=body, headers=headers, timeout=10, trust_env=False)
    except httpx.HTTPError as error:
        raise LinkRefused(
            f"no answer from {api_url} ({error}); is Andon running? `{as_typed('andon doctor')}` says more"
        ) from error
    if answer.status_code != 201:
        problem = answer.headers.get("content-type", "").startswith("application/problem+json")
        detail = answer.json().get("detail") if problem else answer.text[:200]
        raise LinkRefused(f"{api_url} answers {answer.status_code}: {detail}")
    made: dict[str, Any] = answer.json()
    return made


def in_words(made: dict[str, Any], life_text: str) -> str:
    """The link, and what it is good for."""
    uses = made["uses"]
    browsers = "one browser" if uses == 1 else f"{uses} browsers"
    return f"{made['url']}\n{made['role']}, for {browsers}, within {life_text}"


def boxed(url: str) -> str:
    """The link in a box, to be found between the lines of a log."""
    lines = ["Andon runs. Open:", "", url, "", "Another link: docker compose exec api andon link"]
    wide = max(map(len, lines))
    return "\n".join(
        ["┌" + "─" * (wide + 4) + "┐", *(f"│  {x:<{wide}}  │" for x in lines), "└" + "─" * (wide + 4) + "┘"]
    )


def qr(url: str) -> str:
    """The link as blocks for a terminal, two rows a line."""
    code = segno.make(url, error="m", micro=False)
    rows = [bytes(row) for row in code.matrix_iter(border=2)]
    if len(rows) % 2:
        rows.append(bytes(len(rows[0])))
    # light modules are drawn, so that the code is right on the dark ground of most terminals
    blocks = {(0, 0): "█", (0, 1): "▀", (1, 0): "▄", (1, 1): " "}
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return "\n".join("".join(blocks[bool(a), bool(b)] for a, b in zip(*pair, strict=True)) for pair in pairs)


@app.command()
def link(
    role: Annotated[Role, typer.Option(help="What it may do.")] = Role.viewer,
    uses: Annotated[int, typer.Option(min=1, max=1000, help="How many browsers it opens.")] = 1,
    for_: Annotated[str, typer.Option("--for", help="How long it is good: 30m, 2h, 1d.")] = "2h",
    show_qr: Annotated[bool, typer.Option("--qr", help="Show it as a code for a phone, too.")] = False,
    box: Annotated[bool, typer.Option("--box", help="Draw a box around it, so that it stands out in a log.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Make a link that opens the console in a browser."""
    access = find_access(data_dir)
    try:
        made = create_link(access.url, access.token, role.value, uses, parse_duration(for_))
    except LinkRefused as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    if as_json:
        typer.echo(json.dumps(made))
        return
    typer.echo(boxed(made["url"]) if box else in_words(made, for_))
    if show_qr:
        typer.echo(qr(made["url"]))
        if urlsplit(made["url"]).hostname in ("localhost", "127.0.0.1"):
            typer.echo("It opens on this computer alone; for phones set ANDON_BIND and ANDON_PUBLIC_URL (README).")
