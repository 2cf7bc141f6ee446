"""Following: the next telemetry message of a machine has its time noted at each hop of ingest.

Nothing is noted of other messages, and while nobody follows any, the way of a message is one look at an empty dict
longer.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from msgspec import UNSET

from andon_platform.flow.trace import SHOWN_BYTES, Trace
from andon_platform.ingest.judge import Held, Sound

K = TypeVar("K")

#: A request is forgotten after this; a machine that is silent so long is not followed any more.
LIFE_US: Final = 120_000_000
#: Requests that are remembered at once; the oldest go.
MOST: Final = 200


class Follower:
    """``now`` is the wall clock. All of it runs in ingest's loop."""

    def __init__(self, now: Callable[[], int], new_id: Callable[[], str] = lambda: secrets.token_hex(8)) -> None:
        self._now, self._new_id = now, new_id
        self._traces: dict[str, Trace] = {}
        #: Machine to the requests for its next message. Empty: nothing is wanted.
        self.wanted: dict[str, list[Trace]] = {}
        #: What a message is known by to the traces of it.
        self.under_way: dict[object, list[Trace]] = {}

    def follow(self, machine: str) -> Trace:
        """The next message of the machine from now on."""
        self._forget()
        trace = Trace(self._new_id(), machine, self._now())
        self._traces[trace.id] = trace
        self.wanted.setdefault(machine, []).append(trace)
        return trace

    def get(self, id: str) -> Trace | None:
        """How far it has come; None: no such request, or forgotten."""
        self._forget()
        return self._traces.get(id)

    def _forget(self) -> None:
        """Requests that are too old or too many."""
        old, surplus = self._now() - LIFE_US, len(self._traces) - MOST
        gone = {id for n, (id, t) in enumerate(self._traces.items()) if t.asked < old or n < surplus}
        if gone:
            self._traces = {id: t for id, t in self._traces.items() if id not in gone}
            self.wanted = _without(self.wanted, gone)
            self.under_way = _without(self.under_way, gone)

    # --- the message's way ------------------------------------------------------------------------------------

    def taken(self, machine: str, verdict: Sound | Held, topic: bytes, payload: bytes, received: int) -> None:
        """A message of a wanted machine was judged; one that was there before is not taken a second time."""
        traces, judged = self.wanted.pop(machine), self._now()
        for trace in traces:
            trace.topic, trace.payload = topic.decode(errors="replace"), payload[:SHOWN_BYTES]
            trace.size, trace.received, trace.judged = len(payload), received, judged
            trace.keyed, trace.seq = verdict.key is not None, verdict.seq
            if verdict.key is not None:
                trace.epoch = verdict.key[1]
            if isinstance(verdict, Sound):
                message = verdict.message
                trace.values, trace.measured = verdict.values, verdict.newest
                trace.samples = len(getattr(message, "samples", ()))
                journaled = getattr(message, "journaled", UNSET)
                trace.journaled = 0 if journaled is UNSET else journaled
        self.under_way[_known_by(verdict)] = traces

    def written(self, verdicts: Sequence[Sound | Held]) -> None:
        """These are durable, together."""
        now = self._now()
        for verdict in verdicts:
            for trace in self.under_way.get(_known_by(verdict), ()):
                trace.written, trace.batch = now, len(verdicts)
                trace.outcome = "stored" if isinstance(verdict, Sound) else "quarantined"
                if isinstance(verdict, Held):
                    trace.reason, trace.detail = verdict.found.reason, verdict.found.detail

    def acknowledged(self) -> None:
        """What was written last is acknowledged: one batch is written at a time."""
        now = self._now()
        self._note(lambda t: bool(t.written and not t.acknowledged), "acknowledged", now)

    def told(self, machine: str, settled: Callable[[tuple[str, int]], int]) -> None:
        """The machine's watermark was published; ``settled`` gives an epoch's mark."""
        now = self._now()
        self._note(
            lambda t: bool(t.machine == machine and t.written and t.keyed and settled((machine, t.epoch)) >= t.seq),
            "watermark",
            now,
        )

    def _note(self, which: Callable[[Trace], bool], hop: str, now: int) -> None:
        for key, traces in list(self.under_way.items()):
            for trace in traces:
                if which(trace) and not getattr(trace, hop):
                    setattr(trace, hop, now)
            if all(t.done for t in traces):
                del self.under_way[key]


def _known_by(verdict: Sound | Held) -> object:
    if verdict.key is not None:
        return verdict.key, verdict.seq
    return verdict.found.id if isinstance(verdict, Held) else None


def _without(table: dict[K, list[Trace]], gone: set[str]) -> dict[K, list[Trace]]:
    left = ((key, [t for t in traces if t.id not in gone]) for key, traces in table.items())
    return {key: traces for key, traces in left if traces}
