"""Durations as people type them: 30s, 5m, 2h, 1d."""

from __future__ import annotations

import re

import typer

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def parse_duration(text: str) -> float:
    """Seconds; ``90`` alone is seconds as well.

    Raises:
        typer.BadParameter: the text is no duration.
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?\s*", text)
    if not found:
        raise typer.BadParameter(f"{text!r} is no duration; write 30s, 5m, 2h or 1d")
    return float(found[1]) * _UNITS[found[2] or "s"]
