"""What is in quarantine, for whom: pages of the store, sifted by whose it is and what was asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from andon_security.tokens import Principal

from andon_platform.data.counting import within
from andon_platform.data.port import Quarantined, TelemetryStore

#: Messages read at once: each may hold a quarter of a megabyte.
PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Sieve:
    """Which messages are meant: of a machine or all below a place, with a reason, received in [start, stop) (us UTC).
    What is None does not matter."""

    machine: str | None = None
    reason: str | None = None
    start: int | None = None
    stop: int | None = None

    def takes(self, held: Quarantined) -> bool:
        """Whether the message is meant; the reason was asked of the store."""
        if self.start is not None and held.received < self.start:
            return False
        if self.stop is not None and held.received >= self.stop:
            return False
        return self.machine is None or within(machine_of(held), (self.machine,))


def machine_of(held: Quarantined) -> str:
    """Whose it is, by its topic and not by its content: the broker let only the owner write there. It may be no
    machine's path."""
    return "/".join(held.topic.split("/")[2:7])


def visible(who: Principal, held: Quarantined) -> bool:
    """Whether it is of the asker's tenant."""
    return who.tenant in ("*", machine_of(held).partition("/")[0])


async def matching(
    store: TelemetryStore,
    who: Principal,
    sieve: Sieve,
    before: tuple[int, str] | None = None,
    page: int = PAGE,
) -> AsyncIterator[Quarantined]:
    """Newest first, from after ``before`` (received, id) on."""
    point = before
    if sieve.stop is not None and (point is None or point[0] > sieve.stop):
        point = (sieve.stop, "")
    while True:
        held = await store.quarantine(
            limit=page, before=point and point[0], below=point[1] if point else "", reason=sieve.reason
        )
        for one in held:
            if visible(who, one) and sieve.takes(one):
                yield one
        if len(held) < page or (sieve.start is not None and held[-1].received < sieve.start):
            return
        point = (held[-1].received, held[-1].id)
