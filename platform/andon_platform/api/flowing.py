"""The figures of ``GET /flow`` that are gathered from several places: rates, hops, what is behind, who was refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from andon_security.tokens import Principal

from andon_platform.api.auth import in_tenant
from andon_platform.api.partition import Fault, faults
from andon_platform.api.ports import IngestFlow, Share
from andon_platform.api.services import Services
from andon_platform.data.port import Mark, MarkKey
from andon_platform.flow.hops import HopFigures

#: Machines behind that are named.
NAMED: Final = 50
_RATES: Final = ("messages", "values", "batches", "telemetry", "event", "birth", "reply", "requests")
_HOPS: Final = ("journal", "broker", "write", "watermark", "live", "age")
_NONE: Final = HopFigures(0, 0.0, 0.0)


async def gathered(
    have: Services, who: Principal, ingest: IngestFlow | None, marks: Mapping[MarkKey, Mark]
) -> dict[str, Any]:
    """A part of the content of ``GET /flow``."""
    pulse = have.hub.pulse
    hops = {**(ingest.hops if ingest else {}), "live": pulse.live.figures(), "age": pulse.age.figures()}
    return {
        "ingest": _ingest(ingest),
        "ingests": [_share(share, who) for share in (ingest.shares if ingest else ())],
        "partition": [
            fault.text
            for fault in (misdealt(have, ingest) if ingest else ())
            if not fault.line or in_tenant(who, fault.line.partition("/")[0])
        ],
        "edges": have.edges.seen_by(who.tenant),
        "last_error": ingest.last_error if ingest and _ingest(ingest) != "ready" else "",
        "rates": {name: have.meter.rate(name) for name in _RATES},
        "hops": [hop_view(name, hops.get(name, _NONE)) for name in _HOPS],
        "watermark": watermark(have, who, marks),
        "reasons": ingest.reasons if ingest else {},
        "security": {
            "since": have.answers.since,
            "requests": have.answers.requests,
            "sessions": await have.access.count(),
            "audit_records": have.audit.count,
            "refused": [asdict(r) for r in have.answers.refused],
            "replies": dict(pulse.replies),
        },
        "now": have.now(),
    }


def _ingest(flow: IngestFlow | None) -> str:
    if flow is None:
        return "away"
    return "no-broker" if not flow.connected else "ready" if flow.store_ready else "no-store"


def misdealt(have: Services, ingest: IngestFlow) -> list[Fault]:
    """What is wrong in how the lines of the machines that there are, are dealt out to the ingests."""
    there = [machine.path for machine in have.registry.find()]
    return faults(ingest.shares, there)


def _share(share: Share, who: Principal) -> dict[str, Any]:
    return {
        "id": share.id,
        "lines": [line for line in share.lines if in_tenant(who, line.partition("/")[0])],
        "all_lines": not share.lines,
        "state": "no-broker" if not share.connected else "ready" if share.store_ready else "no-store",
        "messages": share.messages,
    }


def hop_view(name: str, of: HopFigures) -> dict[str, Any]:
    """A hop's figures; no percentiles of nothing."""
    p50, p99 = (of.p50_ms, of.p99_ms) if of.count else (None, None)
    return {"hop": name, "count": of.count, "p50_ms": p50, "p99_ms": p99, "ahead": of.ahead}


def watermark(have: Services, who: Principal, marks: Mapping[MarkKey, Mark]) -> dict[str, Any]:
    """What is heard and not settled."""
    now, lag = have.now(), have.hub.pulse.lag
    pending: dict[str, int] = {}
    oldest: dict[str, float] = {}
    for key, top in have.hub.heard.items():
        mark = marks.get(key, Mark())
        waiting = top - mark.settled - sum(min(s.last, top) - s.first + 1 for s in mark.above if s.first <= top)
        if top <= mark.settled or waiting <= 0:
            continue
        machine = key[0]
        pending[machine] = pending.get(machine, 0) + waiting
        oldest[machine] = max(oldest.get(machine, 0.0), round(lag.age_us(key, mark.settled, now) / 1e6, 1))
    behind = [{"machine": m, "pending": n, "oldest_s": oldest[m]} for m, n in pending.items()]
    behind.sort(key=lambda b: (-oldest[str(b["machine"])], -pending[str(b["machine"])], b["machine"]))
    return {
        "pending": sum(pending.values()),
        "oldest_s": max(oldest.values(), default=0.0),
        "behind": [b for b in behind if in_tenant(who, str(b["machine"]).partition("/")[0])][:NAMED],
    }
