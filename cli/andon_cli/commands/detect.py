"""`andon detect`: detectors on recordings, scored against labels."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from andon_contracts.command_line import as_typed

from andon_cli.refusal import refuse

app = typer.Typer(help="Detectors on recordings.", no_args_is_help=True, add_completion=False)

_LINES = (
    ("precision", "precision, by point", "%"),
    ("recall", "recall, by point", "%"),
    ("f1", "F1, by point", ""),
    ("false_alarm_rate", "false-alarm rate, by point", "%"),
    ("missed_alarm_rate", "missed-alarm rate, by point", "%"),
    ("event_precision", "precision, by event", "%"),
    ("event_recall", "recall, by event", "%"),
    ("event_f1", "F1, by event", ""),
    ("event_false_alarm_rate", "false alarms, of all alarms", "%"),
    ("event_missed_alarm_rate", "missed events, of all events", "%"),
    ("delay_mean_rows", "delay, mean", "rows"),
    ("delay_median_rows", "delay, median", "rows"),
)


@app.callback()
def _detect() -> None:
    """Detectors on recordings."""


@app.command()
def score(
    files: Annotated[list[Path], typer.Argument(help="CSV files, each with a header and a column of times.")],
    label: Annotated[str, typer.Option(help="The column that is not 0 where something is wrong.")],
    ignore: Annotated[list[str] | None, typer.Option(help="Columns to leave out; or a,b,c.")] = None,
    learn: Annotated[int, typer.Option(min=10, help="So many first rows of each file are normal, and learned.")] = 400,
    detector: Annotated[
        str, typer.Option(help=f"Its name; `{as_typed('andon detect list')}` shows them.")
    ] = "level-and-trend",
    separator: Annotated[str | None, typer.Option(help="Between two values; else found.")] = None,
    time_column: Annotated[str | None, typer.Option(help="The column of times; else found.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print figures as JSON.")] = False,
) -> None:
    """Run a fresh detector over each file, row by row, and score its alarms on the rows after the learned ones.

    Figures are pooled over all files. Beside them stand those of alarming always, and of alarming by chance as
    often as the detector does.
    """
    from andon_edge.cassettes.errors import CsvError
    from andon_edge.cassettes.reading import Table, read_table
    from andon_platform.analytics.detection import catalogue
    from andon_platform.analytics.detection.evaluate import Tally, alarms, baselines, pooled

    left_out = [name.strip() for given in ignore or [] for name in given.split(",") if name.strip()]
    if label in left_out:
        refuse(f"--ignore {label}: that is the label column")
    tally, labels, alarmed, rows = Tally(), [], 0, 0
    for file in files:
        try:
            table: Table = read_table(file, separator=separator, time_column=time_column, ignore=left_out)
        except CsvError as error:
            refuse(str(error))
        if label not in table.columns:
            refuse(f"{file}:1: there is no column {label!r} (columns: {', '.join(table.columns)})")
        marks = [bool(v) and not math.isnan(v) for v in table.columns.pop(label)]
        if len(marks) <= learn:
            refuse(f"{file}: {len(marks)} rows, of which --learn {learn} are to be learned: nothing is left to score")
        if not table.columns:
            refuse(f"{file}:1: no column but the label is left")
        try:
            found = alarms(catalogue.detector(detector, learn), _rows(table.columns), learn)
        except (KeyError, ValueError) as error:
            refuse(str(error.args[0]))
        tally.add(found, marks[learn:])
        labels.append(marks[learn:])
        alarmed, rows = alarmed + sum(found), rows + len(found)
    if not any(map(any, labels)):
        refuse(f"no row after the first {learn} is labelled in {label!r}: there is nothing to find")
    others = baselines(labels, alarmed / rows)
    result: dict[str, Any] = {"detector": detector, "files": len(files), "learn": learn, "rows": rows}
    result |= pooled(tally) | {"baselines": others}
    if as_json:
        print(json.dumps(result, indent=2))
        return
    _print(result, others)


@app.command("list")
def list_() -> None:
    """The detectors there are."""
    from andon_platform.analytics.detection.catalogue import DEFAULT, DETECTORS

    for name in DETECTORS:
        print(name + (" (the default)" if name == DEFAULT else ""))


def _rows(columns: Mapping[str, list[float]]) -> Iterator[dict[str, float]]:
    """Row by row; a value that is missing is the one before it, or, at the start, the first that is there."""
    last = {name: next((v for v in values if not math.isnan(v)), 0.0) for name, values in columns.items()}
    for row in zip(*columns.values(), strict=True):
        for name, value in zip(columns, row, strict=True):
            if not math.isnan(value):
                last[name] = value
        yield dict(last)


def _print(result: Mapping[str, Any], others: Mapping[str, Mapping[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    title = f"{result['files']} files, {result['rows']} rows scored, {result['events']} events"
    table = Table(title=title)
    for name, justify in (("", "left"), (str(result["detector"]), "right"), ("always", "right"), ("random", "right")):
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    for key, text, unit in _LINES:
        table.add_row(text, *(_cell(column[key], unit) for column in (result, others["always"], others["random"])))
    Console().print(table)


def _cell(value: float | None, unit: str) -> str:
    if value is None:
        return "none found"
    if unit == "%":
        return f"{value * 100:.1f} %"
    return f"{value:.3f}" if not unit else f"{value:.1f} {unit}"
