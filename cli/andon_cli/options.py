"""Options that several commands have, described once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DataDir = Annotated[
    Path | None,
    typer.Option(envvar="ANDON_DEMO_DIR", help="The demo's folder; without it the usual one, which its start names."),
]
