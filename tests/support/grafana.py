"""The dashboard as Grafana would ask it: its queries with variables and time range put in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

DEPLOY = Path(__file__).parents[2] / "deploy" / "grafana"
#: What Grafana's InfluxDB plugin puts in for Flux, and what the dashboard defines itself.
_MACROS = re.compile(r"\bv\.(timeRangeStart|timeRangeStop|windowPeriod|defaultBucket|organization)\b|\$\{(\w+)\}")


def dashboard() -> dict[str, Any]:
    """The dashboard's file."""
    found: dict[str, Any] = json.loads((DEPLOY / "dashboards" / "plant.json").read_text(encoding="utf-8"))
    return found


def queries() -> Iterator[tuple[str, str]]:
    """(title or name of the variable, Flux) of each."""
    for variable in dashboard()["templating"]["list"]:
        yield variable["name"], variable["query"]["query"]
    for panel in dashboard()["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["query"]


def filled(flux: str, **values: str) -> str:
    """With everything put in. Raises ``KeyError`` for what nobody defines."""
    return _MACROS.sub(lambda m: values[m[1] or m[2]], flux)
