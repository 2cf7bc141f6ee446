"""Where the time went: a waterfall from calendar time to good pieces, and the losses by reason as a Pareto.

The waterfall's last steps turn pieces into time by their planned time, as OEE does: what APT holds beyond the
planned time of what was made is slowness, the planned time of scrap is lost to quality.
"""

from __future__ import annotations

from dataclasses import dataclass

from andon_platform.analytics.oee.elements import Elements


@dataclass(frozen=True, slots=True)
class Step:
    """A bar of the waterfall: ``us`` (negative: a loss) brings the level to ``level``; totals have ``us`` = level."""

    name: str
    us: int
    level: int
    total: bool = False


def waterfall(e: Elements) -> list[Step]:
    """Calendar time, less each loss, to the time of good pieces; levels add up to the microsecond."""
    level = e.calendar
    steps = [Step("calendar", level, level, total=True)]

    def lose(name: str, us: int) -> None:
        nonlocal level
        level -= us
        steps.append(Step(name, -us, level))

    lose("offline", e.offline)
    lose("unplanned", e.unplanned)
    lose("breaks", e.breaks)
    lose("planned-stop", e.planned_stop)
    steps.append(Step("planned-busy", level, level, total=True))
    lose("idle", e.adot)
    lose("starved", e.starved)
    lose("blocked", e.blocked)
    lose("down", e.down)
    lose("setup", e.asut)
    steps.append(Step("producing", level, level, total=True))
    lose("slow", e.apt - e.planned_run_us)
    scrapped = round(e.planned_run_us * e.scrap / e.produced) if e.produced else 0
    lose("scrap", scrapped)
    steps.append(Step("good", level, level, total=True))
    return steps


@dataclass(frozen=True, slots=True)
class Loss:
    """A reason, the state in which it cost time, how much, and the share of all losses up to and with it."""

    state: str
    reason: str
    us: int
    share: float
    cumulative: float


def pareto(e: Elements, states: tuple[str, ...] = ("down", "starved", "blocked", "setup", "idle")) -> list[Loss]:
    """Losses inside the planned busy time by reason, largest first."""
    rows = sorted(
        ((state, reason, us) for (state, reason), us in e.by_reason.items() if state in states and us > 0),
        key=lambda row: (-row[2], row[0], row[1]),
    )
    whole, so_far, found = sum(us for _, _, us in rows), 0, []
    for state, reason, us in rows:
        so_far += us
        found.append(Loss(state, reason, us, us / whole, so_far / whole))
    return found
