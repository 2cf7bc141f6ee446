"""Pieces counted: which machines a question means, and the sum of some counts."""

from __future__ import annotations

from collections.abc import Sequence

from andon_contracts.messages import PiecesCounted

from andon_platform.data.port import Counts


def within(machine: str, places: Sequence[str]) -> bool:
    """Whether the machine is one of the places or lies below one; no places mean everywhere."""
    return not places or any(machine == place or machine.startswith(f"{place}/") for place in places)


def summed(machine: str, counts: Sequence[PiecesCounted]) -> Counts:
    """At least one count, in any order."""
    epoch, seq = max((c.epoch, c.seq) for c in counts)
    return Counts(machine, sum(c.good for c in counts), sum(c.scrap for c in counts), len(counts), epoch, seq)
