"""`andon grafana`: what Grafana needs to read the store: a token that may read and no more, and an admin's password."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from andon_contracts.command_line import as_typed
from andon_security.files import secret_text, write_secret

app = typer.Typer(add_completion=False)
#: What a dashboard reads; ``late`` is of no use before it is merged, and nothing is written.
BUCKETS = ("raw", "minute", "hour", "events", "state")
_NAME = "grafana (read only)"


@app.command()
def grafana(
    target: Annotated[Path, typer.Argument(help="The folder for Grafana's secrets.")],
    influx_url: Annotated[str, typer.Option(help="Where InfluxDB is.")] = "http://localhost:8086",
    influx_token: Annotated[Path, typer.Option(help="The file with the token of Andon's own.")] = Path("influx-token"),
    as_json: Annotated[bool, typer.Option("--json", help="Print what was made as JSON.")] = False,
) -> None:
    """Make the secrets that are missing. A token that InfluxDB still takes is kept."""
    import httpx

    try:
        own = influx_token.read_text().strip()
    except OSError as error:
        raise typer.BadParameter(
            f"cannot read {influx_token}: {error.strerror}; `{as_typed('andon setup')}` makes it"
        ) from error
    made = []
    secret_text(target / "admin-password")
    file = target / "influx-token"
    try:
        with httpx.Client(base_url=influx_url.rstrip("/"), timeout=20) as http:
            if not file.exists() or not _taken(http, file.read_text().strip()):
                write_secret(file, _read_token(http, own))
                made.append("a token that reads InfluxDB")
    except httpx.HTTPError as error:
        typer.echo(f"InfluxDB at {influx_url}: {error or type(error).__name__}", err=True)
        raise typer.Exit(1) from error
    print(json.dumps({"made": made}) if as_json else f"made {', '.join(made)}" if made else "all secrets are there")


def _taken(http: Any, token: str) -> bool:
    """Whether the server knows the token, with all that it has to open."""
    answer = http.get("/api/v2/buckets", params={"limit": 100}, headers={"Authorization": f"Token {token}"})
    return answer.status_code == 200 and set(BUCKETS) <= {b["name"] for b in answer.json()["buckets"]}


def _read_token(http: Any, own: str) -> str:
    """A new authorization; those of the same name before it are taken back."""
    http.headers["Authorization"] = f"Token {own}"
    orgs = http.get("/api/v2/orgs", params={"org": "andon"}).raise_for_status().json()["orgs"]
    org = orgs[0]["id"]
    there = http.get("/api/v2/buckets", params={"orgID": org, "limit": 100}).raise_for_status().json()["buckets"]
    ids = {b["name"]: b["id"] for b in there}
    if missing := [name for name in BUCKETS if name not in ids]:
        typer.echo(f"InfluxDB has no bucket {', '.join(missing)} yet; ingest makes them when it starts", err=True)
        raise typer.Exit(1)
    known = http.get("/api/v2/authorizations", params={"orgID": org}).raise_for_status().json()["authorizations"]
    for one in known:
        if one["description"] == _NAME:
            http.delete(f"/api/v2/authorizations/{one['id']}").raise_for_status()
    resources = [{"type": "buckets", "id": ids[name], "orgID": org} for name in BUCKETS]
    permissions = [{"action": "read", "resource": resource} for resource in resources]
    body = {"orgID": org, "description": _NAME, "permissions": permissions}
    return str(http.post("/api/v2/authorizations", json=body).raise_for_status().json()["token"])
