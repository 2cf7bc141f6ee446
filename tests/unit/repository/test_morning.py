"""The zone in which tests run: it is eight o'clock there, at whatever hour somebody runs them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from support.morning import zone_of_morning


@pytest.mark.parametrize("hour", range(24))
def test_it_is_always_eight_o_clock_there(hour: int) -> None:
    now = datetime(2026, 11, 27, hour, 34, tzinfo=UTC)
    assert now.astimezone(ZoneInfo(zone_of_morning(now))).strftime("%H:%M") == "08:34"
