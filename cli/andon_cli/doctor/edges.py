"""What edges say of their files and of their machines' links, told alike wherever it is read: in a demo from the edge's
own file, and where no file of its can be read from what it told the platform.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from andon_contracts.command_line import as_typed

from andon_cli.demo.problems import Problem
from andon_cli.doctor.finding import Finding, Place

#: The hop of the one edge that a stack has as it is delivered.
HOP = "machines"
_ONLY = "edge"


def edges(told: list[dict[str, Any]], place: Place, now: float) -> Iterator[Finding]:
    """``told`` is ``edges`` of the API's ``/flow``; ``now`` in seconds since 1970."""
    for edge in told:
        problems = [Problem(p["text"], tuple(p["machines"]), p["count"]) for p in edge["problems"]]
        yield from files(problems)
        hop, look = HOP if edge["name"] == _ONLY else f"{HOP} of {edge['name']}", place.look("edge")
        ago = f"{now - edge['t'] / 1e6:.0f} s"
        if edge["state"] == "silent":
            yield Finding(hop, False, f"the edge said nothing for {ago}", look, follows=True)
        elif edge["state"] == "ended":
            yield Finding(hop, False, f"the edge was stopped {ago} ago", f"start it; {look}")
        else:
            yield links(hop, edge["machines"], edge["connected"], problems, look)


def files(problems: Sequence[Problem]) -> Iterator[Finding]:
    """Each file that is refused."""
    for problem in problems:
        if not problem.machines:
            yield Finding("machine files", False, problem.text, "mend the file; it is read again within seconds")


def links(hop: str, machines: int, connected: int, problems: Sequence[Problem], look: str) -> Finding:
    """How many of the machines are connected, and what keeps the others away; ``look`` says where more is told."""
    away = (str(problem) for problem in problems if problem.machines)
    seen = "; ".join([f"{connected} of {machines} are connected to the broker", *away])
    if machines == connected > 0:
        return Finding(hop, True, seen, follows=True)
    refused = any(not problem.machines for problem in problems)
    new = f"{'mend the files above, or add one' if refused else 'add a file'}: {as_typed('andon machine new')}"
    return Finding(hop, False, seen, look if machines else new, follows=True)
