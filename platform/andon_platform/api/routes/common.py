"""What several routes need: a machine named by its path, and the parameters of a range."""

from __future__ import annotations

from typing import Annotated

from andon_contracts.errors import IdentityError
from andon_contracts.identity import Identity
from andon_security.tokens import Principal
from fastapi import Depends, Path, Query

from andon_platform.api.auth import check_tenant
from andon_platform.api.problems import NotFound
from andon_platform.api.services import Services
from andon_platform.registry.record import Machine

_Level = Annotated[str, Path(max_length=24, examples=["polaris"])]


def _path(enterprise: _Level, site: _Level, area: _Level, line: _Level, machine: _Level) -> str:
    return "/".join((enterprise, site, area, line, machine))


#: ``/machines/{enterprise}/{site}/{area}/{line}/{machine}`` as one text.
MachinePath = Annotated[str, Depends(_path)]
PATH = "/{enterprise}/{site}/{area}/{line}/{machine}"

MachineNames = Annotated[
    list[str] | None,
    Query(description="Path of a machine; may be repeated.", examples=[["polaris/north/cabinets/press/press-1"]]),
]
SignalNames = Annotated[list[str] | None, Query(description="Name of a signal; may be repeated.")]
Start = Annotated[str, Query(description="Microseconds UTC, ISO 8601, `now`, or relative: `-1h`.", max_length=40)]
Stop = Annotated[str, Query(description="As `start`; not included.", max_length=40)]


def known_machine(services: Services, principal: Principal, path: str) -> Machine:
    """The machine, if the registry has it and it is of the principal's tenant. Raises :class:`NotFound`."""
    try:
        Identity.parse(path)
    except IdentityError as error:
        raise NotFound(f"no machine {path}: {error}") from error
    check_tenant(principal, path)
    machine = services.registry.get(path)
    if machine is None:
        raise NotFound(f"no machine {path}; GET /machines lists them")
    return machine
