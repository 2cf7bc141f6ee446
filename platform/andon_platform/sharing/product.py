"""What a data product is, and what a grant of it says. No database here.

Times are microseconds UTC; 0 stands for "never" in ``expires``, ``revoked`` and ``last_read``.
"""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct

from andon_platform.data.aggregate import Aggregate

Kind = Literal["series", "events", "counts"]
Format = Literal["json", "csv", "parquet", "arrow"]
ColumnType = Literal["string", "int64", "float64", "timestamp[us, UTC]"]
FORMATS: Final[tuple[Format, ...]] = ("json", "csv", "parquet", "arrow")

#: Licences for data, by SPDX identifier (spdx.org/licenses), with the names that SPDX gives them.
LICENCES: Final = {
    "CC0-1.0": "Creative Commons Zero v1.0 Universal",
    "CC-BY-4.0": "Creative Commons Attribution 4.0 International",
    "CC-BY-SA-4.0": "Creative Commons Attribution Share Alike 4.0 International",
    "CC-BY-NC-4.0": "Creative Commons Attribution Non Commercial 4.0 International",
    "CC-BY-NC-SA-4.0": "Creative Commons Attribution Non Commercial Share Alike 4.0 International",
    "CC-BY-ND-4.0": "Creative Commons Attribution No Derivatives 4.0 International",
    "CDLA-Permissive-2.0": "Community Data License Agreement Permissive 2.0",
    "CDLA-Sharing-1.0": "Community Data License Agreement Sharing 1.0",
    "O-UDA-1.0": "Open Use of Data Agreement v1.0",
    "ODbL-1.0": "Open Data Commons Open Database License v1.0",
    "ODC-By-1.0": "Open Data Commons Attribution License v1.0",
    "PDDL-1.0": "Open Data Commons Public Domain Dedication & License 1.0",
}


class Licence(Struct, frozen=True):
    """``id`` is an SPDX identifier, or empty for a licence of one's own, which then has a name and an address."""

    id: str
    name: str
    url: str


class Question(Struct, frozen=True, kw_only=True):
    """What is asked whenever the product is read.

    Machines are named, or chosen by ``place`` (a beginning of the path, level by level) and ``type``: then a machine
    that comes later belongs to it. ``every`` (us) buckets by ``agg``; None with ``raw``. ``back`` (us): readers get
    nothing that is older.
    """

    kind: Kind = "series"
    machines: tuple[str, ...] = ()
    place: str = ""
    type: str = ""
    signals: tuple[str, ...] = ()
    every: int | None = None
    agg: Aggregate = "mean"
    events: tuple[str, ...] = ()
    back: int


class Column(Struct, frozen=True):
    """A column of the answer; ``unit`` is UCUM, empty where there is none."""

    name: str
    type: ColumnType
    unit: str = ""
    title: str = ""


class Product(Struct, frozen=True, kw_only=True):
    """``owner`` is an enterprise; ``version`` grows whenever ``columns`` change."""

    owner: str
    name: str
    title: str
    description: str
    licence: Licence
    question: Question
    columns: tuple[Column, ...]
    version: int = 1
    made: int
    made_by: str
    changed: int
    reads: int = 0
    last_read: int = 0

    @property
    def id(self) -> str:
        """``owner/name``."""
        return f"{self.owner}/{self.name}"


class Grant(Struct, frozen=True, kw_only=True):
    """``grantee`` is another tenant, or for a partner a tenant of its own that no enterprise can be called."""

    id: str
    owner: str
    name: str
    grantee: str
    partner: str
    formats: tuple[Format, ...]
    granted: int
    granted_by: str
    expires: int = 0
    revoked: int = 0
    revoked_by: str = ""
    reads: int = 0
    last_read: int = 0

    def good(self, now: int) -> bool:
        """Whether it still opens the product."""
        return not self.revoked and (not self.expires or now < self.expires)


def partner_tenant(grant: str) -> str:
    """The tenant of a partner's token: levels of a path have no colon, so it is nobody else's."""
    return f"grant:{grant}"
