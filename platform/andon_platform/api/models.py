"""The answers of the API, as OpenAPI describes them. Times are integers: microseconds UTC.

What the client reads of them is described once more in :mod:`andon_client.models`, which says why.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from andon_security.tokens import Role
from pydantic import AfterValidator, BaseModel, Field

Time = Annotated[int, Field(description="Microseconds since 1970-01-01 UTC.", examples=[1_795_000_000_000_000])]
ShownState = Literal["producing", "setup", "starved", "blocked", "down", "planned", "idle", "offline"]


def _whole(text: str) -> str:
    text.encode()  # a UnicodeEncodeError is a ValueError
    return text


#: Without halves of characters, which JSON can write and neither a broker nor a log can hold. A text with a pattern or
#: a longest length is looked through anyway.
Text = Annotated[str, AfterValidator(_whole)]


class ProblemView(BaseModel):
    """Any error (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str


class SignalView(BaseModel):
    """A signal as its machine announces it; ``unit`` is UCUM."""

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


class OperationView(BaseModel):
    """An operation the machine can perform; seconds of plant time."""

    name: str
    cycle_s: float
    changeover_s: float = 0.0
    title: str = ""


class CharacteristicSpecView(BaseModel):
    """A quality characteristic as its machine announces it, with its specification in ``unit`` (UCUM; empty where it is
    not said): what operations measure on each unit, or a signal of that name."""

    name: str
    unit: str = ""
    title: str = ""
    description: str = ""
    lower: float | None = Field(None, description="Lower specification limit (LSL, ISO 22514-2).")
    upper: float | None = Field(None, description="Upper specification limit (USL).")
    target: float | None = Field(None, description="What is aimed at; else the middle of both limits.")


class CommandSpecView(BaseModel):
    """A command the machine takes, and each argument's choices."""

    name: str
    title: str = ""
    arguments: dict[str, list[str]] = {}


class MachineState(BaseModel):
    """A machine as it is now; ``presence`` says why it is offline: ended, silent or removed."""

    id: str
    name: str
    enterprise: str
    site: str
    area: str
    line: str
    type: str
    title: str
    description: str
    drawing: str
    origin: str
    source: str
    online: bool
    presence: Literal["online", "ended", "silent", "removed"]
    state: ShownState
    reason: str
    text: str
    state_since: Time
    unit: str
    product: str
    first_seen: Time
    last_seen: Time
    session: int
    epoch: int
    interval_s: float


class MachineView(MachineState):
    """A machine with all it announced."""

    signals: list[SignalView]
    operations: list[OperationView]
    commands: list[CommandSpecView]
    characteristics: list[CharacteristicSpecView]


class MachineList(BaseModel):
    machines: list[MachineView]


class HappeningView(BaseModel):
    t: Time
    what: Literal["birth", "death", "silent", "back", "removed"]
    session: int
    epoch: int
    reason: str


class HistoryView(BaseModel):
    """Newest first."""

    machine: str
    history: list[HappeningView]


class MachineSignal(SignalView):
    machine: str


class SignalList(BaseModel):
    signals: list[MachineSignal]


class SeriesView(BaseModel):
    """Bucket starts (or stamps, raw) and values, oldest first; empty buckets are absent."""

    machine: str
    signal: str
    unit: str
    every: int | None = Field(description="Bucket in microseconds; null: raw.")
    agg: str
    source: Literal["raw", "minute", "hour"]
    truncated: bool = Field(description="True: the limit of points cut the end.")
    times: list[int]
    values: list[float]
    lows: list[float] | None = Field(None, description="Each bucket's lowest value, where `spread` was asked for.")
    highs: list[float] | None = Field(None, description="Each bucket's highest value, likewise.")


class SeriesList(BaseModel):
    start: Time
    stop: Time
    series: list[SeriesView]


class LatestValue(BaseModel):
    t: Time
    value: float


class LatestView(BaseModel):
    latest: dict[str, dict[str, LatestValue]]


class EventList(BaseModel):
    """Events as on the wire, oldest first. ``truncated``: there are older ones in the range, beyond the limit; ask
    again with ``stop`` at the first one's ``t``."""

    events: list[dict[str, Any]]
    truncated: bool


class MachineCounts(BaseModel):
    """Pieces of a machine, from so many counts; (``epoch``, ``seq``) is the newest count in the sums, 0 if none."""

    machine: str
    good: int
    scrap: int
    events: int
    epoch: int
    seq: int


class CountList(BaseModel):
    """``good`` and ``scrap`` of all, and a row for each machine that counted or was asked for by name."""

    start: Time
    stop: Time
    good: int
    scrap: int
    counts: list[MachineCounts]


class StateInterval(BaseModel):
    machine: str
    state: ShownState
    reason: str
    text: str
    start: Time
    stop: Time


class StateList(BaseModel):
    states: list[StateInterval]


class SegmentView(BaseModel):
    wall: Time
    plant: Time
    pace: float


class ClockView(BaseModel):
    segments: list[SegmentView]
    pace: float
    plant_now: Time


class PlantView(BaseModel):
    enterprise: str
    title: str
    product: str
    layout: dict[str, Any] | None
    clock: ClockView | None


class PlantList(BaseModel):
    plants: list[PlantView]


class PaceRequest(BaseModel):
    """Plant seconds a second."""

    pace: float = Field(ge=0.1, le=3600, examples=[60])


class CommandRequest(BaseModel):
    """What a machine shall do; ``GET /machines/...`` says which commands it takes."""

    command: str = Field(pattern=r"^[a-z][a-z0-9-]{0,63}$", examples=["inject-fault"])
    arguments: dict[Text, Text | float | int | bool] = Field(
        default={}, max_length=20, examples=[{"fault": "seal-wear", "severity": "0.6"}]
    )


class CommandResult(BaseModel):
    """``timeout``: no answer came, and the command has expired."""

    id: str
    status: Literal["done", "refused", "failed", "timeout"]
    text: str
    t: Time
    reply_ms: float | None


class CommandEntry(BaseModel):
    id: str
    t: Time
    owner: str
    command: str
    arguments: dict[str, str]
    issued_by: str
    status: Literal["pending", "done", "refused", "failed", "timeout"]
    text: str
    reply_ms: float | None


class CommandList(BaseModel):
    """Newest first."""

    commands: list[CommandEntry]


class QuarantinedView(BaseModel):
    """``payload`` as text where it is UTF-8, else null; ``payload_base64`` always."""

    id: str
    received: Time
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


class QuarantineList(BaseModel):
    """Newest first. ``next``: what to give as ``before`` for the page after this one; null: there is none."""

    messages: list[QuarantinedView]
    next: str | None = Field(examples=["1795000000000000:0f3a"])


class ReplayResult(BaseModel):
    """``stored``: sound now, and stored under its first identity."""

    id: str
    stored: bool
    reason: str
    detail: str


class DeviceCredential(BaseModel):
    """Shown this once."""

    username: str
    password: str


class CredentialRequest(BaseModel):
    """MQTT topic filters that another program may read and write."""

    read: list[Text] = Field(default_factory=list, max_length=20, examples=[["andon/v1/#"]])
    write: list[Text] = Field(default_factory=list, max_length=20)


class CredentialView(DeviceCredential):
    """Shown this once."""

    read: list[str]
    write: list[str]


class LinkRequest(BaseModel):
    """A link to the console, good for ``uses`` browsers."""

    role: Role = "viewer"
    uses: int = Field(default=1, ge=1, le=1000)
    life_s: float = Field(default=7200, ge=1, le=30 * 86400)


class LinkView(BaseModel):
    url: str
    role: Role
    uses: int
    expires: Time


class Redeem(BaseModel):
    """The link, or the secret at its end."""

    link: str = Field(min_length=8, max_length=512)


class SessionView(BaseModel):
    subject: str
    role: Role
    scopes: list[str]
    tenant: str
    expires: Time | None = None


class TokenView(BaseModel):
    """RFC 6749, section 5.1."""

    access_token: str
    token_type: Literal["bearer"]
    expires_in: int
    scope: str


class HealthView(BaseModel):
    status: Literal["alive"]
    version: str


class ReadyView(BaseModel):
    ready: bool
    broker: bool
    store: bool
    registry: bool
    ingest: bool
    detail: str


class AuditList(BaseModel):
    """Oldest first; ``whole``: no record was changed or cut out."""

    whole: bool
    records: list[dict[str, Any]]
