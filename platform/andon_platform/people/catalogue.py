"""Reasons to choose from when a machine stands, by the state it stands in.

After the loss trees of OEE: breakdowns, set-up and adjustment, minor stops, and waiting, which ISO 22400-2 counts as
unit delay time (ADET) or operation delay time (ADOT). Source: S. Nakajima, *Introduction to TPM* (1988), the six big
losses; ISO 22400-2:2014, time model of work units. A person may always write another reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from andon_platform.people.calls import Help


@dataclass(frozen=True, slots=True)
class Reason:
    """``code`` never changes, ``title`` is what people and the Pareto show; ``help`` is whom one calls for it."""

    code: str
    title: str
    help: Help | None = None


CATALOGUE: Final[dict[str, tuple[Reason, ...]]] = {
    "down": (
        Reason("breakdown-mechanical", "Mechanical breakdown", "maintenance"),
        Reason("breakdown-electrical", "Electrical or control fault", "maintenance"),
        Reason("tool", "Tool worn or broken", "maintenance"),
        Reason("jam", "Jam cleared by hand"),
        Reason("sensor", "Sensor or guard", "maintenance"),
        Reason("quality-stop", "Stopped for quality", "quality"),
        Reason("safety-stop", "Stopped for safety", "safety"),
        Reason("media", "Air, water or power missing", "maintenance"),
    ),
    "starved": (
        Reason("no-material", "Material not delivered", "material"),
        Reason("wrong-material", "Wrong or bad material", "material"),
        Reason("before-slow", "Station before is slow or stands"),
        Reason("no-person", "Nobody at the station"),
        Reason("no-paper", "Drawing or order missing"),
    ),
    "blocked": (
        Reason("after-slow", "Next station is slow or stands"),
        Reason("no-container", "No empty container", "material"),
        Reason("transport", "Transport does not come", "material"),
        Reason("waits-release", "Waits for a quality release", "quality"),
    ),
    "setup": (
        Reason("changeover", "Change of product"),
        Reason("adjust", "Adjustment after change"),
        Reason("first-piece", "First piece waits for approval", "quality"),
        Reason("tool-missing", "Tool or fixture missing", "material"),
    ),
    "idle": (
        Reason("no-order", "No order"),
        Reason("no-crew", "No crew"),
        Reason("meeting", "Meeting or training"),
        Reason("cleaning", "Cleaning"),
    ),
    "planned": (
        Reason("maintenance-planned", "Planned maintenance", "maintenance"),
        Reason("break", "Break"),
        Reason("trial", "Trial or sample run"),
        Reason("stock", "Stock-taking"),
    ),
}  # fmt: skip
#: States in which a machine stands, so that a person can say why.
STANDING: Final = tuple(CATALOGUE)
#: Why a piece is scrap.
SCRAP: Final = (
    Reason("scratch", "Scratch or dent"),
    Reason("dimension", "Out of dimension"),
    Reason("leak", "Leaks"),
    Reason("surface", "Surface or colour"),
    Reason("assembly", "Wrongly assembled"),
    Reason("material", "Bad material"),
    Reason("handling", "Dropped or damaged in handling"),
)
"""After the usual groups of a defect check sheet (Ishikawa, *Guide to Quality Control*, 1976)."""


def title_of(state: str, code: str) -> str | None:
    """The title of a reason of the catalogue."""
    return next((r.title for r in CATALOGUE.get(state, ()) if r.code == code), None)
