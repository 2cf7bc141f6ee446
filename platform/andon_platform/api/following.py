"""Following one message: ingest's part of its way and the live stream's, put together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from andon_platform.api.live.pulse import Pulse, Watch
from andon_platform.api.ports import IngestControl
from andon_platform.flow.trace import Trace

#: After this a request is forgotten here; ingest forgets it at the same time.
LIFE_US: Final = 120_000_000
#: Requests at once, of everybody; the oldest go.
MOST: Final = 100
State = Literal["waiting", "under-way", "settled"]


@dataclass(slots=True)
class _Followed:
    watch: Watch
    asked: int


class Following:
    """``now`` is the wall clock, us UTC."""

    def __init__(self, pulse: Pulse, ingest: IngestControl, now: Callable[[], int]) -> None:
        self._pulse, self._ingest, self._now = pulse, ingest, now
        self._followed: dict[str, _Followed] = {}

    async def follow(self, machine: str) -> dict[str, Any]:
        """Follow the machine's next telemetry message. Raises ``ConnectionError``."""
        # first here: the live stream may have the message before ingest's answer comes back
        watch = self._pulse.watch(machine)
        try:
            trace = await self._ingest.follow(machine)
        except BaseException:
            self._pulse.unwatch(watch)
            raise
        self._forget()
        self._followed[trace.id] = _Followed(watch, self._now())
        return self._view(trace, watch)

    def machine_of(self, id: str) -> str | None:
        """Whose message it is; None: no such request."""
        found = self._followed.get(id)
        return found.watch.machine if found else None

    async def followed(self, id: str) -> dict[str, Any] | None:
        """How far it has come; None: no such request, or forgotten. Raises ``ConnectionError``."""
        found = self._followed.get(id)
        trace = await self._ingest.followed(id)
        if found is None or trace is None:
            return None
        return self._view(trace, found.watch)

    def _forget(self) -> None:
        old, surplus = self._now() - LIFE_US, len(self._followed) - MOST + 1
        for n, (id, followed) in enumerate(list(self._followed.items())):
            if followed.asked < old or n < surplus:
                self._pulse.unwatch(followed.watch)
                del self._followed[id]

    def _view(self, trace: Trace, watch: Watch) -> dict[str, Any]:
        live, delivered = watch.heard.get((trace.epoch, trace.seq), (0, 0)) if trace.received else (0, 0)
        if trace.done:
            # no other message of it is waited for
            self._pulse.unwatch(watch)
        state: State = "settled" if trace.done else "under-way" if trace.received else "waiting"
        times = {
            "measured": trace.measured,
            "journaled": trace.journaled,
            "received": trace.received,
            "judged": trace.judged,
            "written": trace.written,
            "acknowledged": trace.acknowledged,
            "watermark": trace.watermark,
            "live": live,
            "delivered": delivered,
        }
        return {
            "id": trace.id,
            "machine": trace.machine,
            "asked": trace.asked,
            "now": self._now(),
            "state": state,
            "outcome": trace.outcome or None,
            "reason": trace.reason,
            "detail": trace.detail,
            "epoch": trace.epoch,
            "seq": trace.seq,
            "topic": trace.topic,
            "payload": trace.payload.decode(errors="replace"),
            "size": trace.size,
            "samples": trace.samples,
            "values": trace.values,
            "batch": trace.batch,
            "times": {name: t or None for name, t in times.items()},
        }
