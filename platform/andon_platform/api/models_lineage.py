"""The answers of ``/lineage``."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from andon_platform.api.models import Time


class FigureEntry(BaseModel):
    """A figure that has a lineage."""

    name: str
    family: Literal["oee", "spc", "energy", "quality", "detection", "signal"]
    title: str
    unit: str
    formula: str
    standard: str
    summed: bool = Field(description="Of several machines together it is a sum: `/lineage/sum` tells of which.")


class FigureList(BaseModel):
    figures: list[FigureEntry]


class ElementView(BaseModel):
    """A part of the formula; ``sources`` name entries of the answer's sources."""

    name: str
    meaning: str
    formula: str
    sources: list[str]


class Stretch(BaseModel):
    """What the store still holds of a stretch: each value, or minutes or hours of them."""

    kept: Literal["raw", "minute", "hour"]
    start: Time
    stop: Time


class SourceView(BaseModel):
    """Where an element is read from. ``count``: values or events of the range; ``expected``: those that were due, and
    ``earlier``: values of a signal from before its machine was known, when none was."""

    id: str = Field(description="As elements name it: `event:count`, `signal:vibration`.")
    kind: Literal["event", "signal", "announced", "plant", "people"]
    name: str
    unit: str
    topic: str = Field(description="The MQTT topic on which it came; empty where it came otherwise.")
    count: int | None
    expected: int | None
    earlier: int | None
    completeness: float | None
    first: int | None
    last: int | None
    read_from: Literal["raw", "minute", "hour"] | None = Field(description="What of a signal is read for the range.")
    kept: list[Stretch]


class JournalView(BaseModel):
    """What the machine's journal sent, message by message: each is settled or still on its way."""

    epoch: int
    messages: int = Field(description="The highest number that arrived.")
    stored: int
    quarantined: int
    voided: int
    missing: int = Field(description="Below the highest, not settled yet.")
    updated: int


class MachineOrigin(BaseModel):
    """The machine behind the figure."""

    path: str
    title: str
    type: str
    origin: str = Field(description="simulated, recorded or physical.")
    source: str
    session: int


class LineageView(BaseModel):
    """From a figure back to its machine: formula, elements, sources, journal, store."""

    figure: FigureEntry
    machine: MachineOrigin
    start: Time
    stop: Time
    elements: list[ElementView]
    sources: list[SourceView]
    journals: list[JournalView]
    gaps: int = Field(description="Events of the range that say messages are missing.")
    voids: int = Field(description="Events of the range by which the machine gave messages up.")
    store: str


class PartView(BaseModel):
    """What one machine adds to a sum; its own figure goes on at `/lineage`."""

    machine: str
    title: str
    value: float
    share: float | None = Field(description="Of the sum; null where that is nothing.")
    meters: list[str] = Field(description="The signals that measure it.")


class EndView(BaseModel):
    """A machine that hands on to no other of them, and the good pieces that left the line there."""

    machine: str
    good: int


class LineageSum(BaseModel):
    """A figure of several machines together: what each adds, and by which pieces the sum is divided."""

    figure: FigureEntry
    place: str
    start: Time
    stop: Time
    formula: str = Field(description="How the sum becomes the figure.")
    value: float | None = Field(description="The figure; null where it is per piece and none was made.")
    sum: float = Field(description="What the parts add up to, in `unit`.")
    unit: str
    parts: list[PartView] = Field(description="The largest first.")
    unmetered: list[str] = Field(description="Machines there without a meter: they are no part of it.")
    ends: list[EndView] = Field(description="Where pieces left a line; empty where the figure is not per piece.")
    pieces: int | None
    carbon_g_per_kwh: float | None = Field(description="Null where the figure is no carbon.")
