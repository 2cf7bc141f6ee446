"""Minutes and hours that come from elsewhere, of a time of which there is no raw, as line protocol."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from andon_platform.data.history import RolledUp
from andon_platform.data.influxdb.text import plain

#: So many lines a request.
LINES = 20_000


def pages(block: RolledUp, since: int) -> Iterator[str]:
    """Line protocol of the buckets from ``since`` (us) on, in requests of a bearable size."""
    series = f"rolled,machine={plain(block.machine)},epoch={block.epoch},signal={plain(block.signal)}"
    line = f"{series} n=%di,total=%r,low=%r,high=%r,first=%r,last=%r,sd=%r,first_t=%di,last_t=%di %d"
    sd = np.sqrt(np.maximum(block.squares, 0.0) / np.maximum(block.n, 1))
    columns = (block.n, block.total, block.low, block.high, block.first, block.last, sd, block.first_t, block.last_t,
               block.times)  # fmt: skip
    start = int(np.searchsorted(block.times, since))
    for at in range(start, len(block.times), LINES):
        rows = zip(*(c[at : at + LINES].tolist() for c in columns), strict=True)
        yield "\n".join([line % row for row in rows])
