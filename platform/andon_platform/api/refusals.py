"""Refusals on their way into the audit log: who was known and might not, and which tokens were not accepted.

Whoever comes without a session and without a token is shown the way in, which is no refusal. The same refusal again is
written once a minute, with how often it came meanwhile, so that a program that asks in vain all day, or somebody who
guesses, fills neither the disk nor the log.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import structlog
from andon_security.audit import AuditLog

_log = structlog.get_logger(__name__)
AGAIN_S: Final = 60.0
#: Different refusals that are remembered, and so at most written a minute.
KEPT: Final = 200


class Refusals:
    """``note`` writes a refusal, or counts it where it was written a short while ago."""

    def __init__(self, audit: AuditLog, now: Callable[[], float] = time.monotonic) -> None:
        self._audit, self._now = audit, now
        self._noted: OrderedDict[tuple[str, str], tuple[float, int]] = OrderedDict()

    async def note(self, who: str, what: str) -> None:
        """``who`` is role and subject, or an address."""
        now, key = self._now(), (who[:128], what[:300])
        since, count = self._noted.get(key, (-AGAIN_S, 0))
        if now - since < AGAIN_S:
            self._noted[key] = (since, count + 1)
            return
        while self._noted and now - next(iter(self._noted.values()))[0] >= AGAIN_S and next(iter(self._noted)) != key:
            self._noted.popitem(last=False)
        if len(self._noted) >= KEPT and key not in self._noted:
            return
        self._noted[key] = (now, 0)
        self._noted.move_to_end(key)
        more: dict[str, Any] = {"again": count} if count else {}
        try:
            await asyncio.to_thread(partial(self._audit.append, "refusal", *key, **more))
        except OSError as error:  # a full disk: who is refused stays refused, and hears why
            _log.error("a refusal could not be written into the audit log", who=who, what=what, error=str(error))
            self._noted.pop(key, None)
