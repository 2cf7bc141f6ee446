"""Several ingests, each with lines of its own, as one: figures are summed, and each question goes to all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from andon_platform.api.ports import IngestControl, IngestFlow, Replayed
from andon_platform.flow.hops import HopFigures
from andon_platform.flow.trace import Trace

#: Between the ids of one request at each of the ingests.
_AND = "_"
#: What an ingest says of a message of another's line, whose machines it does not know.
_NOT_MINE = "unknown-machine"


class SeveralIngests:
    """All must answer: one that cannot be reached is a ``ConnectionError``, as when there is one alone."""

    def __init__(self, ingests: Sequence[IngestControl]) -> None:
        self._ingests = ingests

    async def flow(self) -> IngestFlow:
        """Sums; the oldest of what was stored last, and of each hop the slowest."""
        answers = await asyncio.gather(*(ingest.flow() for ingest in self._ingests), return_exceptions=True)
        flows = [answer for answer in answers if isinstance(answer, IngestFlow)]
        wrong = [answer for answer in answers if isinstance(answer, BaseException)]
        if any(not isinstance(error, ConnectionError) for error in wrong):
            raise next(error for error in wrong if not isinstance(error, ConnectionError))
        if wrong:
            raise ConnectionError(f"{len(wrong)} of {len(answers)}: {'; '.join(map(str, wrong))}")
        return summed(flows)

    async def replay(self, id: str) -> Replayed | None:
        """By the ingest that knows the message's machine. One after the other, so that it is stored once."""
        said: Replayed | None = None
        for ingest in self._ingests:
            answer = await ingest.replay(id)
            if answer is not None and (said is None or said.reason == _NOT_MINE):
                said = answer
            if said is not None and said.reason != _NOT_MINE:
                break
        return said

    async def follow(self, machine: str) -> Trace:
        """Each is asked, since only one of them gets the machine's messages."""
        traces = await asyncio.gather(*(ingest.follow(machine) for ingest in self._ingests))
        return replace(traces[0], id=_AND.join(trace.id for trace in traces))

    async def followed(self, id: str) -> Trace | None:
        """What the ingest says that got the message."""
        ids = id.split(_AND)
        if len(ids) != len(self._ingests):
            return None
        asked = (ingest.followed(one) for ingest, one in zip(self._ingests, ids, strict=True))
        traces = [trace for trace in await asyncio.gather(*asked) if trace is not None]
        return replace(max(traces, key=lambda trace: trace.received), id=id) if traces else None


def summed(flows: Sequence[IngestFlow]) -> IngestFlow:
    """At least one."""
    reasons: dict[str, int] = {}
    hops: dict[str, HopFigures] = {}
    for flow in flows:
        for reason, count in flow.reasons.items():
            reasons[reason] = reasons.get(reason, 0) + count
        for name, figures in flow.hops.items():
            hops[name] = _slower(hops[name], figures) if name in hops else figures
    messages = sum(flow.messages for flow in flows)
    lag = sum(flow.lag_ms * flow.messages for flow in flows) / messages if messages else 0.0
    return IngestFlow(
        connected=all(flow.connected for flow in flows),
        store_ready=all(flow.store_ready for flow in flows),
        received=sum(flow.received for flow in flows),
        messages=messages,
        values=sum(flow.values for flow in flows),
        redelivered=sum(flow.redelivered for flow in flows),
        quarantined=sum(flow.quarantined for flow in flows),
        voided=sum(flow.voided for flow in flows),
        queue=sum(flow.queue for flow in flows),
        lag_ms=round(lag, 2),
        last_stored=min(flow.last_stored for flow in flows),
        last_error=next((flow.last_error for flow in flows if flow.last_error), ""),
        batches=sum(flow.batches for flow in flows),
        reasons=reasons,
        hops=hops,
        shares=tuple(share for flow in flows for share in flow.shares),
    )


def _slower(one: HopFigures, other: HopFigures) -> HopFigures:
    return HopFigures(
        one.count + other.count,
        max(one.p50_ms, other.p50_ms),
        max(one.p99_ms, other.p99_ms),
        one.ahead + other.ahead,
    )
