"""How answers are written: JSON by msgspec, CSV where the asker prefers it."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from fastapi import Request
from fastapi.responses import Response

CSV = "text/csv"
_encode = msgspec.json.Encoder().encode
#: What every route may answer besides its own.
PROBLEMS: dict[int | str, dict[str, Any]] = {
    code: {"description": text, "content": {"application/problem+json": {"schema": {"$ref": _ref}}}}
    for _ref in ("#/components/schemas/ProblemView",)
    for code, text in {
        400: "The question cannot be answered as asked",
        401: "Not signed in",
        403: "Not allowed",
        404: "No such thing",
        413: "The body is too large",
        422: "Invalid, or beyond a limit",
        429: "Too many failed attempts",
        503: "A part of the stack cannot be reached",
    }.items()
}


def json(content: Any, status: int = 200) -> Response:
    """JSON without going through a model again; the models are what OpenAPI and the tests hold it to."""
    return Response(_encode(content), status, media_type="application/json", headers={"Vary": "Accept"})


def _wishes(request: Request) -> dict[str, float]:
    """Media types and ranges of ``Accept`` with their quality (RFC 9110, 12.5.1)."""
    asked: dict[str, float] = {}
    for part in request.headers.get("accept", "").split(","):
        name, *parameters = (p.strip() for p in part.split(";"))
        quality = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key == "q":
                try:
                    quality = float(value)
                except ValueError:
                    quality = 0.0
        asked[name.lower()] = max(asked.get(name.lower(), 0.0), quality)
    return asked


def _wish(asked: dict[str, float], kind: str) -> float:
    return max(asked.get(kind, 0.0), asked.get(f"{kind.partition('/')[0]}/*", 0.0))


def preferred(request: Request, *kinds: str) -> str | None:
    """Which of these media types ``Accept`` prefers to JSON; None where it is JSON, or has no preference."""
    asked = _wishes(request)
    best = max(kinds, key=lambda kind: _wish(asked, kind))
    return best if _wish(asked, best) > _wish(asked, "application/json") else None


def asked_for(request: Request, kinds: Sequence[str]) -> str | None:
    """The best liked of these media types, the first where nothing is preferred; None if none of them is wanted."""
    asked = _wishes(request)
    anything = asked.get("*/*", 0.0 if any(asked) else 1.0)
    best = max(kinds, key=lambda kind: _wish(asked, kind) or anything)
    return best if _wish(asked, best) or anything else None


def wants_csv(request: Request) -> bool:
    """Whether ``Accept`` prefers CSV to JSON; without a preference it is JSON."""
    return preferred(request, CSV) is not None


def as_csv(header: Sequence[str], rows: Iterable[Sequence[Any]], name: str) -> Response:
    """A table with a header line (RFC 4180)."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows(rows)
    headers = {"Vary": "Accept", "Content-Disposition": f'inline; filename="{name}.csv"'}
    return Response(text.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def iso(t: int) -> str:
    """Microseconds UTC as ISO 8601, for people and spreadsheets."""
    return dt.datetime.fromtimestamp(t / 1e6, dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
