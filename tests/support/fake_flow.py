"""What flows through the plant in memory, and one message followed; times are those of a healthy stack, made up."""

from __future__ import annotations

import json
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

MS = 1_000
#: When a followed message is where, after it was measured (us).
HOPS = {
    "journaled": 410, "received": 1_830, "judged": 1_870, "live": 2_120, "delivered": 2_210, "written": 48_300,
    "acknowledged": 48_620, "watermark": 742_000,
}  # fmt: skip


class Flow:
    """The answers of `/flow` and `/follow`; a test changes ``flow``, or what the next message is."""

    def __init__(self) -> None:
        self.follows: dict[str, dict[str, Any]] = {}
        self.asked: list[str] = []
        #: A journal it has, a quarantine it goes to, a machine that says nothing.
        self.journal, self.quarantine, self.silent = True, False, False
        self.changes: dict[str, Any] = {}
        self.sessions: int | None = 4

    def sent(self, path: str, frame: dict[str, Any]) -> None:
        """The machine's next message is the one that is followed."""
        frame["t"] -= 3 * MS  # so long it took to come here
        for follow in self.follows.values():
            if follow["machine"] == path and follow["frame"] is None and not self.silent:
                follow["frame"] = frame


def flow_of(fake: Any) -> dict[str, Any]:
    """The answer of `/flow`."""
    machines = [m for m in fake.machines.values() if m["presence"] != "removed"]
    now, names = fake.now(), sorted(fake.machines)
    hops = {"journal": (0.41, 2.2), "broker": (1.4, 6.8), "write": (46.5, 71.0), "watermark": (512.0, 1_020.0),
            "live": (1.7, 7.4), "age": (2.1, 8.9)}  # fmt: skip
    found = {
        "sent": 128_410, "stored": 128_400, "quarantined": 3, "held": 4, "voided": 0, "pending": 10, "duplicated": 0,
        "received": 128_403, "redelivered": 0, "values": 512_100, "messages_per_s": 34.2, "queue": 0, "lag_ms": 47.0,
        "last_stored": now, "machines": len(machines), "online": sum(m["online"] for m in machines),
        "live_readers": 3, "live_received": 128_500, "live_undecodable": 0, "last_error": "", "ingest": "ready",
        "ingests": [{"id": "ingest", "lines": [], "all_lines": True, "state": "ready", "messages": 128_400}],
        "partition": [],
        "edges": [{"name": "edge", "t": now - 4_000 * MS, "state": "here", "machines": len(machines),
                   "connected": len(machines), "pending": 10, "journal_bytes": 40_960, "problems": []}],
        "store": {"kind": "duckdb", "ready": True, "detail": "ok", "bytes_on_disk": 12_400_000, "oldest_raw": now,
                  "values": 512_100, "messages": 128_400},
        "rates": {"messages": 34.2, "values": 136.8, "batches": 12.1, "telemetry": 31.4, "event": 2.8, "birth": 0.0,
                  "reply": 0.1, "requests": 6.2},
        "hops": [{"hop": h, "count": 1_020, "p50_ms": a, "p99_ms": b, "ahead": 0} for h, (a, b) in hops.items()],
        "watermark": {"pending": 10, "oldest_s": 0.0, "behind": [
            {"machine": m, "pending": 3 - i % 3, "oldest_s": 0.0} for i, m in enumerate(names[:6])]},
        "reasons": {"unknown-signal": 2, "malformed-json": 2},
        "security": {"since": now - 3 * 3_600_000_000, "requests": 42_117, "sessions": fake.flow.sessions,
                     "audit_records": 118, "replies": {"done": 17, "refused": 1},
                     "refused": [
                         {"area": "command", "why": "not-allowed", "count": 2, "last": now},
                         {"area": "api", "why": "not-signed-in", "count": 5, "last": now},
                         {"area": "link", "why": "dead-link", "count": 1, "last": now}]},
        "now": now,
    }  # fmt: skip
    for key, change in fake.flow.changes.items():
        found[key] = {**found[key], **change} if isinstance(change, dict) else change
    return found


def follow_view(fake: Any, id: str) -> dict[str, Any]:
    """The answer of `/follow/{id}`."""
    flow, follow, now = fake.flow, fake.flow.follows[id], fake.now()
    frame, machine = follow["frame"], follow["machine"]
    names = ("measured", *HOPS)
    found: dict[str, Any] = {
        "id": id, "machine": machine, "asked": follow["asked"], "now": now, "state": "waiting", "outcome": None,
        "reason": "", "detail": "", "epoch": 0, "seq": 0, "topic": "", "payload": "", "size": 0, "samples": 0,
        "values": 0, "batch": 0, "times": dict.fromkeys(names),
    }  # fmt: skip
    if frame is None:
        return found
    t = frame["t"]
    times = {name: t + after if t + after <= now else None for name, after in HOPS.items()}
    payload: dict[str, Any] = {"v": 1, "machine": machine, "epoch": frame["epoch"], "seq": frame["seq"],
                               "samples": [{"t": t, "values": frame["values"]}]}  # fmt: skip
    if flow.journal:
        payload["journaled"] = t + HOPS["journaled"]
    else:
        times["journaled"] = None
    if flow.quarantine:
        times.update(live=None, delivered=None)
    text = json.dumps(payload, separators=(",", ":"))
    found.update(
        epoch=frame["epoch"], seq=frame["seq"], topic=f"andon/v1/{machine}/telemetry", payload=text, size=len(text),
        samples=1, values=len(frame["values"]), batch=7, state="settled" if times["watermark"] else "under-way",
        times={"measured": t, **times},
    )  # fmt: skip
    if times["written"]:
        found["outcome"] = "quarantined" if flow.quarantine else "stored"
        if flow.quarantine:
            found.update(reason="unknown-signal", detail=f"'ram_speed' is not in the birth of {machine}")
    return found


def add_flow_routes(api: FastAPI, fake: Any) -> None:
    """The routes of the Layers page."""

    @api.get("/flow")
    def flow() -> Any:
        return flow_of(fake)

    @api.post("/follow")
    async def follow(request: Request) -> Any:
        machine = (await request.json())["machine"]
        id = f"f{len(fake.flow.follows)}"
        fake.flow.follows[id] = {"machine": machine, "asked": fake.now(), "frame": None}
        fake.flow.asked.append(machine)
        return JSONResponse(follow_view(fake, id), 201)

    @api.get("/follow/{id}")
    def followed(id: str) -> Any:
        return follow_view(fake, id)
