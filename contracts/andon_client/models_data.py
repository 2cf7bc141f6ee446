"""What the clients read answers about data's quality and the quarantine as; why they are written here as well as in
the API stands in :mod:`andon_client.models`."""

from __future__ import annotations

from msgspec import Struct, field

from andon_client.models import Replayed


class CatalogueEntry(Struct, kw_only=True, rename={"class_": "class"}):
    """A signal with unit (UCUM), range, class, origin, owner and retention, and how complete it is over the last day:
    ``values`` of ``expected``."""

    machine: str
    signal: str
    title: str
    description: str
    unit: str
    minimum: float
    maximum: float
    low_limit: float | None
    high_limit: float | None
    rate_hz: float
    class_: str
    origin: str
    source: str
    owner: str
    raw_days: float
    minute_days: float
    values: int
    expected: int
    completeness: float | None


class Characteristic(Struct, kw_only=True):
    """A quality characteristic that a machine announces: ``lower`` and ``upper`` limits of its specification and its
    ``target``, in ``unit`` (UCUM; empty where it is not said)."""

    machine: str
    characteristic: str
    title: str
    description: str
    unit: str
    lower: float | None
    upper: float | None
    target: float | None
    origin: str
    owner: str


class Catalogue(Struct, kw_only=True):
    """Every signal; ``start`` and ``stop`` (us UTC) bound the time over which they are counted."""

    signals: list[CatalogueEntry]
    characteristics: list[Characteristic] = field(default_factory=list)
    start: int
    stop: int


class Gap(Struct, kw_only=True):
    """Too few values in this time."""

    start: int
    stop: int
    values: int
    expected: int


class LateStretch(Struct, kw_only=True):
    """Minutes most of whose values were not in time."""

    start: int
    stop: int
    values: int
    late: int
    longest_s: float


class Timeliness(Struct, kw_only=True):
    """``share`` of the ``timed`` values were in the store ``within_s`` seconds of their stamps."""

    within_s: float
    timed: int
    share: float | None
    p50_s: float | None
    p99_s: float | None
    longest_s: float | None
    late: list[LateStretch]


class SignalQuality(Struct, kw_only=True):
    """Shares between 0 and 1, None where there is nothing to judge."""

    signal: str
    title: str
    unit: str
    values: int
    expected: int
    earlier: int
    completeness: float | None
    timeliness: float | None
    validity: float | None
    excess: float | None
    stuck: bool
    stuck_s: float
    gaps: list[Gap]


class Quality(Struct, kw_only=True):
    """How good a machine's data of [start, stop) is."""

    machine: str
    start: int
    stop: int
    completeness: float | None
    validity: float | None
    timeliness: Timeliness
    signals: list[SignalQuality]


class HeldCount(Struct, kw_only=True):
    """How many quarantined messages match, and how many of them wait, by reason; ``more``: not all were counted."""

    messages: int
    waiting: int
    reasons: dict[str, int]
    more: bool


class ReplayRound(Struct, kw_only=True):
    """A replay of many: ``looked`` of ``total`` were judged; ``stored``, or ``refused`` and back in quarantine by
    ``reasons``, or ``gone`` meanwhile. ``state``: counting, running, done, stopped, interrupted (see ``detail``)."""

    id: str
    by: str
    machine: str | None
    reason: str | None
    start: int | None
    stop: int | None
    state: str
    started: int
    ended: int
    total: int
    looked: int
    stored: int
    refused: int
    gone: int
    reasons: dict[str, int]
    examples: list[Replayed]
    more: bool
    detail: str

    @property
    def over(self) -> bool:
        """Whether nothing more will be judged."""
        return self.state not in ("counting", "running")
