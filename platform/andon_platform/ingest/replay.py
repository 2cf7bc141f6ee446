"""A quarantined message is looked at again, and stored under its original identity if it is sound now.

Its number stays counted as quarantined (each number counts once, and ingest may run in another process);
the entry in quarantine says when it was replayed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from andon_contracts.codec import MAX_BYTES
from andon_contracts.messages import Birth, Telemetry

from andon_platform.data.port import Batch, TelemetryStore
from andon_platform.ingest.judge import Held, Judge, Machines, Sound, route


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """``stored``: it is in the store now; else ``reason`` and ``detail`` say what is still wrong with it."""

    id: str
    stored: bool
    reason: str = ""
    detail: str = ""


def _now() -> int:
    return time.time_ns() // 1000


async def replay(
    store: TelemetryStore,
    id: str,
    machines: Mapping[str, Birth],
    *,
    now: Callable[[], int] = _now,
    future_s: float = 3600.0,
    past_days: float = 3_653.0,
    stored: Callable[[Sound], None] = lambda sound: None,
) -> ReplayResult:
    """Judge the quarantined message ``id`` again; ``machines`` maps a path to the machine's last birth;
    ``stored`` gets the message that is in the store after all.

    Raises:
        KeyError: there is no such message in quarantine.
        StoreError: the store could not be read or written.
    """
    found = await store.quarantine_get(id)
    if found is None:
        raise KeyError(id)
    if found.replayed:
        return ReplayResult(id, False, "replayed", "it was replayed before")
    if found.detail.startswith(f"{len(found.payload)} bytes") or len(found.payload) > MAX_BYTES:
        return ReplayResult(id, False, found.reason, found.detail)
    judge = Judge(Machines(machines), future_us=int(future_s * 1e6), past_us=int(past_days * 86_400e6))
    topic = found.topic.encode()
    where = route(topic)
    if where.channel == "birth":
        return ReplayResult(id, False, found.reason, "a birth is not replayed: the machine announces itself again")
    verdict = judge.judge(where, topic, found.payload, now(), patient=False)
    if isinstance(verdict, Held):
        return ReplayResult(id, False, verdict.found.reason, verdict.found.detail)
    assert isinstance(verdict, Sound)  # without patience there is no waiting
    batch = Batch(received=1, replays=id)
    if isinstance(verdict.message, Telemetry):
        batch.telemetry.append(verdict.message)
    else:
        batch.events.append(verdict.message)
    await store.write(batch)
    stored(verdict)
    return ReplayResult(id, True)
