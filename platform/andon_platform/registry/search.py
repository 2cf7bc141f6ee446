"""Which machines a search means."""

from __future__ import annotations

from andon_platform.registry.record import Machine


def fits(
    m: Machine, *, type: str | None, place: str | None, state: str | None, text: str | None, enterprise: str | None
) -> bool:
    """Whether a machine is of the type, at or below the place, in the state, of the enterprise, and has all words of
    the text; what is None does not matter. Removed machines are found by ``state="removed"`` alone."""
    if (m.presence == "removed") != (state == "removed"):
        return False
    if type and m.birth.type != type:
        return False
    if enterprise and m.identity.enterprise != enterprise:
        return False
    wanted = place.strip("/").split("/") if place else []
    if wanted and m.path.split("/")[: len(wanted)] != wanted:
        return False
    if state and state not in ("removed", m.shown_state):
        return False
    if not text:
        return True
    said = f"{m.path} {m.birth.type} {m.birth.title} {m.birth.description}".lower()
    return all(word in said for word in text.lower().split())
