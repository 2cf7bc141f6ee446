"""Questions and answers of ``/station``: cord calls, reasons of stops, scrap, work instructions."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from andon_platform.api.models import Time
from andon_platform.people.calls import Help

PRESS = "polaris/north/cabinets/cabinets-1/press-1"
Path64 = Annotated[str, Field(min_length=1, max_length=64, examples=[PRESS])]
Words = Annotated[str, Field(max_length=200)]
Text = Annotated[str, Field(max_length=1_000)]
Id = Annotated[int, Field(ge=1, le=2**31 - 1, examples=[1])]
Stopped = Literal["down", "starved", "blocked", "setup", "idle", "planned"]
Span = Annotated[float | None, Field(description="Seconds of plant time; null: not yet.")]


class Act(BaseModel):
    """What every action has. A phone that was offline sends what was done later: ``t`` is when it was done."""

    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, Field(max_length=60, description="Who does it, where several share a device.")] = ""
    key: Annotated[
        str, Field(max_length=64, pattern=r"^[A-Za-z0-9-]*$", description="Names the action: sent twice, done once.")
    ] = ""
    t: Annotated[
        int | None, Field(ge=1, le=2**53 - 1, description="When it was done, if not now: microseconds UTC.")
    ] = None


class CallAsked(Act):
    """Pull the cord."""

    machine: Path64
    kind: Help
    text: Text = ""


class CallNamed(Act):
    """Which call."""

    id: Id
    text: Text = ""


class CallView(BaseModel):
    """A call for help. Times are 0 where it has not come so far; durations are plant time."""

    id: int
    machine: str
    kind: Help
    state: Literal["open", "answered", "resolved"]
    text: str
    called: Time
    called_by: str
    answered: Time
    answered_by: str
    resolved: Time
    resolved_by: str
    resolution: str
    called_plant: Time
    answered_plant: Time
    resolved_plant: Time
    answer_s: Span
    resolve_s: Span


class CallList(BaseModel):
    """Newest first."""

    calls: list[CallView]


class WaitsView(BaseModel):
    """Seconds of plant time over ``count`` waits; null where there is none."""

    count: int
    mean_s: float | None
    median_s: float | None
    p95_s: float | None
    longest_s: float | None


class CallFigures(BaseModel):
    """How often help was called for at a place, and how long it took."""

    place: str
    calls: int
    unanswered: int
    by_kind: dict[Help, int]
    answer: WaitsView
    resolve: WaitsView


class CallReport(BaseModel):
    """Figures of a range: of each machine and each line with a call in it, and of all together."""

    start: Time
    stop: Time
    machines: list[CallFigures]
    lines: list[CallFigures]
    together: CallFigures


class ReasonView(BaseModel):
    """A reason to choose; ``help``: whom one calls for it."""

    code: str
    title: str
    help: Help | None


class ReasonCatalogue(BaseModel):
    """Reasons by the state in which a machine stands, and reasons of scrap."""

    stops: dict[Stopped, list[ReasonView]]
    scrap: list[ReasonView]


class GivenReason(BaseModel):
    """What a person said."""

    id: int
    code: str
    reason: str
    by: str
    said: Time


class StopView(BaseModel):
    """A stop of a machine: all that it stood in one state. ``stop`` is null while it lasts; ``own`` is what the
    machine says last, ``given`` what a person said."""

    machine: str
    state: Stopped
    start: Time
    stop: Annotated[int | None, Field(description="Microseconds UTC; null: it lasts.")]
    plant_s: float
    own: str
    given: GivenReason | None


class StopList(BaseModel):
    """Newest first."""

    stops: list[StopView]


class ReasonSaid(Act):
    """The reason of the stop that the moment ``at`` lies in: a code of the catalogue, or words of one's own."""

    machine: Path64
    at: Annotated[int, Field(ge=1, le=2**53 - 1, description="A moment of the stop: microseconds UTC.")]
    code: Annotated[str, Field(max_length=32)] = ""
    reason: Words = ""


class Named(Act):
    """Which booking."""

    id: Id


class ScrapAsked(Act):
    """Pieces that are scrap: a unit by its serial number, or the last good ones."""

    machine: Path64
    pieces: Annotated[int, Field(ge=1, le=1_000)] = 1
    reason: Annotated[str, Field(min_length=1, max_length=200, examples=["Scratch or dent"])]
    unit: Annotated[str, Field(max_length=128)] = ""


class ScrapUndone(Named):
    """Taken back, and why."""

    text: Words = ""


class ScrapView(BaseModel):
    """A booking; ``undone`` is 0 while it stands."""

    id: int
    machine: str
    t: Time
    pieces: int
    reason: str
    unit: str
    by: str
    undone: Time
    undone_by: str
    undone_why: str


class ScrapList(BaseModel):
    """Newest first."""

    scrap: list[ScrapView]


class StepView(BaseModel):
    """A step of the work instruction."""

    text: str
    note: str


class WorkView(BaseModel):
    """What a machine works on now, and how it is done: the steps that are for its product."""

    machine: str
    title: str
    operation: str
    unit: Annotated[str, Field(description="Serial number; empty: there is none in front of you.")]
    product: str
    steps: list[StepView]
