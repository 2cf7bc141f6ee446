"""The plant's calendar: when manual work is done. All times are plant time, read in the site's time zone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from andon_edge.library.model import ShiftModel
from andon_edge.library.specs import WorldSpec

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MINUTE = 60_000_000
_DAY_MINUTES = 1440


class Calendar:
    """Shifts with breaks and days off; without shifts someone is always there."""

    def __init__(self, shifts: Sequence[ShiftModel] = (), days_off: Sequence[str] = (), zone: str = "UTC") -> None:
        self._shifts = list(shifts)
        self._off = frozenset(days_off)
        self._zone = ZoneInfo(zone)
        #: The last minute that was asked for: machines that work together ask for the same one again and again.
        self._known: tuple[int, datetime] = (-1, datetime.min)

    def _local(self, plant: int) -> datetime:
        """Local time, to the minute."""
        minute = plant // _MINUTE
        if self._known[0] != minute:
            self._known = (minute, datetime.fromtimestamp(minute * 60, UTC).astimezone(self._zone))
        return self._known[1]

    def month(self, plant: int) -> str:
        """``yymm`` of a serial number."""
        return self._local(plant).strftime("%y%m")

    def day_fraction(self, plant: int) -> float:
        """The time of day, 0 at local midnight, 1 at the next."""
        local = self._local(plant)
        return (local.hour * 60 + local.minute) / _DAY_MINUTES

    def closed(self, plant: int) -> str:
        """Why nobody works at this plant time, or ``""``."""
        if not self._shifts:
            return ""
        local = self._local(plant)
        for shift in self._shifts:
            start, end = _minutes(shift.start), _minutes(shift.end)
            length = (end - start) % _DAY_MINUTES or _DAY_MINUTES
            here = local.hour * 60 + local.minute
            since = (here - start) % _DAY_MINUTES
            day = local if here >= start else local - timedelta(days=1)  # a night shift belongs to its first day
            if since >= length or _DAYS[day.weekday()] not in shift.days:
                continue
            if day.strftime("%Y-%m-%d") in self._off:
                return "Day off"
            for begin, stop in shift.breaks:
                lasts = (_minutes(stop) - _minutes(begin)) % _DAY_MINUTES
                if (here - _minutes(begin)) % _DAY_MINUTES < lasts:
                    return "Break"
            return ""
        return "Out of shift"

    @staticmethod
    def next_minute(plant: int) -> int:
        """The next full minute: the calendar changes at no other time."""
        return (plant // _MINUTE + 1) * _MINUTE


def calendar_of(spec: WorldSpec, zone: str | None = None) -> Calendar:
    """The calendar of the world's plant in a site's time zone; without a plant someone is always there."""
    if spec.plant is None:
        return Calendar()
    model = spec.plant.model
    return Calendar(model.shifts, model.days_off, zone or model.sites[0].time_zone)


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)
