"""Many quarantined messages judged again after a fix, one after the other, in the background.

Each message is replayed for itself, exactly as a single one is: it is in the store with its rows and marked as
replayed, or it is in quarantine as before. So whatever ends a round early, the API's own end too, loses nothing: what
was not looked at still waits, and a new round with the same question goes on with it.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal

import structlog
from andon_security.audit import AuditLog
from andon_security.tokens import Principal

from andon_platform.api.held import Sieve, matching
from andon_platform.api.ports import IngestControl, Replayed
from andon_platform.api.problems import Conflict, Problem
from andon_platform.data.errors import StoreError
from andon_platform.data.port import TelemetryStore

_log = structlog.get_logger(__name__)
#: Messages of one round; a further round takes what is beyond.
MOST: Final = 100_000
#: Refusals that are shown as they are; all of them are counted.
EXAMPLES: Final = 20
#: Rounds that are remembered.
KEPT: Final = 20
#: Of a message that somebody else replayed meanwhile.
_BEFORE: Final = "replayed"
State = Literal["counting", "running", "done", "stopped", "interrupted"]


@dataclass(slots=True, eq=False)
class Round:
    """One bulk replay. ``looked`` of ``total`` were judged: ``stored``, or ``refused`` for ``reasons``, or ``gone``
    (replayed by somebody else meanwhile, or dropped by retention). ``more``: others match, beyond :data:`MOST`."""

    id: str
    by: str
    tenant: str
    sieve: Sieve
    started: int
    state: State = "counting"
    ended: int = 0
    total: int = 0
    looked: int = 0
    stored: int = 0
    gone: int = 0
    more: bool = False
    detail: str = ""
    reasons: Counter[str] = field(default_factory=Counter)
    examples: list[Replayed] = field(default_factory=list)
    task: asyncio.Task[None] | None = None

    @property
    def over(self) -> bool:
        """Whether nothing more will be looked at."""
        return self.state not in ("counting", "running")

    @property
    def refused(self) -> int:
        """Went back to quarantine."""
        return self.reasons.total()

    def take(self, answer: Replayed | None) -> None:
        """What became of a message."""
        self.looked += 1
        if answer is not None and answer.stored:
            self.stored += 1
        elif answer is None or answer.reason == _BEFORE:
            self.gone += 1
        else:
            self.reasons[answer.reason] += 1
            if len(self.examples) < EXAMPLES:
                self.examples.append(answer)


class Replaying:
    """One round at a time: a second one would only wait for the first, and judge the same messages."""

    def __init__(self, store: TelemetryStore, ingest: IngestControl, audit: AuditLog, now: Callable[[], int]) -> None:
        self._store, self._ingest, self._audit, self._now = store, ingest, audit, now
        self._rounds: dict[str, Round] = {}

    def begin(self, who: Principal, sieve: Sieve) -> Round:
        """Start a round over what is in quarantine now.

        Raises:
            Conflict: another one is under way.
        """
        if any(not r.over for r in self._rounds.values()):
            raise Conflict("a replay of many messages is under way; wait for it, or stop it")
        now = self._now()
        # what comes from now on is not meant, so that a machine that goes on failing does not keep the round going
        until = now + 1 if sieve.stop is None else min(sieve.stop, now + 1)
        sieve = Sieve(sieve.machine, sieve.reason, sieve.start, until)
        begun = Round(secrets.token_hex(8), f"{who.role}:{who.subject}", who.tenant, sieve, now)
        while len(self._rounds) >= KEPT:
            del self._rounds[next(iter(self._rounds))]
        self._rounds[begun.id] = begun
        begun.task = asyncio.create_task(self._run(begun, who), name="api-replay-many")
        return begun

    def find(self, who: Principal) -> list[Round]:
        """The rounds of the asker's tenant, newest first."""
        return [r for r in reversed(self._rounds.values()) if who.tenant in ("*", r.tenant)]

    def get(self, who: Principal, id: str) -> Round | None:
        """One of them."""
        return next((r for r in self.find(who) if r.id == id), None)

    async def stop(self, asked: Round) -> None:
        """End a round after the message that is being judged."""
        if not asked.over:
            asked.state = "stopped"
            if asked.task is not None:
                await asyncio.wait([asked.task])

    async def close(self) -> None:
        """The API ends: so does a round, after the message that is being judged."""
        for asked in self._rounds.values():
            if not asked.over:
                asked.detail = "the API was stopped"
                asked.state = "interrupted"
            if asked.task is not None and not asked.task.done():
                await asyncio.wait([asked.task])

    async def _run(self, round: Round, who: Principal) -> None:
        try:
            await self._note(round, "begins")
            ids: list[str] = []
            async for held in matching(self._store, who, round.sieve):
                if round.over:
                    break
                if not held.replayed:
                    ids.append(held.id)
                    round.total = min(len(ids), MOST)
                if len(ids) > MOST:
                    round.more = True
                    break
            if round.state == "counting":
                round.state = "running"
            # the oldest first, as they came
            for id in reversed(ids[:MOST]):
                if round.over:
                    break
                answer = await self._ingest.replay(id)
                round.take(answer)
                if answer is not None:
                    what = f"replay {id}: {'stored' if answer.stored else answer.reason}"
                    await asyncio.to_thread(self._audit.append, "replay", round.by, what, round=round.id)
            if not round.over:
                round.state = "done"
        except ConnectionError as error:
            round.state, round.detail = "interrupted", f"ingest cannot be reached: {error}"
        except (StoreError, Problem, OSError) as error:
            round.state, round.detail = "interrupted", str(error)
        except Exception as error:
            round.state, round.detail = "interrupted", f"{type(error).__name__}; the log of the API says more"
            _log.error("a replay of many messages failed", exc_info=error)
        finally:
            round.ended = self._now()
            try:
                await self._note(round, f"{round.state}: {round.stored} stored, {round.refused} refused")
            except OSError as error:
                _log.error("the audit log does not take the end of a replay", error=str(error))

    async def _note(self, round: Round, what: str) -> None:
        sieve = round.sieve
        asked = {"machine": sieve.machine, "reason": sieve.reason, "start": sieve.start, "stop": sieve.stop}
        more = {name: value for name, value in asked.items() if value is not None}
        await asyncio.to_thread(self._audit.append, "replay", round.by, f"replay of many {round.id} {what}", **more)
