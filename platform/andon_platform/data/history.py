"""Roll-ups of a time from which nobody keeps raw: what a back-fill or an import brings.

The numbers of a minute or an hour stand side by side in arrays, one entry a bucket, since a month of a plant has
millions of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from andon_platform.data.aggregate import HOUR
from andon_platform.data.errors import StoreRefused

Floats = npt.NDArray[np.float64]
Times = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class RolledUp:
    """Buckets of ``every`` (us, a minute or an hour) of one signal, none of them empty, oldest first.

    ``times`` are their starts (us UTC). ``n`` counts the values behind a bucket, ``total`` sums them, ``squares`` is
    the sum of their squared deviations from their mean; ``first_t`` and ``last_t`` (us UTC) are when the first and
    the last of them were measured.
    """

    machine: str
    epoch: int
    signal: str
    every: int
    times: Times
    n: Times
    total: Floats
    low: Floats
    high: Floats
    first: Floats
    last: Floats
    squares: Floats
    first_t: Times
    last_t: Times

    @property
    def stop(self) -> int:
        """The end (us UTC) of the last bucket; 0 if there is none."""
        return int(self.times[-1]) + self.every if len(self.times) else 0


def roll(machine: str, epoch: int, signal: str, every: int, times: Any, values: Any) -> RolledUp:
    """The roll-up of one signal's values, measured at strictly growing ``times`` (us UTC)."""
    t, v = np.asarray(times, np.int64), np.asarray(values, np.float64)
    buckets = t - t % every
    starts, at, n = np.unique(buckets, return_index=True, return_counts=True)
    if not len(t):
        none = np.zeros(0)
        return RolledUp(machine, epoch, signal, every, starts, n, none, none, none, none, none, none, t, t)
    ends = at + n - 1
    total = np.add.reduceat(v, at)
    apart = v - np.repeat(total / n, n)
    return RolledUp(
        machine, epoch, signal, every, starts, n, total, np.minimum.reduceat(v, at), np.maximum.reduceat(v, at),
        v[at], v[ends], np.add.reduceat(apart * apart, at), t[at], t[ends],
    )  # fmt: skip


def check_history(rolled: Sequence[RolledUp], until: int, oldest_raw: int | None) -> None:
    """Raises ``StoreRefused`` where history would lie over raw data, or does not end at a full hour."""
    if until % HOUR:
        raise StoreRefused(f"history ends at a full hour, not at {until} us")
    if oldest_raw is not None and oldest_raw < until:
        raise StoreRefused(f"there is raw data since {oldest_raw} us, before {until} us: history must end there")
    if any(block.stop > until for block in rolled):
        raise StoreRefused(f"history that is said to end at {until} us goes on after it")
