"""`andon query`: a signal's values in the terminal, as a drawing, a table or a file."""

from __future__ import annotations

import difflib
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from andon_cli.duration import duration_for_api
from andon_cli.options import DataDir
from andon_cli.refusal import refuse

app = typer.Typer(help="A signal's values in the terminal.", no_args_is_help=True, add_completion=False)

_ARROW = "application/vnd.apache.arrow.stream"
_PARQUET = "application/vnd.apache.parquet"


@app.command()
def query(
    what: Annotated[list[str], typer.Argument(help="MACHINE.SIGNAL, such as press-1.vibration; several are compared.")],
    last: Annotated[str, typer.Option(help="How far back: 15m, 1h, 2d.")] = "1h",
    start: Annotated[str | None, typer.Option(help="Instead of --last: ISO 8601 or microseconds UTC.")] = None,
    stop: Annotated[str, typer.Option(help="Until when.")] = "now",
    every: Annotated[str | None, typer.Option(help="Buckets of 10s, 1m, 1h; else what fits the drawing.")] = None,
    agg: Annotated[str, typer.Option(help="mean, min, max, first, last, count, sum, stddev, or raw.")] = "mean",
    plot: Annotated[bool, typer.Option("--plot", help="Draw it (so it is unless a format is asked for).")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="A table to the standard output, or to --out.")] = False,
    parquet: Annotated[bool, typer.Option("--parquet", help="A Parquet file; needs --out.")] = False,
    arrow: Annotated[bool, typer.Option("--arrow", help="An Arrow stream; needs --out.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As the API answers.")] = False,
    out: Annotated[Path | None, typer.Option(help="A file to write to; its ending says the format.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Ask a running stack for a signal's values."""
    import httpx

    from andon_cli.access import find_access

    chosen = [name for name, on in (("csv", csv), ("parquet", parquet), ("arrow", arrow), ("json", as_json)) if on]
    if len(chosen) > 1 or (chosen and plot):
        refuse(f"choose one of --plot, {', '.join('--' + name for name in chosen)}")
    kind = chosen[0] if chosen else out.suffix.lstrip(".").replace("arrows", "arrow") if out else "plot"
    if out and (plot or kind not in ("csv", "parquet", "arrow", "json")):
        refuse(f"{out}: end it with .csv, .parquet, .arrows or .json, or choose --csv, --parquet, --arrow, --json")
    if kind in ("parquet", "arrow") and out is None:
        refuse(f"--{kind} writes a file: name it with --out")
    access = find_access(data_dir)
    width = _width()
    params: dict[str, Any] = {"start": start or f"-{duration_for_api(last, '--last')}", "stop": stop, "agg": agg}
    if every:
        params["every"] = duration_for_api(every, "--every")
    elif agg != "raw" and kind == "plot":
        params["points"] = max(20, min(400, 2 * width))
    accept = {"csv": "text/csv", "parquet": _PARQUET, "arrow": _ARROW}.get(kind, "application/json")
    with httpx.Client(base_url=f"{access.url}/api/v1", headers=access.headers | {"Accept": accept}, timeout=60) as http:
        try:
            pairs = [_pair(http, word) for word in what]
            params["machine"], params["signal"] = [m["id"] for m, _ in pairs], [s for _, s in pairs]
            answer = http.get("/series", params=params)
            if kind == "plot" and answer.status_code == 200:
                answer = _closer(http, params, answer, fixed=start is not None or every is not None)
                empty = "" if any(s["times"] for s in answer.json()["series"]) else _newest(http, pairs)
        except httpx.HTTPError as error:
            refuse(f"no answer from {access.url}: {error or type(error).__name__}; does the stack run?")
    if answer.status_code != 200:
        refuse(_problem(answer))
    if kind == "plot":
        from andon_cli.drawing import draw

        if empty:
            refuse(empty)
        specs: list[dict[str, Any]] = [
            next((s for s in machine.get("signals", ()) if s["name"] == name), {}) for machine, name in pairs
        ]
        colours = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        print(draw(answer.json()["series"], specs, width, colours=colours))
    elif out is not None:
        out.write_bytes(answer.content)
        typer.echo(f"wrote {out} ({len(answer.content)} bytes)", err=True)
    else:
        sys.stdout.write(answer.text if answer.text.endswith("\n") else answer.text + "\n")


def _closer(http: Any, params: dict[str, Any], answer: Any, *, fixed: bool) -> Any:
    """Where values began late in the range (a plant that has just started), the same question from there on: with as
    many points for the time that there is."""
    found = answer.json()
    began = min((s["times"][0] for s in found["series"] if s["times"]), default=found.get("start", 0))
    if fixed or began - found.get("start", began) < (found.get("stop", began) - found.get("start", began)) / 2:
        return answer
    params["start"] = began
    again = http.get("/series", params=params)
    return again if again.status_code == 200 else answer


def _newest(http: Any, pairs: Sequence[tuple[dict[str, Any], str]]) -> str:
    """What to say where nothing was found: when there was something."""
    import datetime as dt

    said = []
    for machine, signal in pairs:
        latest = http.get("/latest", params={"machine": machine["id"]}).json().get("latest", {})
        value = latest.get(machine["id"], {}).get(signal)
        when = dt.datetime.fromtimestamp(value["t"] / 1e6).astimezone().strftime("%d %b %H:%M:%S") if value else ""
        said.append(f"the newest of {machine['name']}.{signal} is of {when}" if when else f"{signal} has none at all")
    return f"no values in that time: {'; '.join(said)}"


def _pair(http: Any, word: str) -> tuple[dict[str, Any], str]:
    """Machine and signal of MACHINE.SIGNAL, where MACHINE is a path or a name that only one machine has."""
    name, _, signal = word.rpartition(".")
    if not name or not signal:
        refuse(f"{word!r}: write MACHINE.SIGNAL, such as press-1.vibration")
    machines = http.get("/machines", headers={"Accept": "application/json"})
    if machines.status_code != 200:
        refuse(_problem(machines))
    found = [m for m in machines.json()["machines"] if name in (m["id"], m["name"])]
    if not found:
        names = sorted(m["name"] for m in machines.json()["machines"])
        paths = [m["id"] for m in machines.json()["machines"]]
        hint = _nearest(name, paths if "/" in name else names)
        refuse(f"no machine {name!r}{hint}: there are {', '.join(names) or 'none yet'}")
    if len(found) > 1:
        refuse(f"{name!r} is the name of several machines: {', '.join(m['id'] for m in found)}; give the path")
    signals = [s["name"] for s in found[0]["signals"]]
    if signal not in signals:
        hint = _nearest(signal, signals)
        refuse(f"{found[0]['name']} has no signal {signal!r}{hint}: it has {', '.join(signals) or 'none'}")
    return found[0], signal


def _nearest(given: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(given, known, 1)
    return f" (did you mean {near[0]}?)" if near else ""


def _problem(answer: Any) -> str:
    try:
        found = answer.json()
        return str(found.get("detail") or found.get("title"))
    except (json.JSONDecodeError, AttributeError):
        return f"the API answered {answer.status_code}"


def _width() -> int:
    import shutil

    return max(40, min(160, shutil.get_terminal_size((100, 24)).columns))
