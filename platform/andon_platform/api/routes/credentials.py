"""Credentials for other MQTT programs (mosquitto_sub, Telegraf, Node-RED): read and write what is named, no more."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Sequence
from typing import Annotated

from andon_contracts.topics import PREFIX
from andon_security.errors import BrokerRefused
from andon_security.grants import SERVICES, Grant
from andon_security.mqtt import NAMES_OF_OUR_OWN
from andon_security.tokens import Principal
from fastapi import APIRouter, Path
from fastapi.responses import Response

from andon_platform.api.answers import PROBLEMS, json
from andon_platform.api.auth import CredentialMaker, Have
from andon_platform.api.models import CredentialRequest, CredentialView
from andon_platform.api.problems import BadQuestion, NotAllowed, NotFound, Unavailable

router = APIRouter(tags=["access"], responses=PROBLEMS)

#: Names of people's programs: none that a service has, none with a slash, which machines have.
_NAME = r"^[a-z0-9][a-z0-9_.-]{0,31}$"
#: A filter as MQTT has it: ``+`` alone in its level, ``#`` alone in the last; never the broker's own topics.
_FILTER = re.compile(r"(?:[^#+/$][^#+/]*|\+)(?:/(?:[^#+/]*|\+))*(?:/#)?\Z|#\Z")
CredentialName = Annotated[str, Path(pattern=_NAME, examples=["node-red"])]


def _check_tenant(who: Principal, name: str, topics: Sequence[str] = ()) -> None:
    """Who is of one enterprise makes and removes users of that enterprise alone. Raises :class:`NotAllowed`."""
    if who.tenant == "*":
        return
    if not name.startswith(f"{who.tenant}."):
        raise NotAllowed(f"users of {who.tenant} are called {who.tenant}.NAME, for example {who.tenant}.node-red")
    home = f"{PREFIX}/{who.tenant}/"
    for topic in topics:
        if not topic.startswith(home):
            raise NotAllowed(f"{topic!r} lies outside of {home}")


@router.put("/credentials/{name}", response_model=CredentialView, status_code=201)
async def put_credential(who: CredentialMaker, have: Have, name: CredentialName, wanted: CredentialRequest) -> Response:
    """Make the user on the broker and tell its password, this once. Asking again makes a new one."""
    if name in SERVICES or name in NAMES_OF_OUR_OWN:
        raise BadQuestion(f"{name!r} is a service of Andon's own; take another name")
    _check_tenant(who, name, (*wanted.read, *wanted.write))
    for topic in (*wanted.read, *wanted.write):
        if not _FILTER.match(topic):
            raise BadQuestion(f"{topic!r} is no MQTT topic filter; for example andon/v1/polaris/#")
    password = secrets.token_urlsafe(32)
    try:
        await have.broker_admin.grant(Grant(name, tuple(wanted.write), tuple(wanted.read)), password)
    except BrokerRefused as error:
        raise Unavailable(f"the broker did not take the new user: {error}") from error
    may = {"read": wanted.read, "write": wanted.write}
    await asyncio.to_thread(have.audit.append, "credential", f"{who.role}:{who.subject}", f"made {name}", **may)
    response = json({"username": name, "password": password, "read": wanted.read, "write": wanted.write}, 201)
    response.headers["Cache-Control"] = "no-store"
    return response


@router.delete("/credentials/{name}", status_code=204)
async def delete_credential(who: CredentialMaker, have: Have, name: CredentialName) -> Response:
    """Remove the user; its connection ends at once."""
    if name in SERVICES or name in NAMES_OF_OUR_OWN:
        raise BadQuestion(f"{name!r} is a service of Andon's own")
    _check_tenant(who, name)
    try:
        if name not in await have.broker_admin.names():
            raise NotFound(f"the broker knows no {name}")
        await have.broker_admin.revoke(name)
    except BrokerRefused as error:
        raise Unavailable(f"the broker did not remove the user: {error}") from error
    await asyncio.to_thread(have.audit.append, "credential", f"{who.role}:{who.subject}", f"removed {name}")
    return Response(status_code=204)
