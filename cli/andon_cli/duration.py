"""Durations as people type them: 30s, 5m, 2h, 1d."""

from __future__ import annotations

import re

import typer

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def parse_duration(text: str, option: str | None = None) -> float:
    """Seconds; ``90`` alone is seconds as well. ``option``: for which it was given, such as ``--last``.

    Raises:
        typer.BadParameter: the text is no duration.
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?\s*", text)
    if not found:
        told = f"{text!r} is no duration; write a number and ms, s, m (minutes), h or d, for example 30s, 15m, 2h or 1d"
        raise typer.BadParameter(told, param_hint=option)
    return float(found[1]) * _UNITS[found[2] or "s"]


def duration_for_api(text: str, option: str) -> str:
    """The duration as the API reads it, which takes whole numbers and calls a number alone microseconds.

    Raises:
        typer.BadParameter: the text is no duration.
    """
    seconds = parse_duration(text, option)
    return text if re.fullmatch(r"\d+[a-z]+", text) else f"{round(seconds * 1e6)}us"
