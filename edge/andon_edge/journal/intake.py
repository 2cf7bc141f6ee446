"""What is put into the journal: messages are numbered, the rest is held with them until the next commit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec
import structlog
from andon_contracts.codec import encode
from andon_contracts.errors import MessageError
from andon_contracts.messages import ClockSegment, Telemetry, Voided

from andon_edge.journal.contents import Contents, Entry
from andon_edge.journal.stream import Stream
from andon_edge.ports import Outgoing

_log = structlog.get_logger()
#: Declared ranges remembered per machine; one that is forgotten is at worst declared again.
_DECLARED = 1_000


class Intake(Contents):
    """Nothing here writes to the file."""

    def stream(self, path: str) -> Stream:
        """The machine's numbering, begun with a new epoch if it has none."""
        if path not in self.streams:
            # written with the next commit: a machine may come while the disk takes nothing
            self.streams[path] = self._dirty[path] = Stream(self._next_id, path, self._now())
            self._next_id += 1
        return self.streams[path]

    def put(self, message: Outgoing) -> None:
        """Number the message and hold it for the next commit. One that is too large is refused and voided."""
        stream, now = self.stream(message.machine), self._now()
        stream.stamp(message, now)
        if isinstance(message, Telemetry):
            message.journaled = now
        self._dirty[stream.path] = stream
        try:
            payload = encode(message)
        except MessageError as error:
            _log.warning("message refused before the journal", machine=stream.path, error=str(error))
            self._void(stream, message.epoch, message.seq, message.seq, "too-large")
            return
        channel = "telemetry" if isinstance(message, Telemetry) else "event"
        self._entries.append(Entry(stream, message.epoch, message.seq, channel, payload))
        stream.pending += 1

    def declare_void(self, path: str, epoch: int, first: int, last: int, reason: str) -> None:
        """Say, as a counted event, that these messages will never come (they are not in the journal)."""
        stream = self.stream(path)
        if (epoch, first, last) not in stream.declared:
            self._void(stream, epoch, first, last, reason, counted=False)

    def _void(self, stream: Stream, epoch: int, first: int, last: int, reason: str, *, counted: bool = True) -> None:
        if len(stream.declared) >= _DECLARED:
            stream.declared.clear()
        stream.declared.add((epoch, first, last))
        if counted:  # these were sent by this journal; others were lost with an older one, which counted them
            stream.voided += last - first + 1
        # right behind the last message: now could lie ahead of samples that are still to be put
        t = min(self._now(), stream.last_t + 1) if stream.last_t else self._now()
        self.put(
            Voided(machine=stream.path, epoch=0, seq=0, t=t, of_epoch=epoch, first=first, last=last, reason=reason)
        )

    def keep_state(self, world: str, state: Mapping[str, bytes]) -> None:
        """A world's changed state, for the transaction that holds what it said."""
        self._states += [(world, key, value) for key, value in state.items()]

    def keep_clock(self, enterprise: str, segments: Iterable[ClockSegment]) -> None:
        """A plant's clock."""
        self._clocks.append((enterprise, msgspec.json.encode(list(segments)).decode()))

    def keep_reply(self, owner: str, command_id: str, payload: bytes) -> None:
        """The answer to a command, so that it is not performed a second time."""
        self._replies.append((owner, command_id, payload))

    def adopt(self, path: str, sent: int, last_t: int) -> None:
        """Count messages of a past of the machine, the last of ``last_t`` (us UTC), that the platform has settled
        already, so that sums still agree and what is missing since is a gap from there."""
        stream = self.stream(path)
        stream.sent += sent
        stream.last_t = max(stream.last_t, last_t)
        self._dirty[path] = stream

    def begin_epoch(self, stream: Stream) -> None:
        """From the next message on the machine counts anew."""
        stream.begin_epoch(self._now())
        self._dirty[stream.path] = stream

    def next_session(self, stream: Stream) -> int:
        """A session number that grows with each connection, even if the journal before was lost."""
        stream.session = max(stream.session + 1, self._now())
        self._dirty[stream.path] = stream
        return stream.session

    def settle(self, stream: Stream, epoch: int, settled: int) -> None:
        """Forget messages up to ``settled`` with the next commit."""
        key = (stream.id, epoch)
        if settled > self._trims.get(key, (stream, 0))[1]:
            self._trims[key] = (stream, settled)

    @property
    def has_work(self) -> bool:
        """Whether a commit would write anything."""
        return bool(self._entries or self._trims or self._states or self._clocks or self._replies or self._dirty)
