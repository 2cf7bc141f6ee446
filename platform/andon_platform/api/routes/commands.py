"""Commands to machines, and the record of all that were given."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Annotated, Any

from andon_contracts.messages import Birth
from fastapi import APIRouter, Query
from fastapi.responses import Response

from andon_platform.api.answers import PROBLEMS, json
from andon_platform.api.auth import Auditor, Commander, DataReader, Have, check_tenant, tenant_filter
from andon_platform.api.models import AuditList, CommandList, CommandRequest, CommandResult
from andon_platform.api.problems import BadQuestion, NotAllowed, TimedOut
from andon_platform.api.routes.common import PATH, MachinePath, known_machine
from andon_platform.commands.log import CommandRecord

router = APIRouter(tags=["commands"], responses=PROBLEMS)
TIMEOUT: dict[int | str, dict[str, Any]] = {504: {"description": "The machine did not answer; the command expired"}}


def result(record: CommandRecord) -> Response:
    """The machine's answer. Raises :class:`TimedOut` if none came."""
    if record.status == "timeout":
        raise TimedOut(f"{record.owner} did not answer {record.command!r}: {record.text}", id=record.id)
    return json(
        {
            "id": record.id,
            "status": record.status,
            "text": record.text,
            "t": record.t,
            "reply_ms": record.reply_ms,
        }
    )


@router.post(f"/machines{PATH}/commands", response_model=CommandResult, responses=TIMEOUT)
async def command(who: Commander, have: Have, path: MachinePath, wanted: CommandRequest) -> Response:
    """Give a machine a command and wait for its answer. `inject-fault` and `clear-fault` need `fault:inject`,
    `stop` and `start` need `machine:operate`."""
    machine = known_machine(have, who, path)
    if wanted.command == "set-pace":
        raise BadQuestion(f"pace belongs to the plant: POST /plants/{machine.identity.enterprise}/pace")
    taken = [c.name for c in machine.birth.commands]
    if wanted.command not in taken:
        # those who may not learn that first, and not what the machine takes
        await have.commands.authorise(who, path, wanted.command)
        names = ", ".join(taken) or "none"
        raise BadQuestion(f"{path} takes no command {wanted.command!r}; it takes: {names}")
    arguments = {name: _text(value) for name, value in wanted.arguments.items()}
    if wanted.command in taken:
        _check_choices(machine.birth, wanted.command, arguments)
    return result(await have.commands.run(who, path, wanted.command, arguments))


def _text(value: str | float | int | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else str(value)


def _check_choices(birth: Birth, command: str, arguments: dict[str, str]) -> None:
    spec = next(c for c in birth.commands if c.name == command)
    for name, value in arguments.items():
        if len(value) > 256:
            raise BadQuestion(f"argument {name!r} is longer than 256 characters")
        if name not in spec.arguments:
            known = ", ".join(spec.arguments) or "none"
            raise BadQuestion(f"{command!r} takes no argument {name!r}; it takes: {known}")


@router.get("/commands", response_model=CommandList)
async def commands(
    who: DataReader,
    have: Have,
    owner: Annotated[str | None, Query(max_length=64, description="A machine's path or a plant.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    before: Annotated[int | None, Query(ge=0, le=2**53 - 1, description="Older than this; microseconds UTC.")] = None,
) -> Response:
    """Every command with its answer, newest first."""
    if owner is not None:
        check_tenant(who, owner)
    found = await have.command_log.read(limit=limit, owner=owner, tenant=tenant_filter(who), before=before)
    return json({"commands": found})


@router.get("/audit", response_model=AuditList)
async def audit(who: Auditor, have: Have, limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> Response:
    """The end of the audit log, and whether its chain of seals is whole."""
    if who.tenant != "*":
        raise NotAllowed("the audit log is of the whole stack, and this token or session of one enterprise alone")
    verdict = await asyncio.to_thread(have.audit.verify)
    records = await asyncio.to_thread(lambda: list(deque(have.audit.records(), maxlen=limit)))
    return json({"whole": verdict.whole, "records": records})
