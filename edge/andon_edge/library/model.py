"""What stands in machine and plant files, as pydantic models: every key, its meaning and its limits.

Times are seconds of plant time unless the name says otherwise; conditions run from 0 (new) to ``limit``.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from andon_contracts.units import check_unit
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Title = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
Expression = str | float
Positive = Annotated[float, Field(gt=0, le=1e9)]
NotNegative = Annotated[float, Field(ge=0, le=1e9)]
#: What a signal is to the platform; energy is counted from those with a meter's role.
Role = Literal["process", "electricity", "air"]
Drawing = Literal[
    "press", "bend", "thermo", "foam", "paint", "robot", "assembly", "charge", "eol", "pack", "compressor", "chiller",
    "cassette", "machine",
]  # fmt: skip


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SignalModel(Strict):
    """A signal: an expression, seen through a first-order lag ``tau_s`` and ``noise`` (standard deviation)."""

    unit: str
    range: tuple[float, float]
    value: Expression
    tau_s: NotNegative = 0.0
    noise: NotNegative = 0.0
    rate_hz: Annotated[float, Field(gt=0, le=10)] | None = None
    limits: tuple[float | None, float | None] = (None, None)
    digits: Annotated[int, Field(ge=0, le=9)] | None = None
    title: str = ""
    description: str = ""
    #: ``electricity``: the power that the machine draws; ``air``: the compressed air that it supplies.
    role: Role = "process"

    @field_validator("unit")
    @classmethod
    def _unit(cls, unit: str) -> str:
        return check_unit(unit)

    @model_validator(mode="after")
    def _range(self) -> SignalModel:
        if not self.range[0] < self.range[1]:
            raise ValueError(f"range {list(self.range)}: the first value must be below the second")
        low, high = self.limits
        if low is not None and high is not None and not low < high:
            raise ValueError(f"limits {list(self.limits)}: the first value must be below the second")
        return self


class InstructionModel(Strict):
    """A step of the work instruction: what to do, and a ``note`` to it; ``only``: for these products alone."""

    text: Annotated[str, Field(min_length=1, max_length=200)]
    note: Annotated[str, Field(max_length=300)] = ""
    only: list[Title] = Field(default_factory=list)


class OperationModel(Strict):
    """Work on one unit: how long, how much it varies, what a change of product costs, and how people do it."""

    cycle_s: Positive
    spread: Annotated[float, Field(ge=0, le=0.5)] = 0.02
    changeover_s: NotNegative = 0.0
    changeover_every: Annotated[int, Field(ge=0)] = 0
    title: str = ""
    instructions: list[InstructionModel] = Field(default_factory=list, max_length=40)


class WearModel(Strict):
    """A hidden condition: ``per_hour`` is its growth in an hour of work; at ``limit`` the machine fails."""

    per_hour: Expression
    limit: Positive = 1.0
    start: tuple[NotNegative, NotNegative] = (0.05, 0.5)
    spread: Annotated[float, Field(ge=0, le=1)] = 0.15
    reason: str = ""
    repair_s: Positive = 1800.0
    repaired: NotNegative = 0.02
    title: str = ""


class MeasuredModel(Strict):
    """A value measured on each unit; outside ``limits`` the unit is scrap for this reason. ``limits`` and ``target``
    are its specification, which the machine announces; ``unit`` is UCUM."""

    value: Expression
    noise: NotNegative = 0.0
    unit: str = ""
    limits: tuple[float | None, float | None] = (None, None)
    target: float | None = None
    title: str = ""
    reason: str = ""

    @field_validator("unit")
    @classmethod
    def _unit(cls, unit: str) -> str:
        return check_unit(unit) if unit else unit

    @model_validator(mode="after")
    def _in_order(self) -> MeasuredModel:
        low, high = self.limits
        if low is not None and high is not None and not low < high:
            raise ValueError(f"limits {list(self.limits)}: the first value must be below the second")
        aim = self.target
        if aim is not None and ((low is not None and aim < low) or (high is not None and aim > high)):
            raise ValueError(f"target {aim} does not stand within limits {list(self.limits)}")
        return self


class QualityModel(Strict):
    """The probability that a unit is scrap, and what is measured on it."""

    scrap: Expression = 0.0
    reason: str = "out of tolerance"
    measured: dict[Name, MeasuredModel] = Field(default_factory=dict)


class MicroStopsModel(Strict):
    """Short stops that someone clears by hand."""

    per_hour: Expression
    mean_s: Positive = 20.0
    reason: str = "Micro-stop"


class FaultModel(Strict):
    """A named scenario. Its level, 0 to the severity, is a name for the expressions (``-`` becomes ``_``).

    ``gradual`` grows over ``onset_s``; ``sudden`` is there at once; ``intermittent`` comes for ``on_s`` and goes
    for ``off_s``. ``wear`` is aged ``factor`` times faster at level 1, or at once by ``jump``; ``stop`` stops the
    machine ``stop_after_s`` after the onset, for that reason.
    """

    shape: Literal["gradual", "sudden", "intermittent"]
    title: str = ""
    onset_s: Positive = 1800.0
    on_s: Positive = 6.0
    off_s: Positive = 40.0
    wear: Name | None = None
    factor: NotNegative = 0.0
    jump: NotNegative = 0.0
    stop: str = ""
    stop_after_s: Positive = 60.0


class InterlockModel(Strict):
    """While ``when`` holds, no new operation starts; the machine waits, for that reason."""

    when: Expression
    reason: str


class TypeModel(Strict):
    """A type of machine: what ``machines/types/NAME.yaml`` holds."""

    title: str
    description: str = ""
    drawing: Drawing = "machine"
    continuous: bool = False
    manual: bool = False
    rate_hz: Annotated[float, Field(gt=0, le=10)] = 1.0
    load: Expression = 1.0
    parameters: dict[Name, float] = Field(default_factory=dict)
    operations: dict[Title, OperationModel] = Field(default_factory=dict, max_length=1)
    wear: dict[Name, WearModel] = Field(default_factory=dict)
    signals: dict[Name, SignalModel] = Field(min_length=1, max_length=64)
    quality: QualityModel = QualityModel()
    micro_stops: MicroStopsModel | None = None
    interlocks: list[InterlockModel] = Field(default_factory=list)
    faults: dict[Title, FaultModel] = Field(default_factory=dict)
    uses: dict[Literal["air", "cooling"], Expression] = Field(default_factory=dict)
    provides: dict[Literal["air_pressure", "water_temperature"], Name] = Field(default_factory=dict)


class InstanceModel(Strict):
    """A machine: what ``machines/NAME.yaml`` holds."""

    type: str
    line: str
    after: str | None = None
    buffer: Annotated[int, Field(ge=0, le=1000)] = 2
    carries: str = "units"
    title: str = ""
    description: str = ""
    parameters: dict[Name, float] = Field(default_factory=dict)
    age: dict[Name, NotNegative] = Field(default_factory=dict)
    operation: dict[Literal["cycle_s", "changeover_s", "spread"], NotNegative] = Field(default_factory=dict)
    product: str = "piece"
    count: Annotated[int, Field(ge=1, le=1)] = 1

    @field_validator("operation")
    @classmethod
    def _takes_time(cls, operation: dict[str, float]) -> dict[str, float]:
        if operation.get("cycle_s") == 0:
            raise ValueError("cycle_s must be above 0: work takes time")
        return operation


class StationModel(Strict):
    machine: str
    feeds: list[str] = Field(default_factory=list)
    buffer: Annotated[int, Field(ge=0, le=1000)] = 2
    carries: str = "units"
    serials: str = ""


class LineModel(Strict):
    line: str
    area: str
    title: str = ""
    takt_s: NotNegative = 0.0
    stations: list[StationModel] = Field(min_length=1)


class UtilitiesModel(Strict):
    line: str
    area: str
    machines: list[str] = Field(default_factory=list)


class SiteModel(Strict):
    site: str
    title: str = ""
    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]
    industry: str = ""
    time_zone: str = "UTC"
    lines: list[LineModel] = Field(min_length=1)
    utilities: UtilitiesModel | None = None


class ProductModel(Strict):
    """A product: ``work`` stretches cycle times, ``weight`` is its share of the programme."""

    name: Title
    title: str = ""
    work: Annotated[float, Field(gt=0, le=10)] = 1.0
    weight: Positive = 1.0


Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class ShiftModel(Strict):
    name: str
    start: Clock
    end: Clock
    days: list[Day] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    breaks: list[tuple[Clock, Clock]] = Field(default_factory=list)


class PlantModel(Strict):
    """A plant: what ``plants/NAME.yaml`` holds."""

    enterprise: str
    title: str = ""
    product: str = "unit"
    serials: Annotated[str, Field(pattern=r"^[A-Z]{1,6}$")] = "U"
    batch: Annotated[int, Field(ge=1, le=100_000)] = 12
    products: list[ProductModel] = Field(default_factory=lambda: [ProductModel(name="standard")], min_length=1)
    sites: list[SiteModel] = Field(min_length=1)
    shifts: list[ShiftModel] = Field(default_factory=list)
    days_off: list[Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]] = Field(default_factory=list)


def json_keys(model: type[BaseModel]) -> list[str]:
    """The keys that a mapping of this model takes."""
    return list(model.model_fields)


Plain = dict[str, Any]
