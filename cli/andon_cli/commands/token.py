"""`andon token`: a bearer token for a program."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated

import typer
from andon_security.tokens import issue

from andon_cli.access import signing_key
from andon_cli.duration import parse_duration
from andon_cli.options import DataDir

app = typer.Typer(add_completion=False)


class Role(StrEnum):
    """Roles contain one another."""

    viewer = "viewer"
    operator = "operator"
    engineer = "engineer"
    admin = "admin"


@app.command()
def token(
    name: Annotated[str, typer.Argument(help="Who will use it; the audit log names it.")] = "program",
    role: Annotated[Role, typer.Option(help="What it may do.")] = Role.viewer,
    life: Annotated[str, typer.Option("--for", help="How long it is good: 2h, 30d.")] = "12h",
    tenant: Annotated[str, typer.Option(help="The enterprise it is limited to; * for all.")] = "*",
    data_dir: DataDir = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Print a bearer token for the API: curl -H "Authorization: Bearer $(uv run andon token)" ..."""
    made = issue(signing_key(data_dir), name, role.value, tenant=tenant, life_s=parse_duration(life))
    print(json.dumps({"token": made, "role": role.value, "tenant": tenant}) if as_json else made)
