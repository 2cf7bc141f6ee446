"""Minute and hour values: aggregated by the server where the data lies, put together and written from here.

Flux can write what it computes (``to()``), row by row: an hour of 16 machines took it over half a minute.
Asked for as tables and written as one line per roll-up, the same takes seconds.

The roll-ups of late rows are points of their own beside those of raw, told apart by the tag ``late``: raw of their
time is gone, so that nothing could compute the whole again. Reading merges both.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable

from andon_platform.data.aggregate import HOUR, floor
from andon_platform.data.influxdb import scripts
from andon_platform.data.influxdb.server import Server
from andon_platform.data.influxdb.text import plain

PIECES = ("n", "total", "low", "high", "first", "last", "squares")
#: So many lines a request.
LINES = 20_000


def roll_up(
    server: Server, bucket: str, start: int, stop: int, every: int, us: Callable[[str], int], late: str = ""
) -> None:
    """Write the roll-ups of [start, stop), an hour at a time; the same points again replace themselves.

    ``late``: the generation of late rows to roll up, rather than raw.
    """
    step, tag = max(HOUR, every), f",late={plain(late)}" if late else ""
    for at in range(start, stop, step):
        points: dict[tuple[str, str, str, int], dict[str, str]] = defaultdict(dict)
        for piece in PIECES:
            rows = server.ask(scripts.windows_of_all(at, min(at + step, stop), every, piece, late))
            if not rows:
                break  # nothing was measured: a night, or a machine away
            for row in rows:
                t = us(row["_time"])
                found = points[row["machine"], row["epoch"], row["_field"], floor(t, every)]
                found[piece] = row["_value"]
                if piece in ("first", "last"):
                    found[f"{piece}_t"] = str(t)
        lines = [
            f"rolled,machine={plain(machine)},epoch={plain(epoch)},signal={plain(signal)}{tag} {_fields(found)} {t}"
            for (machine, epoch, signal, t), found in points.items()
            if len(found) == len(PIECES) + 2  # else a row came between the questions: it is noted as late
        ]
        for i in range(0, len(lines), LINES):
            server.write(bucket, "\n".join(lines[i : i + LINES]))


def _fields(found: dict[str, str]) -> str:
    n, total, squares = int(found["n"]), float(found["total"]), float(found["squares"])
    # the deviation loses digits where it is far smaller than the mean: about 1e-16 of the squared mean is left
    sd = math.sqrt(max(0.0, squares / n - (total / n) ** 2))
    rest = ",".join(f"{piece}={found[piece]}" for piece in ("total", "low", "high", "first", "last"))
    return f"n={n}i,{rest},sd={sd!r},first_t={found['first_t']}i,last_t={found['last_t']}i"
