"""Limits of every query, and how times and intervals are written."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from andon_platform.api.problems import BadQuestion, TooMuch

MAX_POINTS: Final = 20_000
"""Points of one series; the same day at 4 Hz is 345,600, so ask for buckets."""
MAX_SERIES: Final = 20
MAX_TOTAL_POINTS: Final = 100_000
MAX_RANGE_US: Final = 400 * 86_400 * 1_000_000
"""A year and a bit."""
MAX_EVENTS: Final = 10_000
MAX_PLACES: Final = 200
"""Machines or places named in one question."""
MAX_RANGE_TEXT: Final = "400 days"

_MAX_T = 9_007_199_254_740_991
_UNITS = {"us": 1, "ms": 1_000, "s": 1_000_000, "m": 60_000_000, "h": 3_600_000_000, "d": 86_400_000_000}
_DURATION = re.compile(r"(\d{1,15})(us|ms|s|m|h|d)\Z")
#: Bucket lengths that people read well; the smallest one that gives at most the wanted points is taken.
_STEPS_S = (
    0.1,
    0.2,
    0.5,
    1,
    2,
    5,
    10,
    15,
    30,
    60,
    120,
    300,
    600,
    900,
    1800,
    3600,
    7200,
    10800,
    21600,
    43200,
    86400,
    604800,
)


def duration(text: str, what: str = "every", written: str = "") -> int:
    """``10s``, ``1m``, ``250ms`` or a number of microseconds, as microseconds. ``written``: how the asker wrote it,
    where that is not ``text``.

    Raises:
        BadQuestion: anything else, or nothing.
    """
    found = _DURATION.match(text if not text.isascii() or not text.isdigit() else f"{text}us")
    amount = int(found[1]) * _UNITS[found[2]] if found else 0
    if not 0 < amount <= MAX_RANGE_US:
        raise BadQuestion(
            f"{what}={(written or text)!r}: write 10s, 1m, 1h, or microseconds; more than 0, at most {MAX_RANGE_TEXT}"
        )
    return amount


def moment(text: str, now: int, what: str) -> int:
    """A time: microseconds UTC, ISO 8601, ``now``, or relative as ``-1h``. Microseconds UTC.

    Raises:
        BadQuestion: none of these.
    """
    if text == "now":
        return now
    if text.startswith("-") and text[1:].isascii() and text[1:].isdigit():
        raise BadQuestion(f"{what}={text!r}: say of what: {text}s, {text}m or {text}h")
    if text.startswith("-") and len(text) > 1:
        return now - duration(text[1:], what, text)
    if text.isascii() and text.isdigit() and len(text) <= 16 and int(text) <= _MAX_T:
        return int(text)
    try:
        # a plus sign in a query string arrives as a space
        found = dt.datetime.fromisoformat(text.replace(" ", "+") if re.search(r" \d\d:?\d\d\Z", text) else text)
        found = found if found.tzinfo else found.replace(tzinfo=dt.UTC)
        t = round(found.timestamp() * 1e6)
    except (ValueError, OverflowError) as error:
        raise BadQuestion(
            f"{what}={text!r}: write microseconds UTC, ISO 8601 (2026-11-23T14:05:00Z), now, or -1h"
        ) from error
    if not 0 <= t <= _MAX_T:
        raise BadQuestion(f"{what}={text!r}: a time from 1970 to 2255")
    return t


def span(start: str, stop: str, now: int) -> tuple[int, int]:
    """[start, stop) in microseconds, checked.

    Raises:
        BadQuestion: unreadable, or the end does not come after the beginning.
        TooMuch: longer than :data:`MAX_RANGE_US`.
    """
    first, last = moment(start, now, "start"), moment(stop, now, "stop")
    if last <= first:
        raise BadQuestion(f"stop ({last}) must come after start ({first})")
    if last - first > MAX_RANGE_US:
        raise TooMuch(f"the range is longer than {MAX_RANGE_TEXT}", limit="range", maximum=MAX_RANGE_TEXT)
    return first, last


def so_far(start: str, stop: str, now: int) -> tuple[int, int]:
    """As :func:`span`, until now at most: what has not been yet is no time in which nothing happened. A range that
    lies ahead is its first microsecond."""
    first, last = span(start, stop, now)
    return first, max(min(last, now), first + 1)


def written(us: int) -> str:
    """A duration as :func:`duration` reads it."""
    for unit, length in (("h", 3_600_000_000), ("m", 60_000_000), ("s", 1_000_000)):
        if us % length == 0:
            return f"{us // length}{unit}"
    return f"{us}us"


def bucket_for(start: int, stop: int, points: int) -> int:
    """The bucket (microseconds) that gives at most ``points`` over the range."""
    wanted = -(-(stop - start) // points)
    for step in _STEPS_S:
        if step * 1_000_000 >= wanted:
            return round(step * 1_000_000)
    return -(-wanted // 86_400_000_000) * 86_400_000_000
