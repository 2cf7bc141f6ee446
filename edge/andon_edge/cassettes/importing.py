"""From a CSV to a machine: ``machines/NAME.yaml`` and the compact recording beside it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from andon_contracts.errors import UnitError
from andon_contracts.identity import check_level
from andon_contracts.units import check_unit

from andon_edge.cassettes.errors import CsvError
from andon_edge.cassettes.reading import Table, read_table
from andon_edge.cassettes.recording import MAX_ROWS, write_recording

#: How headers and people write units, and UCUM's way.
_UNITS = {
    "°c": "Cel", "degc": "Cel", "c": "Cel", "°f": "[degF]", "degf": "[degF]", "rpm": "/min", "1/min": "/min",
    "kwh": "kW.h", "wh": "W.h", "nm": "N.m", "µm": "um", "l/min": "L/min", "m³/h": "m3/h", "m³/min": "m3/min",
    "sec": "s", "volt": "V", "amp": "A", "m/s²": "m/s2", "m/s^2": "m/s2", "ohm": "Ohm", "ppm": "[ppm]", "psi": "[psi]",
}  # fmt: skip
_IN_HEADER = re.compile(r"(?P<name>.*?)\s*[\[(](?P<unit>[^\])]+)[\])]\s*\Z")
#: Columns with which somebody marked what is wrong in a recording: no machine measures them.
_LABELS = re.compile(r"(is_?)?(anomal(y|ies|ous)|change_?points?|outliers?|labels?)|ground_?truth", re.I)
#: Slower than this, nothing seems to move: such a recording is played faster unless said otherwise.
_SLOWEST_STEP_S = 10.0


@dataclass(frozen=True, slots=True)
class Imported:
    """What was written; ``signals`` maps names to the original columns."""

    file: Path
    recording: Path
    rows: int
    speed: float
    signals: dict[str, str]
    table: Table


def import_csv(
    source: Path,
    machines_dir: Path,
    *,
    line: str,
    name: str | None = None,
    time_column: str | None = None,
    separator: str | None = None,
    time_zone: str | None = None,
    speed: float | None = None,
    units: Mapping[str, str] | None = None,
    ignore: Sequence[str] = (),
    keep: Sequence[str] = (),
    title: str = "",
    origin: str = "",
    licence: str = "",
    force: bool = False,
) -> Imported:
    """Write both files. A column that is a label by its name, and holds 0 and 1 alone, is left out unless in ``keep``.

    Raises:
        CsvError: the recording cannot be read; with line and remedy.
        IdentityError: the name cannot be a machine's.
        FileExistsError: a machine of this name has a file, and ``force`` is not set.
    """
    name = check_level(name or machine_name(source), "machine")
    file, recording = machines_dir / f"{name}.yaml", machines_dir / "recordings" / f"{name}.csv"
    if file.exists() and not force:
        raise FileExistsError(f"{file} is there already; take another --name, or --force to replace it")
    table = read_table(source, time_column=time_column, separator=separator, time_zone=time_zone, ignore=ignore)
    _leave_labels_out(source, table, keep)
    if len(table.times) > MAX_ROWS:
        raise CsvError(source, MAX_ROWS, f"{len(table.times)} rows, at most {MAX_ROWS} are played", "cut the file")
    given = dict(units or {})
    for column in given:
        if column not in table.columns:
            raise CsvError(source, 1, f"--unit names {column!r}", f"columns: {', '.join(table.columns)}")
    signals, columns = _signals(source, table, given)
    usual = sorted(b - a for a, b in zip(table.times, table.times[1:], strict=False))[len(table.times) // 2 - 1]
    speed = speed or (1.0 if usual <= _SLOWEST_STEP_S else usual)
    write_recording(recording, list(signals), table.times, [table.columns[c] for c in columns])
    content = {
        "type": "cassette", "line": line, "title": title or name.replace("-", " ").capitalize(),
        "recording": f"recordings/{name}.csv", "speed": float(f"{speed:g}"), "source": origin or source.name,
        "licence": licence, "recorded_from": table.first.isoformat() if table.first else "", "signals": signals,
    }  # fmt: skip
    text = yaml.safe_dump({k: v for k, v in content.items() if v}, sort_keys=False, allow_unicode=True, width=110)
    # the recording first: the running stack looks at the machine's file
    file.write_text(
        f"# A recording that plays as a machine, made by `andon cassette import {source.name}`.\n{text}", "utf-8"
    )
    return Imported(file, recording, len(table.times), speed, dict(zip(signals, columns, strict=True)), table)


def machine_name(source: Path) -> str:
    """The file's name; where that is a number alone, the folder's name before it: ``valve1/3.csv`` is ``valve1-3``.

    Raises:
        CsvError: neither says anything.
    """
    name = _level(source.stem)
    if not re.search("[a-z]", name):
        folder = _level(source.resolve().parent.name)
        if not re.search("[a-z]", folder):
            raise CsvError(source, 1, f"{source.name} says no name for the machine", "give one with --name")
        name = f"{folder[: 23 - len(name)].rstrip('-')}-{name}".rstrip("-")
    return name


def _level(text: str) -> str:
    return re.sub(r"[^a-z0-9-]+", "-", text.lower()).strip("-")[:24].rstrip("-")


def _leave_labels_out(source: Path, table: Table, keep: Sequence[str]) -> None:
    for column in keep:
        if column not in table.columns:
            raise CsvError(source, 1, f"there is no column {column!r} to keep", f"columns: {', '.join(table.columns)}")
    for column in list(table.columns):
        marks = all(value in (0.0, 1.0) or math.isnan(value) for value in table.columns[column])
        if _LABELS.fullmatch(re.sub(r"[\s-]+", "_", column.strip())) and marks and column not in keep:
            del table.columns[column]
            table.notes.append(
                f"column {column!r} is a label and no measurement: left out (--keep '{column}' plays it as a signal)"
            )
    if not table.columns:
        raise CsvError(source, 1, "there is no column beside time and labels", "a recording needs one")


def _signals(source: Path, table: Table, given: Mapping[str, str]) -> tuple[dict[str, dict[str, str]], list[str]]:
    signals: dict[str, dict[str, str]] = {}
    for column in table.columns:
        found = _IN_HEADER.match(column)
        bare, unit = (found["name"], found["unit"]) if found else (column, "1")
        signal = signal_name(bare)
        while signal in signals:
            signal = f"{signal[:30]}_2"
        try:
            ucum = ucum_unit(given.get(column, unit))
        except UnitError as error:
            if column in given or not found:
                raise CsvError(source, 1, f"column {column!r}: {error}", f"--unit '{column}=bar'") from error
            table.notes.append(f"column {column!r}: {error}; unit 1 is taken (say it with --unit)")
            ucum = "1"
        signals[signal] = {"unit": ucum, "title": bare, "column": column}
    said = [column for column in table.columns if column in given or _IN_HEADER.match(column)]
    without = [column for column in table.columns if column not in said]
    if without:
        names = ", ".join(repr(column) for column in without)
        remedy = f"--unit '{without[0]}=bar' says it, with --force over this one"
        table.notes.append(f"no unit is said of {names}: unit 1 is taken ({remedy})")
    return signals, list(table.columns)


def ucum_unit(text: str) -> str:
    """A unit as people write it, in UCUM. Raises ``UnitError``."""
    return check_unit(_UNITS.get(text.strip().lower(), text.strip()))


def signal_name(column: str) -> str:
    """``Volume Flow RateRMS`` is ``volume_flow_rate_rms``."""
    text = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", column.strip())
    text = re.sub(r"([A-Za-z])(\d)", r"\1_\2", text)
    text = re.sub(r"(\d)([A-Za-z])", r"\1_\2", text)
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:32].strip("_") or "value"
