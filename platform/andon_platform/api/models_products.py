"""What is asked and answered about data products."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from andon_platform.api import limits
from andon_platform.api.models import Time
from andon_platform.data.aggregate import Aggregate
from andon_platform.sharing.product import ColumnType, Format, Kind

EventKind = Literal["state", "operation-started", "operation-finished", "count", "alarm", "gap", "void"]
_Path = Annotated[str, Field(max_length=64, examples=["polaris/north/cabinets/cabinets-1/press-1"])]
ENTERPRISE = r"^[a-z0-9-]{1,24}$"
NAME = r"^[a-z0-9][a-z0-9-]{0,47}$"


class LicenceRequest(BaseModel):
    """An SPDX identifier alone, or the name and the address of a licence of one's own."""

    id: str = Field(default="", max_length=64, examples=["CC-BY-4.0"])
    name: str = Field(default="", max_length=120)
    url: str = Field(default="", max_length=500, pattern=r"^(https?://\S+)?$")


class QuestionRequest(BaseModel):
    """Which machines (named, or by place and type), and what of them."""

    kind: Kind = "series"
    machines: list[_Path] = Field(default=[], max_length=50)
    place: str = Field(default="", max_length=64, examples=["polaris/north"])
    type: str = Field(default="", max_length=64, examples=["sheet-metal-press"])
    signals: list[Annotated[str, Field(max_length=64)]] = Field(default=[], max_length=20, examples=[["vibration"]])
    every: str | None = Field(default=None, max_length=20, description="Bucket: `1m`; none with `raw`.")
    agg: Aggregate = "mean"
    events: list[EventKind] = Field(default=[], max_length=7, description="Kinds of events; none: all.")
    back: str = Field(default="7d", max_length=20, description="How far back readers get: `7d`.")


class ProductRequest(BaseModel):
    """A product to be made."""

    owner: str | None = Field(default=None, pattern=ENTERPRISE, description="Else whose the machines are.")
    name: str = Field(pattern=NAME, examples=["press-vibration"])
    title: str = Field(min_length=1, max_length=120)
    description: str = Field(default="", max_length=2000)
    licence: LicenceRequest
    question: QuestionRequest


class ProductChange(BaseModel):
    """What of a product can be changed; what is left away stays."""

    title: str | None = Field(default=None, min_length=1, max_length=120)
    description: str | None = Field(default=None, max_length=2000)
    licence: LicenceRequest | None = None
    question: QuestionRequest | None = None


class ColumnView(BaseModel):
    """A column of the table; ``unit`` is UCUM, empty where there is none."""

    name: str
    type: ColumnType
    unit: str
    title: str


class LicenceView(BaseModel):
    """``id`` is an SPDX identifier, empty for a licence of the owner's own."""

    id: str
    name: str
    url: str


class QuestionView(BaseModel):
    """The question as it is kept; ``every`` and ``back`` in microseconds."""

    kind: Kind
    machines: list[str]
    place: str
    type: str
    signals: list[str]
    every: int | None
    agg: Aggregate
    events: list[str]
    back: int


class ProductView(BaseModel):
    """A product. ``granted`` says by which grant the asker may read it; null: it is the asker's own."""

    id: str
    owner: str
    name: str
    title: str
    description: str
    licence: LicenceView
    question: QuestionView
    version: int = Field(description="Grows whenever the columns change.")
    columns: list[ColumnView]
    machines: list[str] = Field(description="Those that the question means now.")
    made: Time
    changed: Time
    address: str = Field(description="Where its data is read.")
    formats: list[Format]
    granted: GrantedView | None
    made_by: str | None = Field(description="To the owner alone, as the two below.")
    reads: int | None
    last_read: int | None


class GrantedView(BaseModel):
    """What the reader of another's product knows about the grant; ``expires`` 0: until it is revoked."""

    since: Time
    expires: int


class ProductList(BaseModel):
    """One's own, and those that were granted."""

    products: list[ProductView]
    licences: dict[str, str] = Field(description="SPDX identifiers that are known here, with their names.")


class GrantRequest(BaseModel):
    """To another tenant, or to a partner, who gets a token."""

    tenant: str | None = Field(default=None, pattern=ENTERPRISE, examples=["acme"])
    partner: str | None = Field(default=None, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,47}$", examples=["Harbour Lab"])
    formats: list[Format] = Field(default=["json", "csv", "parquet", "arrow"], min_length=1, max_length=4)
    life: str | None = Field(
        default=None, max_length=20, description="How long: `30d`. Without it 30 days for a partner; a tenant's stays."
    )


class GrantView(BaseModel):
    """A grant; ``state`` says whether it opens the product now. ``expires``, ``revoked``, ``last_read``: 0 is never."""

    id: str
    tenant: str | None
    partner: str | None
    formats: list[Format]
    state: Literal["good", "expired", "revoked"]
    granted: Time
    granted_by: str
    expires: int
    revoked: int
    revoked_by: str
    reads: int
    last_read: int


class NewGrant(GrantView):
    """With the partner's token, which is told this once."""

    token: str | None


class GrantList(BaseModel):
    """Newest first; those that ended too."""

    grants: list[GrantView]


class ProductTable(BaseModel):
    """The data as JSON: one list a row, in the order of the columns; null where nothing was measured."""

    product: str
    version: int
    licence: LicenceView
    start: Time
    stop: Time
    columns: list[ColumnView]
    rows: list[list[Any]]
    truncated: bool
    sources: list[str] = Field(description="What was read: raw, minute, hour.")


ProductView.model_rebuild()
MAX_LIFE_US = 366 * 86_400_000_000
MAX_ROWS = limits.MAX_POINTS * 10
