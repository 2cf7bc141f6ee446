"""`andon reset`: start afresh."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from andon_cli.demo.home import Home, HomeInUse, default_home

app = typer.Typer(add_completion=False)


@app.command()
def reset(
    data_dir: Annotated[Path | None, typer.Option(help="Where the demo keeps its data.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove all that a demo has stored: history, journals, credentials. Asks first."""
    home = Home((data_dir or default_home()).resolve())
    if not (home.root / "secrets").is_dir():
        print(f"nothing to remove: no demo has run on {home.root}")
        return
    try:
        lock = home.lock()
    except HomeInUse as error:
        print(error)
        raise typer.Exit(2) from error
    size = sum(p.stat().st_size for p in home.root.rglob("*") if p.is_file())
    if not yes and not typer.confirm(f"Remove {home.root} ({size / 1e6:,.0f} MB) for good?"):
        lock.release()
        print("kept")
        return
    lock.release()
    shutil.rmtree(home.root)
    print(f"removed {home.root}")
