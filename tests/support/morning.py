"""A time zone in which it is morning, whenever tests run: what a plant made today must not depend on the hour."""

from __future__ import annotations

from datetime import UTC, datetime


def zone_of_morning(now: datetime) -> str:
    """The IANA name of the zone in which it is between eight and nine o'clock: a shift has begun and does not end soon,
    and midnight is long past and far away."""
    ahead = (20 - now.astimezone(UTC).hour) % 24 - 12
    return f"Etc/GMT{-ahead:+d}"  # these count westwards


#: The same for all tests of a process, that none sees it change.
MORNING = zone_of_morning(datetime.now(UTC))
