"""One machine's numbering: its epoch, the next sequence number and the last stamp."""

from __future__ import annotations

from dataclasses import dataclass, field

from andon_contracts.messages import Telemetry

from andon_edge.ports import Outgoing

#: A stamp may lie this far (microseconds) behind the last one, because two sources of a machine's messages
#: (its world, and the runtime that marks a gap) read the clock at different moments. Further back, the clock
#: was set, and a new epoch begins.
STEP_BACK_US = 5_000_000


@dataclass(slots=True)
class Stream:
    """What the journal knows of a machine. ``sent``, ``settled`` and ``voided`` count over all epochs."""

    id: int
    path: str
    epoch: int
    next_seq: int = 1
    last_t: int = 0
    session: int = 0
    sent: int = 0
    voided: int = 0
    pending: int = 0
    asked: dict[tuple[int, int, int], int] = field(default_factory=dict)
    declared: set[tuple[int, int, int]] = field(default_factory=set)

    @property
    def settled(self) -> int:
        """Messages that left the journal because the platform settled them."""
        return self.sent - self.pending - self.voided

    def begin_epoch(self, now: int) -> None:
        """Count from 1 again under a number that was never used: wall time, or more if the clock stepped back."""
        self.epoch = max(self.epoch + 1, now)
        self.next_seq, self.last_t = 1, 0

    def stamp(self, message: Outgoing, now: int) -> None:
        """Give the message its epoch, its number and stamps that grow strictly within the epoch."""
        first = message.samples[0].t if isinstance(message, Telemetry) else message.t
        behind = self.last_t - first
        if behind >= STEP_BACK_US:
            self.begin_epoch(now)
        elif behind >= 0:
            _move(message, behind + 1)
        message.epoch, message.seq = self.epoch, self.next_seq
        self.next_seq += 1
        self.sent += 1
        self.last_t = message.samples[-1].t if isinstance(message, Telemetry) else message.t


def _move(message: Outgoing, by: int) -> None:
    if isinstance(message, Telemetry):
        for sample in message.samples:
            sample.t += by
    else:
        message.t += by
