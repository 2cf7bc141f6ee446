"""Several ingests share a stack's lines: is each line one's, and none two's?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import NamedTuple

from andon_platform.api.ports import Share


class Fault(NamedTuple):
    """What is wrong and what to do; ``line`` is the line that it is about, or empty."""

    line: str
    text: str


def faults(shares: Sequence[Share], machines: Iterable[str]) -> list[Fault]:
    """What is wrong in how lines are dealt out. ``machines`` are the paths of those that there are."""
    found = []
    for id, count in Counter(share.id for share in shares).items():
        if count > 1:
            found.append(
                Fault("", f"{count} ingests are called {id!r}, and the broker lets but one of them be connected: give "
                          f"each an ANDON_INGEST_ID of its own")
            )  # fmt: skip
    for one, other in combinations(shares, 2):
        found += _both(one, other)
    if shares and all(share.lines for share in shares):
        taken = {line for share in shares for line in share.lines}
        left = Counter(machine.rpartition("/")[0] for machine in machines)
        for line, count in sorted(left.items()):
            if line not in taken:
                whose = "1 machine, whose journal holds" if count == 1 else f"{count} machines, whose journals hold"
                found.append(
                    Fault(line, f"no ingest takes {line} ({whose} what is said): add it to the ANDON_PARTITION of one, "
                                f"or name its ingest in the API's ANDON_INGEST_URL")
                )  # fmt: skip
    return found


def _both(one: Share, other: Share) -> list[Fault]:
    """Lines that two take: each stores them, and counts what comes late twice."""
    for whole, part in ((one, other), (other, one)):
        if not whole.lines:
            too = "some of them too" if part.lines else "them too"
            text = f"{whole.id!r} takes all lines, and {part.id!r} takes {too}: give each its own in ANDON_PARTITION"
            return [Fault("", text)]
    remedy = "take it out of the ANDON_PARTITION of one"
    return [
        Fault(line, f"{line} is taken by {one.id!r} and by {other.id!r}: {remedy}")
        for line in one.lines
        if line in other.lines
    ]
