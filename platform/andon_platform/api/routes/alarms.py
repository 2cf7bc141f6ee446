"""The alarm list, and what people do with alarms: acknowledge, shelve, comment, take out of service."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Literal

from andon_security.tokens import Principal
from fastapi import APIRouter, Query
from fastapi.responses import Response

from andon_platform.alarms.alarm import Alarm, AlarmRefused
from andon_platform.api import limits
from andon_platform.api.answers import PROBLEMS, json
from andon_platform.api.auth import AlarmHandler, AlarmKeeper, DataReader, Have, in_tenant, tenant_filter
from andon_platform.api.models_alarms import (
    AlarmComment,
    AlarmHistory,
    AlarmList,
    AlarmNamed,
    AlarmService,
    AlarmShelf,
    AlarmView,
)
from andon_platform.api.problems import BadQuestion, NotFound
from andon_platform.api.services import Services
from andon_platform.api.views import alarm_view

router = APIRouter(prefix="/alarms", tags=["alarms"], responses=PROBLEMS)
_Id = Annotated[str, Query(max_length=129, examples=["polaris/north/cabinets/cabinets-1/press-1:E-12"])]
#: What needs somebody first.
_ORDER = ("unacknowledged", "returned", "acknowledged", "shelved", "out-of-service", "normal")
_RANK = {"critical": 0, "warning": 1, "information": 2}


@router.get("", response_model=AlarmList)
async def alarms(
    who: DataReader,
    have: Have,
    state: Annotated[
        list[Literal["unacknowledged", "returned", "acknowledged", "shelved", "out-of-service", "normal"]] | None,
        Query(description="States of ISA-18.2; all but normal unless named."),
    ] = None,
    machine: Annotated[str | None, Query(max_length=64)] = None,
) -> Response:
    """What needs attention, the most urgent first."""
    now, wanted = have.now(), set(state or _ORDER[:-1])
    found = have.alarms.find(enterprise=tenant_filter(who), machine=machine)
    rows = [alarm_view(alarm, now) for alarm in found if alarm.state(now) in wanted]
    rows.sort(key=lambda row: (_ORDER.index(row["state"]), _RANK[row["severity"]], -row["raised"]))
    return json({"alarms": rows})


@router.get("/history", response_model=AlarmHistory)
async def history(who: DataReader, have: Have, id: _Id, limit: Annotated[int, Query(ge=1, le=1_000)] = 100) -> Response:
    """All that happened to an alarm, newest first."""
    _known(have, who, id)
    return json({"history": [asdict(entry) for entry in await have.alarms.history(id, limit)]})


@router.post("/acknowledge", response_model=AlarmView)
async def acknowledge(who: AlarmHandler, have: Have, wanted: AlarmNamed) -> Response:
    """Say that you have seen it."""
    by = _name(who)
    return await _changed(
        have, who, wanted.id, lambda alarm, now: alarm.acknowledge(now, by), "acknowledged", wanted.text
    )


@router.post("/shelve", response_model=AlarmView)
async def shelve(who: AlarmHandler, have: Have, wanted: AlarmShelf) -> Response:
    """Silence it for a while, at most twelve hours; it comes back by itself."""
    length = limits.duration(wanted.length, "length")
    return await _changed(
        have,
        who,
        wanted.id,
        lambda alarm, now: alarm.shelve(now, now + length),
        "shelved",
        f"{wanted.length}, {wanted.text}" if wanted.text else wanted.length,
    )


@router.post("/unshelve", response_model=AlarmView)
async def unshelve(who: AlarmHandler, have: Have, wanted: AlarmNamed) -> Response:
    """Take it from the shelf before its time."""
    return await _changed(have, who, wanted.id, lambda alarm, now: alarm.unshelve(now), "unshelved", wanted.text)


@router.post("/comment", response_model=AlarmView)
async def comment(who: AlarmHandler, have: Have, wanted: AlarmComment) -> Response:
    """Write something to it for those who come after."""
    return await _changed(have, who, wanted.id, lambda alarm, _: alarm, "comment", wanted.text)


@router.post("/service", response_model=AlarmView)
async def service(who: AlarmKeeper, have: Have, wanted: AlarmService) -> Response:
    """Take it out of service, until it is returned: for a sensor that is known to be broken, say."""
    what = "out-of-service" if wanted.out else "returned-to-service"
    return await _changed(have, who, wanted.id, lambda alarm, _: alarm.service(wanted.out), what, wanted.text)


def _name(who: Principal) -> str:
    return f"{who.role}:{who.subject}"[:128]


def _known(have: Services, who: Principal, id: str) -> Alarm:
    alarm = have.alarms.get(id)
    if alarm is None or not in_tenant(who, alarm.machine.partition("/")[0]):
        raise NotFound(f"no alarm {id!r}; GET /alarms lists them")
    return alarm


async def _changed(
    have: Services, who: Principal, id: str, do: Callable[[Alarm, int], Alarm], what: str, text: str
) -> Response:
    _known(have, who, id)
    try:
        alarm = await have.alarms.change(id, do, what, _name(who), text)
    except AlarmRefused as error:
        raise BadQuestion(str(error)) from error
    await asyncio.to_thread(have.audit.append, f"alarm-{what}", _name(who), id)
    return json(alarm_view(alarm, have.now()))
