"""`andon doctor`: explains a silent "no data"."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from andon_cli.access import find_access, in_api_container
from andon_cli.demo.home import Home, default_home
from andon_cli.doctor.container import examine_container
from andon_cli.doctor.demo import Doctor
from andon_cli.doctor.finding import Finding
from andon_cli.options import DataDir

app = typer.Typer(add_completion=False)


@app.command()
def doctor(
    data_dir: DataDir = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Follow the data from the machines to the page and say where it stops. Exit code 1 if it does."""
    if data_dir is None and in_api_container():
        findings = list(examine_container(find_access()))
    else:
        findings = list(Doctor(Home((data_dir or default_home()).resolve())).examine())
    if as_json:
        print(json.dumps([asdict(f) for f in findings]))
    else:
        show(findings, Console(highlight=False))
    if not all(f.well for f in findings):
        raise typer.Exit(1)


def show(findings: list[Finding], out: Console) -> None:
    """The hops, two columns and never more, so that 80 characters hold them; below a broken one what to do, but where
    that would only repeat an earlier trouble in other words."""
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for options in ({"no_wrap": True}, {"no_wrap": True}, {"overflow": "fold"}):
        table.add_column(**options)
    broken = next((f for f in findings if not f.well), None)
    for f in findings:
        lamp = Text("●", "green") if f.well else Text("■", "red")
        seen = Text(f.seen)
        if not f.well and f.remedy and (f is broken or not f.follows):
            seen.append(f"\n→ {f.remedy}", "bold")
        table.add_row(lamp, Text(f.hop), seen)
    out.print(table)
    if broken:
        out.print(Text.assemble("\nThe first hop that is broken: ", (broken.hop, "bold")))
