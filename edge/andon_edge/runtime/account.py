"""The edge's account of itself, told to the platform, so that whoever looks at a page reads why a machine is not there.

A file that is refused, a machine that the broker turns away: only the edge knows, and what it cannot send over the
broker it can still say over HTTP.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import structlog
from andon_contracts.identity import Identity

from andon_edge.link.api import PlatformApi, detail
from andon_edge.link.errors import ApiAway
from andon_edge.runtime.time import pause

_log = structlog.get_logger()

#: Seconds between two accounts; the platform takes an edge for silent after three of them.
EVERY_S: Final = 10.0
#: The last account must not keep the edge from ending.
_LAST_S: Final = 2.0
#: Problems told, machines named with each, and the longest text; the same limits hold at the API.
MOST_PROBLEMS, MOST_MACHINES, MOST_TEXT = 50, 20, 1_000


def problems_told(texts: Iterable[str], links: Mapping[Identity, str]) -> list[dict[str, Any]]:
    """``texts`` are the edge's own and its files', ``links`` those of machines: what many of an enterprise say alike is
    said once, with how many they are and the first of them. Each enterprise's stands for itself, since others must not
    read it."""
    alike: dict[tuple[str, str], list[str]] = {}
    for machine, text in links.items():
        alike.setdefault((machine.enterprise, text[:MOST_TEXT]), []).append(machine.path)
    told = [{"text": text[:MOST_TEXT], "count": 0, "machines": []} for text in texts]
    told += [{"text": text, "count": len(m), "machines": sorted(m)[:MOST_MACHINES]} for (_, text), m in alike.items()]
    return told[:MOST_PROBLEMS]


class Account:
    """Tells every :data:`EVERY_S`, and at once after :meth:`changed`; ``content`` as ``PUT /edges/{name}`` takes it."""

    def __init__(self, api: PlatformApi, name: str, content: Callable[[], dict[str, Any]]) -> None:
        self._api, self._path, self._content = api, f"/edges/{name}", content
        self._news = asyncio.Event()
        self._problems: list[dict[str, Any]] = []
        self._unheard = ""

    def changed(self, problems: list[dict[str, Any]]) -> None:
        """These problems there are now; if they are others than before, they are told at once."""
        if problems != self._problems:
            self._problems = problems
            self._news.set()

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            self._news.clear()
            await self._tell(self._content())
            await pause(self._news, EVERY_S)

    async def end(self) -> None:
        """That this edge ends is known, and not taken for silence."""
        try:
            async with asyncio.timeout(_LAST_S):
                await self._tell({**self._content(), "ended": True})
        except TimeoutError:
            pass

    async def _tell(self, content: dict[str, Any]) -> None:
        try:
            answer = await self._api.call("PUT", self._path, content)
            why = "" if answer.status_code < 300 else f"the API refused ({answer.status_code}): {detail(answer)}"
        except ApiAway as error:
            why = str(error)
        except Exception as error:  # whatever keeps it from being told: the machines do not stop for it
            why = repr(error)
        if why and why != self._unheard:  # machines run on; it is said again when the reason is another
            _log.info("the platform does not hear how this edge is", why=why)
        self._unheard = why
