"""Questions and answers of ``/spc``."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from andon_platform.api.models import Time


class ViolationView(BaseModel):
    """A rule that is broken: ``index`` is the point that completes the pattern, ``points`` all of it."""

    rule: str
    index: int
    points: list[int]
    text: str


class PanelView(BaseModel):
    """One drawn chart; all lists are of one length."""

    name: str
    times: list[int]
    values: list[float]
    lower: list[float]
    upper: list[float]
    centre: list[float]
    violations: list[ViolationView]


class LimitsView(BaseModel):
    """Limits of one panel; ``basis`` is the data they came from."""

    kind: str
    centre: float
    lower: float
    upper: float
    sigma: float
    n: int
    width: float
    parameters: dict[str, float]
    basis: dict[str, Any]


class SpcChart(BaseModel):
    """A chart: phase 1 if its limits are of its own values, 2 if they were kept."""

    machine: str
    characteristic: str
    unit: str
    chart: str
    phase: Literal[1, 2]
    limits_id: str | None
    limits: list[LimitsView]
    panels: list[PanelView]


class LimitsRequest(BaseModel):
    """What to estimate limits from."""

    model_config = ConfigDict(extra="forbid")
    machine: str = Field(max_length=64, examples=["polaris/north/cabinets/cabinets-1/press-1"])
    characteristic: str = Field(max_length=64, examples=["hydraulic_pressure"])
    chart: Literal["individuals", "xbar-r", "xbar-s", "ewma", "cusum", "p", "np", "c", "u", "t2"] = "individuals"
    start: str = Field("-1h", max_length=40)
    stop: str = Field("now", max_length=40)
    every: str | None = Field(None, max_length=20)
    size: int | None = Field(None, ge=2, le=10_000)
    weight: float | None = Field(None, gt=0, le=1, description="EWMA: lambda.")
    width: float | None = Field(None, gt=0, le=10, description="EWMA: L.")
    k: float | None = Field(None, gt=0, le=5, description="CUSUM: reference value, in sigmas.")
    h: float | None = Field(None, gt=0, le=50, description="CUSUM: decision interval, in sigmas.")
    target: float | None = Field(None, allow_inf_nan=False, description="EWMA, CUSUM: instead of an estimated mean.")
    sigma: float | None = Field(
        None, gt=0, allow_inf_nan=False, description="EWMA, CUSUM: of a value, instead of an estimated one."
    )
    alpha: float | None = Field(None, gt=0, lt=1, description="T2: share of points above the limit while all is well.")


class CharacteristicView(BaseModel):
    """What can be charted: a signal, what operations measure, what is counted, or several signals together; with its
    specification, where the machine announces one."""

    name: str
    kind: Literal["signal", "measured", "counted", "together"]
    title: str
    unit: str
    charts: list[str]
    lower: float | None = Field(None, description="Lower specification limit.")
    upper: float | None = Field(None, description="Upper specification limit.")
    target: float | None = None


class Characteristics(BaseModel):
    """All of a machine."""

    characteristics: list[CharacteristicView]


class StoredView(BaseModel):
    """Kept limits, one a panel."""

    id: str
    machine: str
    characteristic: str
    chart: str
    made: Time
    made_by: str
    limits: list[LimitsView]


class LimitsList(BaseModel):
    """Kept limits."""

    limits: list[StoredView]


class IndexView(BaseModel):
    """An index with its 95 % confidence interval."""

    value: float | None
    low: float | None
    high: float | None


class CapabilityView(BaseModel):
    """Capability of a characteristic; shares beyond the limits between 0 and 1."""

    machine: str
    characteristic: str
    lower: float | None
    upper: float | None
    target: float | None = Field(description="As asked or announced; null: the middle of both limits.")
    count: int
    mean: float
    sigma_within: float = Field(description="From moving ranges; with `size` from the mean range of subgroups.")
    sigma_overall: float
    cp: IndexView
    cpk: IndexView
    pp: IndexView
    ppk: IndexView
    cpm: IndexView
    below: float
    above: float
    expected_below: float
    expected_above: float
