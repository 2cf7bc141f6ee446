"""`andon reset`: start afresh."""

from __future__ import annotations

import json
import shutil
from typing import Annotated

import typer

from andon_cli.demo.holder import HomeInUse
from andon_cli.demo.home import Home, default_home
from andon_cli.options import DataDir

app = typer.Typer(add_completion=False)


@app.command()
def reset(
    data_dir: DataDir = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was removed as JSON.")] = False,
) -> None:
    """Remove all that a demo has stored: history, journals, credentials. Asks first."""
    home = Home((data_dir or default_home()).resolve())
    if not home.used:
        none = f"no demo has run on {home.root}: all stays. The data of containers goes with `docker compose down -v`"
        print(json.dumps({"removed": None, "bytes": 0}) if as_json else none)
        return
    try:
        lock = home.lock("andon reset")
    except HomeInUse as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    size = sum(p.stat().st_size for p in home.root.rglob("*") if p.is_file())
    sure = yes or typer.confirm(f"Remove {home.root} ({size / 1e6:,.1f} MB) for good?", err=as_json)
    lock.release()
    if sure:
        shutil.rmtree(home.root)
    if as_json:
        print(json.dumps({"removed": str(home.root) if sure else None, "bytes": size if sure else 0}))
    else:
        print(f"removed {home.root}" if sure else "kept")
