"""The answers as structures. Times are microseconds UTC; unknown fields are ignored, so that an API may grow.

The API describes its answers by models of its own, with words for each field: OpenAPI takes those of pydantic. A
client must not import the platform, nor need what it needs, so these are written again; a test holds each to the API's
description, in names, types and what may be null.
"""

from __future__ import annotations

from typing import Any

from andon_contracts.messages import (
    CharacteristicSpec,
    ClockSegment,
    CommandSpec,
    LayoutMessage,
    OperationSpec,
    SignalSpec,
)
from msgspec import Struct, field


class Machine(Struct, kw_only=True):
    """A machine as the API shows it."""

    id: str
    name: str
    enterprise: str
    site: str
    area: str
    line: str
    type: str
    title: str = ""
    description: str = ""
    drawing: str = "machine"
    origin: str = ""
    source: str = ""
    online: bool
    presence: str = ""
    state: str
    reason: str = ""
    text: str = ""
    state_since: int = 0
    unit: str = ""
    product: str = ""
    first_seen: int = 0
    last_seen: int = 0
    session: int = 0
    epoch: int = 0
    interval_s: float = 1.0
    signals: list[SignalSpec] = field(default_factory=list)
    operations: list[OperationSpec] = field(default_factory=list)
    commands: list[CommandSpec] = field(default_factory=list)
    characteristics: list[CharacteristicSpec] = field(default_factory=list)


class Series(Struct, kw_only=True):
    """Bucket starts (or stamps, raw) and values; ``lows`` and ``highs`` of each bucket where the spread was asked
    for."""

    machine: str
    signal: str
    unit: str
    every: int | None
    agg: str
    source: str
    truncated: bool
    times: list[int]
    values: list[float]
    lows: list[float] | None = None
    highs: list[float] | None = None


class Interval(Struct, kw_only=True):
    """A state from ``start`` to ``stop``."""

    machine: str
    state: str
    reason: str
    text: str
    start: int
    stop: int


class Clock(Struct, kw_only=True):
    """A plant's clock."""

    segments: list[ClockSegment]
    pace: float
    plant_now: int


class Plant(Struct, kw_only=True):
    """A plant."""

    enterprise: str
    title: str
    product: str
    layout: LayoutMessage | None
    clock: Clock | None


class CommandResult(Struct, kw_only=True):
    """The machine's answer."""

    id: str
    status: str
    text: str
    t: int
    reply_ms: float | None


class Value(Struct):
    """A value and its time."""

    t: int
    value: float


class MachineCounts(Struct):
    """Pieces of a machine; (``epoch``, ``seq``) is the newest count in the sums, 0 if there is none."""

    machine: str
    good: int
    scrap: int
    events: int
    epoch: int
    seq: int


class Counts(Struct):
    """Pieces counted in [start, stop), of all and by machine."""

    start: int
    stop: int
    good: int
    scrap: int
    counts: list[MachineCounts]


class Signal(SignalSpec, kw_only=True):
    """A signal and whose it is."""

    machine: str


class Happening(Struct):
    """A line of a machine's history; ``what`` is birth, death, silent, back or removed."""

    t: int
    what: str
    session: int
    epoch: int
    reason: str


class CommandEntry(Struct, kw_only=True):
    """A command that was given, and its answer; ``status`` is pending, done, refused, failed or timeout."""

    id: str
    t: int
    owner: str
    command: str
    arguments: dict[str, str]
    issued_by: str
    status: str
    text: str
    reply_ms: float | None


class Quarantined(Struct, kw_only=True):
    """A message that could not be trusted; ``payload`` is None where it is no text, ``payload_base64`` is always there.
    ``replayed``: when it was stored after all, 0: not yet."""

    id: str
    received: int
    topic: str
    reason: str
    detail: str
    machine: str
    epoch: int
    seq: int
    replayed: int
    size: int
    payload: str | None
    payload_base64: str


class QuarantinePage(Struct):
    """``next`` is the ``before`` of the page after this one; None: there is none."""

    messages: list[Quarantined]
    next: str | None


class Replayed(Struct):
    """``stored``: it is in the store now; else ``reason`` and ``detail`` say what is still wrong with it."""

    id: str
    stored: bool
    reason: str
    detail: str


class Licence(Struct, kw_only=True):
    """``id`` is an SPDX identifier, empty for a licence of the owner's own."""

    id: str
    name: str
    url: str


class Column(Struct, kw_only=True):
    """A column of a data product; ``unit`` is UCUM."""

    name: str
    type: str
    unit: str = ""
    title: str = ""


class Granted(Struct, kw_only=True):
    """By which grant another's product is read; ``expires`` 0: until it is revoked."""

    since: int
    expires: int


class Product(Struct, kw_only=True):
    """A data product; ``granted`` is None for one's own."""

    id: str
    owner: str
    name: str
    title: str
    description: str
    licence: Licence
    version: int
    columns: list[Column]
    machines: list[str]
    address: str
    formats: list[str]
    granted: Granted | None = None
    reads: int | None = None


class ProductTable(Struct, kw_only=True):
    """Rows in the order of the columns; None where nothing was measured."""

    product: str
    version: int
    licence: Licence
    start: int
    stop: int
    columns: list[Column]
    rows: list[list[Any]]
    truncated: bool


class Products(Struct):
    products: list[Product]


class Machines(Struct):
    machines: list[Machine]


class SeriesList(Struct):
    series: list[Series]


class Latest(Struct):
    latest: dict[str, dict[str, Value]]


class Intervals(Struct):
    states: list[Interval]


class Events(Struct):
    events: list[dict[str, Any]]


class Signals(Struct):
    signals: list[Signal]


class History(Struct):
    history: list[Happening]


class Commands(Struct):
    commands: list[CommandEntry]


class Plants(Struct):
    plants: list[Plant]


class CordCall(Struct, kw_only=True):
    """A call for help; times are 0 where it has not come so far, durations seconds of plant time."""

    id: int
    machine: str
    kind: str
    state: str
    text: str
    called: int
    called_by: str
    answered: int
    answered_by: str
    resolved: int
    resolved_by: str
    resolution: str
    answer_s: float | None
    resolve_s: float | None


class CordCalls(Struct):
    calls: list[CordCall]


class LabourAt(Struct):
    """Labour hours at a place, its good pieces, and hours a piece; None where nothing good was made."""

    place: str
    labour_h: float
    good: int
    per_good_h: float | None


class Labour(Struct):
    """Labour of a range in plant time: of the place, of each line and each machine below it."""

    start: int
    stop: int
    plant_s: float
    together: LabourAt
    lines: list[LabourAt]
    machines: list[LabourAt]
