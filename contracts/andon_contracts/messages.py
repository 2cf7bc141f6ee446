"""The messages on the wire, as msgspec structures; JSON, one object a message.

Every message carries ``v``, the version of its contract. Times are integers: microseconds since 1970-01-01
UTC (wall time), which JavaScript and Node-RED keep exact. ``machine`` is the ISA-95 path and must equal the
topic's. Telemetry and events of a machine share one count: ``seq`` starts at 1 in each ``epoch`` (one per
journal) and has no gaps; it counts messages, and a telemetry message may hold several samples.
"""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, Struct, UnsetType, field

#: What ``v`` holds. It grows when a message can no more be read as before.
VERSION = 1
#: Grows with every field that came since: who reads an older one ignores it, and who writes an older one leaves it out.
REVISION = 1

Quality = Literal["good", "uncertain", "bad"]

#: States of a machine. To ISO 22400-2 times: producing APT, setup ASUT, starved/blocked/down ADET, idle ADOT.
State = Literal["producing", "setup", "starved", "blocked", "down", "planned", "idle"]
Severity = Literal["critical", "warning", "information"]


class Message(Struct, kw_only=True, omit_defaults=False, forbid_unknown_fields=False):
    """What every message has."""

    v: int = VERSION


# --- what a machine sends about itself, counted -----------------------------------------------------------


class Counted(Message, kw_only=True):
    """A message with an identity: (machine, epoch, seq) names it for ever."""

    machine: str
    epoch: int
    seq: int


class Sample(Struct, kw_only=True, omit_defaults=True):
    """Values read at one moment ``t``; ``q`` names the quality of those that are not good."""

    t: int
    values: dict[str, float]
    q: dict[str, Quality] | None = None


class Telemetry(Counted, kw_only=True):
    """Channel ``telemetry``: one or several samples, oldest first, ``t`` strictly increasing per epoch.

    ``journaled`` is the wall time (us UTC) at which the machine put the message into its journal, so that the time of
    each hop is known; who has no journal leaves it out.
    """

    samples: list[Sample]
    journaled: int | UnsetType = UNSET


class StateChanged(Counted, kw_only=True, tag="state", tag_field="kind"):
    """Channel ``event``: the machine is in ``state`` from ``t`` on, because of ``reason``."""

    t: int
    state: State
    reason: str = ""
    text: str = ""


class OperationStarted(Counted, kw_only=True, tag="operation-started", tag_field="kind"):
    """Channel ``event``: work on ``unit`` (a serial number) begins."""

    t: int
    operation: str
    unit: str = ""
    product: str = ""
    order: str = ""


class OperationFinished(Counted, kw_only=True, tag="operation-finished", tag_field="kind"):
    """Channel ``event``: work on ``unit`` ended after ``duration_s`` of plant time; ``planned_s`` is PRI."""

    t: int
    operation: str
    unit: str = ""
    product: str = ""
    order: str = ""
    good: bool = True
    reason: str = ""
    duration_s: float = 0.0
    planned_s: float = 0.0
    measured: dict[str, float] = field(default_factory=dict)


class PiecesCounted(Counted, kw_only=True, tag="count", tag_field="kind"):
    """Channel ``event``: ``good`` and ``scrap`` pieces since the last count (increments, not totals)."""

    t: int
    good: int = 0
    scrap: int = 0
    reason: str = ""
    product: str = ""


class AlarmRaised(Counted, kw_only=True, tag="alarm", tag_field="kind"):
    """Channel ``event``: an alarm of the machine's own controller becomes active or ends."""

    t: int
    code: str
    severity: Severity
    active: bool
    text: str = ""


class GapMarked(Counted, kw_only=True, tag="gap", tag_field="kind"):
    """Channel ``event``: nothing was measured between ``start`` and ``t`` (the computer slept, say)."""

    t: int
    start: int
    reason: str


class Voided(Counted, kw_only=True, tag="void", tag_field="kind"):
    """Channel ``event``: messages ``first`` to ``last`` of ``of_epoch`` will never come; counted as lost."""

    t: int
    of_epoch: int
    first: int
    last: int
    reason: str


Event = StateChanged | OperationStarted | OperationFinished | PiecesCounted | AlarmRaised | GapMarked | Voided

# --- births and deaths: one retained topic ------------------------------------------------------------------


class SignalSpec(Struct, kw_only=True, omit_defaults=True):
    """A signal as its machine announces it; ``unit`` is UCUM, ``rate_hz`` the expected samples a second."""

    name: str
    unit: str
    minimum: float
    maximum: float
    rate_hz: float
    title: str = ""
    description: str = ""
    low_limit: float | None = None
    high_limit: float | None = None
    role: str = "process"


class InstructionSpec(Struct, kw_only=True, omit_defaults=True):
    """A step of an operation's work instruction, for people; without ``products`` it is for all of them."""

    text: str
    note: str = ""
    products: list[str] = field(default_factory=list)


class OperationSpec(Struct, kw_only=True, omit_defaults=True):
    """An operation the machine can perform; times in seconds of plant time."""

    name: str
    cycle_s: float
    changeover_s: float = 0.0
    title: str = ""
    instructions: list[InstructionSpec] = field(default_factory=list)


class CharacteristicSpec(Struct, kw_only=True, omit_defaults=True):
    """A quality characteristic and its specification (since 1.1): what operations measure on each unit under ``name``
    (``OperationFinished.measured``), or a signal of that name.

    ``lower`` and ``upper`` are the limits of the specification (LSL and USL of ISO 22514-2), beyond which a unit is
    nonconforming, and ``target`` is what is aimed at; None where it is not specified. All three are in ``unit`` (UCUM;
    empty where it is not said). A signal without one here is judged by the limits that it is announced with.
    """

    name: str
    unit: str = ""
    title: str = ""
    description: str = ""
    lower: float | None = None
    upper: float | None = None
    target: float | None = None


class CommandSpec(Struct, kw_only=True, omit_defaults=True):
    """A command the machine takes; ``arguments`` maps each argument to its meaning or its choices."""

    name: str
    title: str = ""
    arguments: dict[str, list[str]] = field(default_factory=dict)


class Birth(Message, kw_only=True, tag="birth", tag_field="kind"):
    """Channel ``birth``, retained: the machine ``machine`` is here, this is what it is and can do.

    ``session`` grows with each connection; a death of an older session is ignored. ``drawing`` names the
    picture on the board; ``origin`` is ``simulated``, ``recorded`` or ``physical``.
    """

    machine: str
    session: int
    t: int
    epoch: int
    type: str
    title: str = ""
    description: str = ""
    drawing: str = "machine"
    origin: str = "simulated"
    source: str = ""
    interval_s: float = 1.0
    signals: list[SignalSpec] = field(default_factory=list)
    operations: list[OperationSpec] = field(default_factory=list)
    commands: list[CommandSpec] = field(default_factory=list)
    characteristics: list[CharacteristicSpec] = field(default_factory=list)


class Death(Message, kw_only=True, tag="death", tag_field="kind"):
    """Channel ``birth``, retained: session ``session`` of the machine ended. As a will it has no time."""

    machine: str
    session: int
    reason: str = "connection lost"


# --- the way back -------------------------------------------------------------------------------------------


class Command(Message, kw_only=True):
    """Channel ``command``: do ``command``; not after ``expires``. ``owner`` is a machine's path or a plant.

    ``arguments`` are texts: each command reads its own (``CommandSpec`` says which it takes).
    """

    id: str
    owner: str
    command: str
    arguments: dict[str, str] = field(default_factory=dict)
    t: int
    expires: int
    issued_by: str = ""


class Reply(Message, kw_only=True):
    """Channel ``reply``: the answer to command ``id``."""

    id: str
    owner: str
    status: Literal["done", "refused", "failed"]
    text: str = ""
    t: int


class Span(Struct, array_like=True, frozen=True, order=True):
    """An inclusive range of sequence numbers, ``[first, last]`` on the wire."""

    first: int
    last: int


class EpochMark(Struct, kw_only=True):
    """Up to ``settled`` every message of ``epoch`` is settled; ``missing`` is asked for again."""

    epoch: int
    settled: int
    missing: list[Span] = field(default_factory=list)


class Watermark(Message, kw_only=True):
    """Channel ``watermark``, retained: what the machine's journal may forget, and what it shall resend.

    ``late`` is the time range of rows that came after newer ones: whoever derives figures recomputes it.
    """

    machine: str
    t: int
    epochs: list[EpochMark]
    late: tuple[int, int] | None = None


# --- the plant ----------------------------------------------------------------------------------------------


class ClockSegment(Struct, kw_only=True):
    """From wall time ``wall`` on, plant time runs from ``plant`` at ``pace`` plant seconds a second."""

    wall: int
    plant: int
    pace: float


class ClockMessage(Message, kw_only=True):
    """Channel ``clock`` of a plant, retained: all segments so far, oldest first."""

    enterprise: str
    segments: list[ClockSegment]


class Station(Struct, kw_only=True, omit_defaults=True):
    """A machine's place in a line: what it feeds, and the places of the buffer behind it.

    ``machine`` and ``feeds`` are full paths, since a line may feed another one's station.
    """

    machine: str
    feeds: list[str] = field(default_factory=list)
    buffer: int = 0
    carries: str = ""


class LineLayout(Struct, kw_only=True, omit_defaults=True):
    """A line with its stations in order; ``path`` is ``enterprise/site/area/line``."""

    path: str
    title: str
    stations: list[Station]
    takt_s: float = 0.0


class SiteLayout(Struct, kw_only=True, omit_defaults=True):
    """A site: where it is (degrees, WGS 84), its industry (ISIC) and its lines and utilities."""

    site: str
    title: str
    latitude: float
    longitude: float
    industry: str
    time_zone: str
    lines: list[LineLayout] = field(default_factory=list)
    utilities: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


class Shift(Struct, kw_only=True, omit_defaults=True):
    """A shift of the calendar: local times ``HH:MM``, days ``mon`` to ``sun``, breaks as pairs of times."""

    name: str
    start: str
    end: str
    days: list[str]
    breaks: list[tuple[str, str]] = field(default_factory=list)


class LayoutMessage(Message, kw_only=True):
    """Channel ``layout`` of a plant, retained: the plant's file as the board needs it."""

    enterprise: str
    title: str
    product: str = ""
    sites: list[SiteLayout] = field(default_factory=list)
    shifts: list[Shift] = field(default_factory=list)
    days_off: list[str] = field(default_factory=list)
