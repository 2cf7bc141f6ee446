"""The edges' accounts of themselves, in memory: an edge says every ten seconds how it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from andon_platform.api.models_edges import EdgeAccount
from andon_platform.api.problems import TooMuch

#: Three accounts that did not come.
SILENT_US: Final = 30_000_000
#: An edge that was not heard for a day is forgotten, so that a name of the past does not stand on the pages for ever.
FORGOTTEN_US: Final = 86_400_000_000
_MOST_EDGES: Final = 200


class Edges:
    """Accounts by the edge's name."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self._said: dict[str, tuple[int, EdgeAccount]] = {}

    def say(self, name: str, account: EdgeAccount) -> None:
        """Keep an edge's account.

        Raises:
            TooMuch: so many edges nobody has; somebody makes names up.
        """
        now = self._now()
        self._said = {n: (t, a) for n, (t, a) in self._said.items() if now - t < FORGOTTEN_US}
        if name not in self._said and len(self._said) >= _MOST_EDGES:
            raise TooMuch(f"{_MOST_EDGES} edges are known; one more is not taken")
        self._said[name] = (now, account)

    def seen_by(self, tenant: str) -> list[dict[str, Any]]:
        """Every edge as :class:`EdgeView`, for a reader of one enterprise or of all (``*``). Who belongs to one reads
        what keeps its own machines away; what a file says is the whole stack's matter."""
        now = self._now()
        return [
            {
                "name": name,
                "t": t,
                "state": "ended" if account.ended else "silent" if now - t > SILENT_US else "here",
                **account.model_dump(exclude={"ended", "problems"}),
                "problems": _problems(account, tenant),
            }
            for name, (t, account) in sorted(self._said.items())
            if now - t < FORGOTTEN_US
        ]


def _problems(account: EdgeAccount, tenant: str) -> list[dict[str, Any]]:
    if tenant == "*":
        return [problem.model_dump() for problem in account.problems]
    # a problem's machines are of one enterprise; one that mixes them is nobody's but the whole stack's
    return [p.model_dump() for p in account.problems if {m.partition("/")[0] for m in p.machines} == {tenant}]
