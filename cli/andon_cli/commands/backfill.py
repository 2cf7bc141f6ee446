"""`andon backfill 30d`: a plant gets a past, so that charts and models have one on the first day."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from andon_cli.commands.demo import Store
from andon_cli.duration import parse_duration
from andon_cli.options import DataDir
from andon_cli.refusal import refuse

if TYPE_CHECKING:
    from andon_cli.backfill.storing import Span, Stored
    from andon_cli.backfill.target import Target

app = typer.Typer(add_completion=False)
_LONGEST_D = 400


@app.command()
def backfill(
    length: Annotated[str, typer.Argument(help="How long a past: 30d, 12h; at least 3h.")],
    data_dir: DataDir = None,
    store: Annotated[Store | None, typer.Option(help="Which store a new folder begins with. [default: duckdb]")] = None,
    seed: Annotated[int, typer.Option(help="Fixes what machines measured and made.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Let the plant's machines live through the past and store it: raw values of the last two hours, before that minute
    and hour values, and all events, of which states, OEE and pieces are made. The demo must not run meanwhile; the next
    one goes on from the end."""
    from andon_platform.data.errors import StoreError

    from andon_cli.backfill.storing import NoRoom
    from andon_cli.backfill.target import Busy, target
    from andon_cli.demo.holder import HomeInUse
    from andon_cli.demo.home import Home, OtherStore, default_home

    seconds = parse_duration(length)
    if not 3 * 3600 <= seconds <= _LONGEST_D * 86400:
        raise typer.BadParameter(f"{length!r}: a past of 3h to {_LONGEST_D}d")
    began, home = time.monotonic(), Home((data_dir or default_home()).resolve())
    try:
        with target(data_dir, store.value if store else None) as place:
            span, stored, goes_on = asyncio.run(_fill(place, round(seconds * 1e6), seed, quiet=as_json))
    except NoRoom as error:
        refuse(f"{error}; `{home.typed('andon reset')}` starts afresh", 1)
    except (Busy, HomeInUse, OtherStore, StoreError, RuntimeError, OSError) as error:
        refuse(str(error), 1)
    took = time.monotonic() - began
    if as_json:
        shown = {"start": span.start, "raw_since": span.until, "stop": span.stop, **asdict(stored)}
        typer.echo(json.dumps(shown | {"seconds": round(took, 1)}))
        return
    days = (span.stop - span.start) / 86_400e6
    typer.echo(
        f"{days:.1f} days of the past in {took:.0f} s: {stored.minutes:,} minute values, {stored.messages:,} messages "
        f"with {stored.values:,} raw values"
    )
    if goes_on:
        typer.echo(f"`{home.typed('andon demo')}` goes on from there.")


async def _fill(place: Target, length: int, seed: int, *, quiet: bool) -> tuple[Span, Stored, bool]:
    from andon_edge.runtime.truth import TruthLog
    from andon_platform.bootstrap import make_store
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    from andon_cli.backfill.edge import Handover
    from andon_cli.backfill.past import Stretch, Wish, lived
    from andon_cli.backfill.storing import fill, span_of

    def now() -> int:
        return time.time_ns() // 1000

    opened = make_store(place.settings, place.settings.secrets_dir)
    await opened.open()
    try:
        span = await span_of(opened, length, now())
        past = lived(Wish(place.machines, place.plants, seed, span.start, span.until, span.stop))
        handover, truth = Handover(), TruthLog((place.edge or place.settings.data_dir) / "truth")
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:3.0f} %"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=Console(stderr=True), disable=quiet) as progress:
            bar = progress.add_task("living through the past", total=span.stop - span.start)

            def seen(stretch: Stretch) -> None:
                handover.take(stretch, truth)
                progress.update(bar, completed=stretch.stop - span.start)

            try:
                stored = await fill(opened, span, past, now, seen)
            finally:
                truth.close()
    finally:
        await opened.close()
    goes_on = place.edge is not None and await asyncio.to_thread(handover.write, place.edge, span.start)
    return span, stored, goes_on
