"""The hop before the broker where no file of the edge's can be read: what edges told the platform of themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from andon_cli.doctor.finding import Finding, Place


def edges(told: list[dict[str, Any]], place: Place, now: float) -> Iterator[Finding]:
    """``told`` is ``edges`` of the API's ``/flow``; ``now`` in seconds since 1970."""
    for edge in told:
        files = [problem["text"] for problem in edge["problems"] if not problem["machines"]]
        for text in files:
            yield Finding("machine files", False, text, "mend the file; it is read again within seconds")
        links = [_link(problem) for problem in edge["problems"] if problem["machines"]]
        hop, look = "edge" if edge["name"] == "edge" else f"edge {edge['name']}", place.look("edge")
        if edge["state"] == "silent":
            yield Finding(hop, False, f"it said nothing for {now - edge['t'] / 1e6:.0f} s", look, follows=True)
        elif edge["state"] == "ended":
            yield Finding(hop, False, f"it was stopped {now - edge['t'] / 1e6:.0f} s ago", f"start it; {look}")
        else:
            seen = f"{edge['connected']} of {edge['machines']} machines are connected to the broker"
            well = edge["machines"] == edge["connected"] > 0
            yield Finding(hop, well, "; ".join([seen, *links]), "" if well else look, follows=True)


def _link(problem: dict[str, Any]) -> str:
    who = problem["machines"][0] if problem["count"] == 1 else f"{problem['count']} machines"
    return f"{who}: {problem['text']}"
