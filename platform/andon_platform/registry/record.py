"""A machine as the registry knows it, and how news about it change it. No database, no clock of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from andon_contracts.identity import Identity
from andon_contracts.messages import Birth, Death, Event, OperationFinished, OperationStarted, StateChanged

#: ``online``; ``ended``: by its own will or the broker's; ``silent``: nothing came; ``removed``: its file is gone.
Presence = Literal["online", "ended", "silent", "removed"]
What = Literal["birth", "death", "silent", "back", "removed"]

#: A machine is silent after this many publish intervals (DESIGN, *Wire*), yet never before ``SILENCE_FLOOR_S``:
#: a hiccup of a laptop is no death.
SILENT_INTERVALS = 3
SILENCE_FLOOR_S = 5.0


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of a machine's history."""

    path: str
    t: int
    what: What
    session: int
    epoch: int
    reason: str = ""


@dataclass(slots=True)
class Machine:
    """Current knowledge; times in microseconds UTC. ``heard`` is when anything last came, by the API's clock."""

    identity: Identity
    birth: Birth
    presence: Presence
    session: int
    first_seen: int
    last_seen: int
    heard: int
    state: str = "idle"
    reason: str = ""
    text: str = ""
    state_since: int = 0
    unit: str = ""
    product: str = ""

    @property
    def path(self) -> str:
        return self.identity.path

    @property
    def online(self) -> bool:
        return self.presence == "online"

    @property
    def shown_state(self) -> str:
        """The state on the board: its own, or ``offline``, the registry's word."""
        return self.state if self.online else "offline"

    def silence_us(self) -> int:
        """After how long without a message the machine counts as silent."""
        return round(max(SILENT_INTERVALS * self.birth.interval_s, SILENCE_FLOOR_S) * 1e6)

    def born(self, birth: Birth, now: int) -> Happening | None:
        """A birth came, maybe the retained one again. An older session's changes nothing."""
        if birth.session < self.session:
            return None
        again = birth.session == self.session and self.presence in ("online", "silent")
        self.birth = birth
        self.session = birth.session
        self.heard = now
        if again:
            # The retained birth proves nothing: the machine may have died together with its broker.
            return None
        self.presence = "online"
        self.last_seen = max(self.last_seen, birth.t)
        return Happening(self.path, birth.t or now, "birth", birth.session, birth.epoch)

    def died(self, death: Death, now: int) -> Happening | None:
        """A death came; that of an older session is ignored."""
        if death.session < self.session or self.presence in ("ended", "removed"):
            return None
        self.session = death.session
        self.presence = "ended"
        self.last_seen = max(self.last_seen, now)
        return Happening(self.path, now, "death", death.session, self.birth.epoch, death.reason)

    def removed(self, now: int) -> Happening | None:
        """Its retained birth was cleared: the machine's file is gone; what it did stays."""
        if self.presence == "removed":
            return None
        self.presence = "removed"
        return Happening(self.path, now, "removed", self.session, self.birth.epoch)

    def said(self, now: int) -> Happening | None:
        """Telemetry or an event came. Only silence is undone by it: a late message revives nobody."""
        self.heard = self.last_seen = now
        if self.presence != "silent":
            return None
        self.presence = "online"
        return Happening(self.path, now, "back", self.session, self.birth.epoch)

    def fell_silent(self, now: int) -> Happening | None:
        """Nothing came for too long, whatever the broker says."""
        if self.presence != "online" or now - self.heard <= self.silence_us():
            return None
        self.presence = "silent"
        waited = (now - self.heard) / 1e6
        reason = f"nothing heard for {waited:.0f} s"
        return Happening(self.path, now, "silent", self.session, self.birth.epoch, reason)

    def lived(self, event: Event) -> bool:
        """Take state and work from an event; True if what is shown changed."""
        before = (self.state, self.reason, self.text, self.state_since, self.unit, self.product)
        if isinstance(event, StateChanged) and event.t >= self.state_since:
            if event.state != self.state or event.reason != self.reason or not self.state_since:
                self.state_since = event.t
            self.state, self.reason, self.text = event.state, event.reason, event.text
        elif isinstance(event, OperationStarted):
            self.unit, self.product = event.unit, event.product
        elif isinstance(event, OperationFinished) and event.unit == self.unit:
            self.unit = ""
        return before != (self.state, self.reason, self.text, self.state_since, self.unit, self.product)
