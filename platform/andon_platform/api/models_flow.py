"""What flows, and one message on its way, as OpenAPI describes them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from andon_platform.api.models import Time
from andon_platform.api.models_edges import EdgeView


class StoreView(BaseModel):
    """``values`` and ``messages`` are those written since its files began."""

    kind: str
    ready: bool
    detail: str
    bytes_on_disk: int
    oldest_raw: int | None
    values: int
    messages: int


class RatesView(BaseModel):
    """A second, over the last five: stored messages and values, batches written, messages by channel as the broker
    hands them to the API, requests answered."""

    messages: float
    values: float
    batches: float
    telemetry: float
    event: float
    birth: float
    reply: float
    requests: float


class HopView(BaseModel):
    """The time of one hop, of ``count`` messages of the last half minute. ``ahead`` of them came before they were
    sent, by the clocks of both ends: the clocks differ. Percentiles are within 6 %."""

    hop: Literal["journal", "broker", "write", "watermark", "live", "age"]
    count: int
    p50_ms: float | None
    p99_ms: float | None
    ahead: int


class BehindView(BaseModel):
    """A machine with messages that were heard and are not settled, the oldest of them for ``oldest_s`` (to 0.1 s)."""

    machine: str
    pending: int
    oldest_s: float


class WatermarkView(BaseModel):
    """What is heard and not settled, all machines together; ``behind`` names those of the asker's tenant, the one that
    waits longest first. What a journal holds and could not send yet stands with ``edges``."""

    pending: int
    oldest_s: float
    behind: list[BehindView]


class RefusedView(BaseModel):
    """Requests turned away since the start, by what they were about and why."""

    area: Literal["pages", "link", "stream", "command", "enrolment", "api"]
    why: Literal["not-signed-in", "not-allowed", "too-often", "dead-link"]
    count: int
    last: Time


class SecurityView(BaseModel):
    """``replies``: machines' answers to commands, by status. Whom the broker turns away is not seen from here.
    ``sessions`` are browsers that came in by a link; null while the registry's database is away."""

    since: Time
    requests: int
    sessions: int | None
    audit_records: int
    refused: list[RefusedView]
    replies: dict[str, int]


class ShareView(BaseModel):
    """One ingest: the lines that it takes, of the asker's tenant, and the messages it stored since it started."""

    id: str
    lines: list[str]
    all_lines: bool
    state: Literal["ready", "no-broker", "no-store"]
    messages: int


class FlowView(BaseModel):
    """What flows. The first line counts messages since each journal began: sent = stored + quarantined + voided +
    pending. ``held`` are all messages that came into quarantine, those too that name no place in a journal.
    ``received``, ``redelivered``, ``values`` and ``reasons`` (of quarantine) are ingest's since it started; ``ingest``
    says whether it answers, and whether it has its broker and takes the store's answers for durable. Where several
    ingests share the lines, figures are of all together, and ``partition`` says in words what is wrong in how lines are
    dealt out to them: a line that nobody takes, or two do. ``edges`` say themselves how they are: what a journal holds
    and could not send, which file is refused, which machines the broker does not take."""

    sent: int
    stored: int
    quarantined: int
    held: int
    voided: int
    pending: int
    duplicated: int
    received: int
    redelivered: int
    values: int
    messages_per_s: float
    queue: int
    lag_ms: float
    last_stored: int
    machines: int
    online: int
    live_readers: int
    live_received: int
    live_undecodable: int
    store: StoreView
    ingest: Literal["ready", "no-broker", "no-store", "away"]
    ingests: list[ShareView]
    partition: list[str]
    edges: list[EdgeView]
    last_error: str
    rates: RatesView
    hops: list[HopView]
    watermark: WatermarkView
    reasons: dict[str, int]
    security: SecurityView
    now: Time


class FollowRequest(BaseModel):
    """The machine whose next telemetry message shall be followed."""

    machine: str = Field(max_length=64, examples=["polaris/north/cabinets/cabinets-1/press-1"])


class FollowTimes(BaseModel):
    """Wall times, each by the clock of the process that saw it; null: it has not been there, or nobody can say.

    ``measured`` (newest sample) and ``journaled`` are the machine's; ``received``, ``judged``, ``written``,
    ``acknowledged`` and ``watermark`` (published, and covering this message) ingest's; ``live`` and ``delivered`` (to
    the readers of the live stream) the API's.
    """

    measured: Time | None
    journaled: Time | None
    received: Time | None
    judged: Time | None
    written: Time | None
    acknowledged: Time | None
    watermark: Time | None
    live: Time | None
    delivered: Time | None


class FollowView(BaseModel):
    """One message on its way. ``batch``: how many messages were written with it; ``payload`` as it came, at most its
    first 16 kB; ``outcome`` is null until it is written."""

    id: str
    machine: str
    asked: Time
    now: Time
    state: Literal["waiting", "under-way", "settled"]
    outcome: Literal["stored", "quarantined"] | None
    reason: str
    detail: str
    epoch: int
    seq: int
    topic: str
    payload: str
    size: int
    samples: int
    values: int
    batch: int
    times: FollowTimes
