"""`andon influx`: how to open InfluxDB's own pages."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from andon_cli.access import used_home
from andon_cli.options import DataDir

app = typer.Typer(add_completion=False)
_USER = "andon"


@app.command()
def influx(
    data_dir: DataDir = None,
    show_token: Annotated[bool, typer.Option(help="Print the token itself, not only where it is.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Say where InfluxDB's pages and its API are, and which token opens them."""
    secrets = os.environ.get("ANDON_SECRETS_DIR")
    if data_dir is None and secrets and (Path(secrets) / "influx-token").exists():
        token, port = Path(secrets) / "influx-token", os.environ.get("ANDON_PUBLISHED_INFLUX_PORT", "8086")
        url = f"http://localhost:{port}"
    else:
        home = used_home(data_dir)
        running = home.read_running()
        if running.get("store") != "influxdb":
            print("No InfluxDB here: the demo stores in DuckDB unless started with `--store influxdb`.")
            print("In containers: docker compose exec api andon influx")
            raise typer.Exit(1)
        token, url = home.secrets / "api" / "influx-token", str(running["influx"])
    secret = token.read_text().strip()
    facts = {"url": url, "user": _USER, "org": "andon", "token_file": str(token)}
    if as_json:
        print(json.dumps(facts | ({"token": secret} if show_token else {})))
        return
    print(f"InfluxDB's pages:  {url}   (user {_USER}, the password is the token below)")
    print(f"Its API:           curl -H 'Authorization: Token ...' {url}/api/v2/buckets")
    print(f"Token:             {secret if show_token else f'in {token}; --show-token prints it'}")
