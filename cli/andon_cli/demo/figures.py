"""What a demo says of itself: the flow from machine to store, from the edge's and the API's own figures."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

import httpx

from andon_cli.access import admin_token
from andon_cli.demo.home import Home
from andon_cli.demo.supervisor import Supervisor


@dataclass(frozen=True, slots=True)
class ThisRun:
    """Messages since this start, as the machines' journals count them.

    Always ``sent + carried_over = settled + voided + pending``. ``carried_over``: left in the journals by the run
    before. ``settled``: the platform has said that it stored them, or put them into quarantine with a reason.
    """

    sent: int = 0
    carried_over: int = 0
    settled: int = 0
    voided: int = 0
    pending: int = 0


@dataclass
class Flow:
    """Messages since the first start on this folder; ``sent`` is what machines journalled."""

    machines: int = 0
    connected: int = 0
    sent: int = 0
    stored: int = 0
    quarantined: int = 0
    voided: int = 0
    pending: int = 0
    duplicated: int = 0
    redelivered: int = 0
    messages_per_s: float = 0.0
    store_bytes: int = 0
    settled: bool = False
    #: Whether the platform has answered at all: before, nothing is known of what is stored.
    counted: bool = False
    problems: list[str] = field(default_factory=list)
    #: What machine files say and may not mean, as this run's edge read them.
    warnings: list[str] = field(default_factory=list)
    #: Machines that came and went in this run, lately: (microseconds UTC, path, "added" or "removed").
    changes: list[tuple[int, str, str]] = field(default_factory=list)
    this_run: ThisRun = field(default_factory=ThisRun)

    @property
    def agreed(self) -> bool:
        """Whether the edge says that all is settled, and the platform has counted all of it. It may have counted more:
        what another MQTT program sent, as a machine of its own or as what went into quarantine, no edge has sent."""
        return self.settled and self.sent <= self.stored + self.quarantined + self.voided

    @property
    def lost(self) -> int:
        """Given up by its machine (void), or gone without a trace."""
        if not self.counted:
            return 0
        return self.voided + max(0, self.sent - self.stored - self.quarantined - self.voided - self.pending)


class Figures:
    """Reads them; an API that does not answer leaves what was known."""

    def __init__(self, home: Home, url: str, began: float) -> None:
        """``began``: when this run began (seconds since 1970); what the edge wrote earlier is the last run's."""
        self._home, self._url, self._began = home, url, began
        self._before: dict[str, int] | None = None
        self._client = httpx.AsyncClient(trust_env=False, timeout=10)
        self.flow = Flow()

    async def read(self, *, exact: bool = False) -> Flow:
        """The newest figures; ``exact`` lets the store count duplicates by reading everything."""
        edge = self._edge()
        platform = await self._get("/api/v1/flow", {"exact": "true"} if exact else {})
        # both sides at once, and the edge's earlier: what it sent since is not stored yet, and would be called lost
        flow = self.flow
        flow.machines = edge.get("machines", flow.machines)
        flow.connected = edge.get("connected", flow.connected)
        flow.sent = edge.get("sent", flow.sent)
        flow.pending = edge.get("pending", flow.pending)
        flow.settled = bool(edge.get("drained", False))
        flow.problems = list(edge.get("problems", []))
        flow.warnings = list(edge.get("warnings", [])) if edge.get("t", 0) >= self._began * 1e6 else []
        flow.changes = [
            (c["t"], c["machine"], c["what"]) for c in edge.get("changes", []) if c["t"] >= self._began * 1e6
        ]
        flow.this_run = self._since(edge) or flow.this_run
        flow.counted = flow.counted or bool(platform)
        for name in ("stored", "quarantined", "voided", "duplicated", "redelivered", "messages_per_s"):
            setattr(flow, name, platform.get(name, getattr(flow, name)))
        flow.store_bytes = platform.get("store", {}).get("bytes_on_disk", flow.store_bytes)
        return flow

    def _since(self, edge: dict[str, Any]) -> ThisRun | None:
        if edge.get("t", 0) < self._began * 1e6:
            return None
        if self._before is None:  # an edge that is started again in this run began later, and does not count anew
            self._before = {name: edge[f"{name}_before"] for name in ("sent", "settled", "voided", "pending")}
        sent, settled, voided = (edge[name] - self._before[name] for name in ("sent", "settled", "voided"))
        return ThisRun(sent, self._before["pending"], settled, voided, edge["pending"])

    async def close(self) -> None:
        """Close the connection."""
        await self._client.aclose()

    def _edge(self) -> dict[str, Any]:
        try:
            found = json.loads(self._home.edge_status.read_text())
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    async def _get(self, path: str, params: dict[str, str]) -> dict[str, Any]:
        token = admin_token(self._home.secrets / "api" / "signing-key")
        try:
            answer = await self._client.get(
                self._url + path, params=params, headers={"Authorization": f"Bearer {token}"}
            )
            answer.raise_for_status()
            found = answer.json()
        except (httpx.HTTPError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}


def in_words(flow: Flow) -> str:
    """The last line of a demo."""
    if not flow.counted:
        return f"stopped; {flow.sent:,} sent in all, not counted how many are stored: the platform had not answered yet"
    return (
        f"stopped; in all {flow.sent:,} sent, {flow.stored:,} stored, {flow.lost:,} lost, "
        f"{flow.duplicated:,} duplicated, {flow.quarantined:,} in quarantine, {flow.pending:,} pending"
    )


def summary(flow: Flow, supervisor: Supervisor, first_data_s: float | None, urls: dict[str, str]) -> dict[str, Any]:
    """The JSON that `andon demo --summary` writes: messages in all since the folder's first start, and this run's."""
    fields = asdict(flow)
    return {
        "first_data_s": first_data_s,
        **{k: fields[k] for k in ("machines", "sent", "stored", "quarantined", "voided", "pending", "duplicated")},
        "lost": flow.lost,
        "this_run": asdict(flow.this_run),
        "redelivered": flow.redelivered,
        "store_bytes": flow.store_bytes,
        "problems": flow.problems,
        "urls": urls,
        "processes": {
            child.spec.name: {
                "rss_mb": round(child.rss_max_mb, 1),
                "cpu_s": round(child.cpu_s, 2),
                "restarts": child.restarts,
            }
            for child in supervisor.children
        },
    }
