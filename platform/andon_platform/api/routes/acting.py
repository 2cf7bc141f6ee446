"""What every action of a person needs: who signs it, when it was done, where, and a line in the audit log."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from andon_contracts.errors import IdentityError
from andon_contracts.identity import Identity
from andon_security.tokens import Principal

from andon_platform.api.auth import check_tenant, tenant_filter
from andon_platform.api.models_station import Act
from andon_platform.api.problems import BadQuestion, NotFound
from andon_platform.api.routes.common import known_machine
from andon_platform.api.services import Services
from andon_platform.people.deed import Deed, clean

#: A phone that was offline may send what was done so long ago; a clock may be so far ahead.
LATE_US: Final = 86_400_000_000
AHEAD_US: Final = 300_000_000


def signed(who: Principal, name: str) -> str:
    """As it stands in every list: the name that the person said, and the session that proves the role."""
    session = f"{who.role}:{who.subject}"
    said = clean(name, 60)
    return (f"{said} ({session})" if said else session)[:128]


def deed(have: Services, who: Principal, act: Act, place: str) -> Deed:
    """The action with its time and its key, which counts inside a plant.

    Raises:
        BadQuestion: it is said to have been done in the future, or too long ago.
    """
    now = have.now()
    t = now if act.t is None else act.t
    if not now - LATE_US <= t <= now + AHEAD_US:
        raise BadQuestion(f"t={t}: when it was done must be within the last day (now is {now})")
    key = f"{place.partition('/')[0]}:{act.key}" if act.key else ""
    return Deed(signed(who, act.name), min(t, now), key)


def known_place(have: Services, who: Principal, path: str) -> str:
    """A machine, or a line, an area, a site or a plant with machines.

    Raises:
        NotFound: there is none.
    """
    path = path.strip("/")
    check_tenant(who, path)
    try:
        Identity.parse(path)
    except IdentityError:
        if path and have.registry.find(place=path):
            return path
        raise NotFound(f"no place {path!r}; GET /machines lists machines with their lines") from None
    return known_machine(have, who, path).path


def known_line(have: Services, who: Principal, path: str) -> str:
    """A line with machines. Raises :class:`NotFound`."""
    place = known_place(have, who, path)
    if place.count("/") != 3:
        raise NotFound(f"{path!r} is no line; write enterprise/site/area/line")
    return place


def places_asked(have: Services, who: Principal, machines: Sequence[str] | None, place: str | None) -> tuple[str, ...]:
    """Where a question looks: the machines named, the place, or all of the tenant; empty: everywhere."""
    if machines:
        return tuple(known_machine(have, who, path).path for path in dict.fromkeys(machines))
    if place:
        check_tenant(who, place.strip("/"))
        return (place.strip("/"),)
    mine = tenant_filter(who)
    return (mine,) if mine else ()


async def noted(have: Services, who: Principal, what: str, about: str) -> None:
    """A line in the audit log."""
    await asyncio.to_thread(have.audit.append, what, f"{who.role}:{who.subject}", about)
