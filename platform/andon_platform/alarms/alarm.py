"""One alarm: its state after ISA-18.2, and what changes it. No database, no clock of its own.

An alarm is a condition of a machine that needs somebody's attention; it is named by machine and code, and comes and
goes many times. ISA-18.2's states, by the letters of its state diagram:

A  normal            no condition, nothing to see
B  unacknowledged    the condition is there, nobody has seen it
C  acknowledged      the condition is there, and was seen
D  RTN unacknowledged (``returned``)  the condition returned to normal before anybody saw it
G  shelved           silenced by a person, for a time
I  out of service    silenced by a person, until it is returned

Left out: latched alarms (E unacknowledged, F acknowledged) and suppression by design (H). A controller that latches
keeps its condition up until it is reset, so it is B or C here; and nothing here suppresses an alarm by logic. What
comes back from G or I comes back to A without its condition and to B with it, whatever it was before.

The standard is not free to read. What its diagram says was held against what others write of it: OPC 10000-9 (OPC UA
Alarms and Conditions, whose terms are ISA-18.2's), DEIF's PPM 300 designer's handbook (E and F), and PyAutomation's
documentation of its alarms (all transitions).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from andon_contracts.messages import Severity

State = Literal["normal", "unacknowledged", "acknowledged", "returned", "shelved", "out-of-service"]
#: Who says so: the machine's own controller, or a detector.
Source = Literal["machine", "detector"]
#: An alarm can be shelved for a shift and a bit; what shall be silent for longer is taken out of service. The length is
#: Andon's own: ISA-18.2 asks for a limit, and leaves it to the plant's alarm philosophy.
MAX_SHELF_US = 12 * 3_600_000_000


class AlarmRefused(ValueError):
    """What is asked does not fit the alarm's state; says why."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """Times are microseconds UTC, 0: never. ``raised`` and ``cleared`` are of its last coming and going, ``count`` how
    often it came. ``shelved_until``: when the shelf gives it back; ``out_of_service``: until somebody returns it."""

    machine: str
    code: str
    source: Source
    severity: Severity
    text: str = ""
    active: bool = False
    acknowledged: bool = True
    raised: int = 0
    cleared: int = 0
    count: int = 0
    acknowledged_at: int = 0
    acknowledged_by: str = ""
    shelved_until: int = 0
    out_of_service: bool = False

    @property
    def id(self) -> str:
        """Unique: a machine's codes are its own."""
        return f"{self.machine}:{self.code}"

    def state(self, now: int) -> State:
        """As ISA-18.2 has it; what is shelved or out of service hides the rest."""
        if self.out_of_service:
            return "out-of-service"
        if self.shelved_until > now:
            return "shelved"
        if self.active:
            return "acknowledged" if self.acknowledged else "unacknowledged"
        return "normal" if self.acknowledged else "returned"

    def came(self, t: int, severity: Severity, text: str) -> Alarm:
        """The condition is there; while it already was, only its words change."""
        if self.active:
            return replace(self, severity=severity, text=text)
        return replace(
            self, active=True, acknowledged=False, raised=t, count=self.count + 1, severity=severity, text=text,
            acknowledged_at=0, acknowledged_by="",
        )  # fmt: skip

    def went(self, t: int) -> Alarm:
        """The condition is over."""
        return replace(self, active=False, cleared=t) if self.active else self

    def acknowledge(self, t: int, by: str) -> Alarm:
        """Somebody has seen it.

        Raises:
            AlarmRefused: it was acknowledged, or never came.
        """
        if self.acknowledged:
            who = f"{self.acknowledged_by} acknowledged it" if self.acknowledged_by else "it is normal"
            raise AlarmRefused(f"{self.id}: nothing to acknowledge, {who}")
        return replace(self, acknowledged=True, acknowledged_at=t, acknowledged_by=by)

    def shelve(self, now: int, until: int) -> Alarm:
        """Silence it until then.

        Raises:
            AlarmRefused: a time that is over or too far, or the alarm is out of service.
        """
        if self.out_of_service:
            raise AlarmRefused(f"{self.id} is out of service: return it before it can be shelved")
        if not now < until <= now + MAX_SHELF_US:
            raise AlarmRefused(f"an alarm is shelved for at most {MAX_SHELF_US // 3_600_000_000} hours from now")
        return replace(self, shelved_until=until)

    def back(self) -> Alarm:
        """No longer silent: unacknowledged if its condition is there, normal if not."""
        back = replace(self, shelved_until=0, out_of_service=False, acknowledged=not self.active)
        return replace(back, acknowledged_at=0, acknowledged_by="") if self.active else back

    def unshelve(self, now: int) -> Alarm:
        """Take it from the shelf; see :meth:`back`.

        Raises:
            AlarmRefused: it is not there.
        """
        if self.shelved_until <= now:
            raise AlarmRefused(f"{self.id} is not shelved")
        return self.back()

    def service(self, out: bool) -> Alarm:
        """Take it out of service, or return it (see :meth:`back`).

        Raises:
            AlarmRefused: so it is already.
        """
        if out == self.out_of_service:
            raise AlarmRefused(f"{self.id} is {'already out of' if out else 'in'} service")
        return replace(self, out_of_service=True, shelved_until=0) if out else self.back()
