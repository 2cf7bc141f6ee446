"""Questions and answers of ``/station`` that are kept: near misses, handovers; and of ``/labour``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from andon_platform.api.models import Time
from andon_platform.api.models_station import Act, CallView, Id, Path64, ScrapView, Text, Words
from andon_platform.people.near_miss import State, Worst

LINE = "polaris/north/cabinets/cabinets-1"
LinePath = Annotated[str, Field(min_length=1, max_length=64, examples=[LINE])]


class NearMissSaid(Act):
    """What nearly happened, where, and how bad it could have been."""

    place: Path64
    what: Annotated[str, Field(min_length=1, max_length=1_000, examples=["Slipped on oil beside the press"])]
    spot: Words = ""
    worst: Worst = "first-aid"


class NearMissMoved(Act):
    """Take it up, close it, open it again."""

    id: Id
    state: State
    note: Text = ""


class NearMissView(BaseModel):
    """A near miss; ``changed`` is 0 while nobody took it up."""

    id: int
    place: str
    t: Time
    what: str
    spot: str
    worst: Worst
    by: str
    state: State
    changed: Time
    changed_by: str
    note: str


class NearMissList(BaseModel):
    """Newest first."""

    near_misses: list[NearMissView]


class StopSum(BaseModel):
    """All time lost for one reason at one machine."""

    machine: str
    state: str
    reason: str
    s: float


class OutputFacts(BaseModel):
    """Good pieces at the line's end, and those that its takt asked for; null without a takt."""

    good: int
    due: int | None
    scrap: int
    scrap_by_people: int


class OpenAlarm(BaseModel):
    """An alarm that is still there."""

    id: str
    severity: str
    text: str
    raised: Time


class HandoverFacts(BaseModel):
    """What happened in a shift, put together from the figures. Durations are plant time."""

    line: str
    title: str
    shift: str
    day: str
    start: Time
    stop: Time
    plant_s: float
    oee: float | None
    output: OutputFacts
    stops: list[StopSum] = Field(description="The largest losses, by machine and reason.")
    calls: int
    answer_median_s: float | None
    open_calls: list[CallView]
    open_alarms: list[OpenAlarm]
    scrap: list[ScrapView] = Field(description="What people booked.")
    near_misses: int
    labour_h: float
    units: dict[str, str] = Field(description="Machine to the unit that it holds.")


class HandoverSigned(Act):
    """Sign for the shift that ends."""

    line: LinePath
    shift: Literal["current", "previous"] = "current"
    notes: Annotated[str, Field(max_length=4_000)] = ""


class HandoverAccepted(Act):
    """The one who comes has read it."""

    id: Id
    text: Text = ""


class HandoverView(BaseModel):
    """A handover, with the facts as they were when it was signed; ``came`` is 0 while nobody accepted it."""

    id: int
    line: str
    shift: str
    day: str
    start: Time
    stop: Time
    state: Literal["signed", "accepted"]
    notes: str
    facts: HandoverFacts
    left: Time
    left_by: str
    came: Time
    came_by: str
    came_notes: str


class HandoverList(BaseModel):
    """Newest first."""

    handovers: list[HandoverView]


class ClockOn(Act):
    """Begin work at a machine or a line; who was elsewhere has left there."""

    place: Path64


class ClockOff(Act):
    """End work in a plant, wherever it was; ``person``: somebody else who forgot to."""

    enterprise: Annotated[str, Field(min_length=1, max_length=24, examples=["polaris"])]
    person: Annotated[str, Field(max_length=128)] = ""


class SpanView(BaseModel):
    """A person at work; ``ended`` is 0 while they are."""

    id: int
    person: str
    place: str
    began: Time
    ended: Time


class SpanList(BaseModel):
    """Who came first comes first."""

    people: list[SpanView]


class LabourFigures(BaseModel):
    """Labour at a place and below it, and its good pieces: a machine's own, a line's at its end, a plant's at the ends
    where products leave. ``per_good_h`` is null where nothing good was made, or nobody clocked on."""

    place: str
    labour_h: float
    good: int
    per_good_h: float | None


class LabourReport(BaseModel):
    """Labour hours of a range, in plant time."""

    start: Time
    stop: Time
    plant_s: float
    together: LabourFigures
    lines: list[LabourFigures]
    machines: list[LabourFigures]
