"""`andon cassette`: recordings of real machines become machines of the plant."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from andon_contracts.errors import ContractError
from andon_contracts.identity import Identity
from andon_contracts.placement import find_line, plant_files, plant_lines
from andon_contracts.yaml_file import read_yaml

from andon_cli.refusal import refuse

app = typer.Typer(help="Recordings that play as machines.", no_args_is_help=True, add_completion=False)


@app.callback()
def _cassette() -> None:
    """Recordings that play as machines."""


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A CSV file with a header and one column of times.")],
    name: Annotated[
        str | None, typer.Option(help="The machine's name; else the file's, after the folder's if that is a number.")
    ] = None,
    line: Annotated[
        str | None,
        typer.Option(
            help="Its place: a line of a plant, or enterprise/site/area/line. [default: recordings of the first plant]"
        ),
    ] = None,
    time_column: Annotated[str | None, typer.Option(help="The column of times; else found.")] = None,
    separator: Annotated[str | None, typer.Option(help="Between two values; else found. `tab` for a tab.")] = None,
    time_zone: Annotated[str | None, typer.Option(help="Of stamps that name none, such as Europe/Berlin.")] = None,
    speed: Annotated[
        float | None,
        typer.Option(min=0.001, max=100_000, help="1 is as recorded; slow recordings play faster by default."),
    ] = None,
    unit: Annotated[list[str] | None, typer.Option(help="COLUMN=UNIT, once a column.")] = None,
    ignore: Annotated[list[str] | None, typer.Option(help="Columns to leave out; or a,b,c.")] = None,
    keep: Annotated[
        list[str] | None, typer.Option(help="Columns to play although they are labels (anomaly, changepoint ...).")
    ] = None,
    title: Annotated[str, typer.Option(help="As the board shows it.")] = "",
    source: Annotated[str, typer.Option(help="Where the recording comes from.")] = "",
    licence: Annotated[str, typer.Option(help="Its licence.")] = "",
    machines_dir: Annotated[Path, typer.Option(envvar="ANDON_MACHINES_DIR", help="Where machines live.")] = Path(
        "machines"
    ),
    plants_dir: Annotated[
        Path | None,
        typer.Option(envvar="ANDON_PLANTS_DIR", help="Where plants live. [default: `plants` beside the machines]"),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a machine of that name.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print figures as JSON.")] = False,
) -> None:
    """Turn a recording into a machine that plays it in a loop."""
    from andon_edge.cassettes.errors import CsvError
    from andon_edge.cassettes.importing import import_csv, machine_name

    units: dict[str, str] = {}
    for pair in unit or []:
        column, found, text = pair.rpartition("=")
        if not found or not column:
            refuse(f"--unit {pair!r}: write COLUMN=UNIT, such as Temperature=Cel", 1)
        units[column] = text
    try:
        name = name or machine_name(file)
        done = import_csv(
            file,
            machines_dir,
            line=_place(line, name, plants_dir or machines_dir.absolute().parent / "plants"),
            name=name,
            time_column=time_column,
            separator="\t" if separator == "tab" else separator,
            time_zone=time_zone,
            speed=speed,
            units=units,
            ignore=[column.strip() for text in ignore or [] for column in text.split(",")],
            keep=[column.strip() for text in keep or [] for column in text.split(",")],
            title=title,
            origin=source,
            licence=licence,
            force=force,
        )
    except (CsvError, ContractError, FileExistsError) as error:
        refuse(str(error), 1)
    table = done.table
    seconds = table.times[-1] / done.speed
    if as_json:
        shown = {
            "file": str(done.file), "recording": str(done.recording), "rows": done.rows, "speed": done.speed,
            "loop_s": round(seconds, 3), "time_column": table.time_column, "separator": table.separator,
            "decimal": table.decimal, "time_zone": table.time_zone, "signals": done.signals, "notes": table.notes,
        }  # fmt: skip
        typer.echo(json.dumps(shown, indent=1))
        return
    signals = f"{len(done.signals)} signal{'s' if len(done.signals) > 1 else ''}"
    lasts = f"{seconds:,.0f}" if seconds >= 10 else f"{seconds:.2g}"
    typer.echo(f"{done.file}: {done.rows} rows of {signals}, a loop of {lasts} s")
    typer.echo(
        f"  time in {table.time_column!r} ({table.time_zone}), separator {table.separator!r}, "
        f"decimal sign {table.decimal!r}, speed {done.speed:g}"
    )
    for signal, column in done.signals.items():
        typer.echo(f"  {signal}: column {column!r}")
    for note in table.notes:
        typer.echo(f"  note: {note}")
    typer.echo("A running stack picks it up within 10 s.")


def _place(line: str | None, name: str, plants_dir: Path) -> str:
    """``line`` if a machine can stand there, or a line of recordings beside the first plant's."""
    lines = [line for file in plant_files(plants_dir) for line in plant_lines(read_yaml(file))[0]]
    if line is None:
        place = f"{lines[0].enterprise}/{lines[0].site}" if lines else "acme/site"
        line = f"{place}/recordings/cassettes"
    levels = find_line(line, lines)
    if isinstance(levels, str):
        refuse(f"--line: {levels}", 1)
    Identity(*levels, name)
    return line
