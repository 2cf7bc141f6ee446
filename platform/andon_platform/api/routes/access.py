"""Links, sessions and tokens: how people and programs get in."""

from __future__ import annotations

import asyncio
import base64
import binascii
from typing import Annotated

from andon_contracts.command_line import as_typed
from andon_security.errors import TokenRefused
from andon_security.tokens import ROLE_SCOPES, Principal, issue, verify
from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from andon_platform.api.access import COOKIE, Session
from andon_platform.api.answers import PROBLEMS, json
from andon_platform.api.auth import Anyone, Have, LinkMaker, address
from andon_platform.api.models import LinkRequest, LinkView, Redeem, SessionView, TokenView
from andon_platform.api.problems import BadQuestion, NotAllowed, NotSignedIn
from andon_platform.api.services import Services

router = APIRouter(tags=["access"], responses=PROBLEMS)
TOKEN_LIFE_S = 3600


@router.post("/links", response_model=LinkView, status_code=201)
async def make_link(who: LinkMaker, have: Have, wanted: LinkRequest) -> Response:
    """A link that opens the console, for so many browsers. Nobody can hand on more than they hold."""
    beyond = ROLE_SCOPES[wanted.role] - who.scopes
    if beyond or wanted.role == "service":
        raise NotAllowed(f"a link with the role {wanted.role!r} would give more than you hold: {sorted(beyond)}")
    link = await have.access.make_link(wanted.role, wanted.uses, wanted.life_s, who)
    what = f"link for {wanted.uses} as {wanted.role}"
    await asyncio.to_thread(have.audit.append, "link", f"{who.role}:{who.subject}", what, expires=link.expires)
    url = f"{have.public_url}/link/{link.secret}"
    return json({"url": url, "role": link.role, "uses": link.uses, "expires": link.expires}, 201)


async def redeem(have: Services, request: Request, secret: str) -> tuple[str, Session]:
    """(cookie, session). Raises :class:`NotSignedIn` if the link is not good, ``TooOften`` when guessing."""
    have.attempts.check(address(request))
    found = await have.access.redeem(secret)
    if found is None:
        have.attempts.failed(address(request))
        await asyncio.to_thread(have.audit.append, "refusal", address(request), "a link that is not good")
        raise NotSignedIn(f"this link is unknown, used up or expired; `{as_typed('andon link')}` makes a new one")
    cookie, session = found
    await asyncio.to_thread(have.audit.append, "login", f"{session.role}:{session.subject}", "by link")
    return cookie, session


def set_cookie(have: Services, response: Response, cookie: str) -> None:
    """Scripts cannot read it, other sites cannot send it with what they post, and TLS is kept to."""
    response.set_cookie(
        COOKIE,
        cookie,
        max_age=round(have.settings.session_hours * 3600),
        httponly=True,
        samesite="lax",
        secure=have.secure_cookie,
        path="/",
    )


@router.post("/session", response_model=SessionView, status_code=201)
async def sign_in(request: Request, have: Have, body: Redeem) -> Response:
    """Redeem a link: sets the session's cookie."""
    cookie, session = await redeem(have, request, body.link.rstrip("/").rpartition("/")[2])
    response = json(_view(session.principal, session.expires), 201)
    set_cookie(have, response, cookie)
    return response


@router.get("/session", response_model=SessionView)
async def session(request: Request, who: Anyone, have: Have) -> Response:
    """Who is asking, and what they may."""
    cookie = request.cookies.get(COOKIE)
    found = await have.access.session(cookie) if cookie else None
    return json(_view(who, found.expires if found and found.principal == who else None))


@router.delete("/session", status_code=204, response_class=Response)
async def sign_out(request: Request, who: Anyone, have: Have) -> Response:
    """End the session of this cookie."""
    cookie = request.cookies.get(COOKIE)
    if cookie:
        await have.access.end(cookie)
        await asyncio.to_thread(have.audit.append, "logout", f"{who.role}:{who.subject}", "signed out")
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, path="/")
    return response


def _view(who: Principal, expires: int | None) -> dict[str, object]:
    scopes = sorted(who.scopes)
    return {"subject": who.subject, "role": who.role, "scopes": scopes, "tenant": who.tenant, "expires": expires}


@router.post("/token", response_model=TokenView)
async def token(
    request: Request,
    have: Have,
    grant_type: Annotated[str, Form(max_length=64, examples=["client_credentials"])],
    client_secret: Annotated[str | None, Form(max_length=4096, description="A bearer token you hold.")] = None,
    scope: Annotated[str, Form(max_length=512, description="Scopes, with spaces between; none: all you hold.")] = "",
) -> Response:
    """OAuth2 client credentials (RFC 6749, 4.4): a token that you hold becomes one that lives for an hour at most
    and may less. `Authorization: Basic` works as well."""
    if grant_type != "client_credentials":
        raise BadQuestion(f"grant_type {grant_type[:64]!r}: only client_credentials is known")
    secret = client_secret or _basic(request)
    try:
        who = verify(have.signing_key, secret)
    except TokenRefused as error:
        have.attempts.check(address(request))
        have.attempts.failed(address(request))
        await have.refusals.note(address(request), "POST /token: a token that is not accepted")
        raise NotSignedIn(f"client_secret is no token that is accepted: {error}") from error
    request.state.who = who
    wanted = frozenset(scope.split()) or who.scopes
    if beyond := wanted - who.scopes:
        raise NotAllowed(f"you do not hold {sorted(beyond)}")
    made = issue(have.signing_key, who.subject, who.role, scopes=wanted, tenant=who.tenant, life_s=TOKEN_LIFE_S)
    what = f"a token for {TOKEN_LIFE_S} s: {' '.join(sorted(wanted))}"
    await asyncio.to_thread(have.audit.append, "login", f"{who.role}:{who.subject}", what)
    body = {"access_token": made, "token_type": "bearer", "expires_in": TOKEN_LIFE_S, "scope": " ".join(sorted(wanted))}
    response = json(body)
    response.headers["Cache-Control"] = "no-store"
    return response


def _basic(request: Request) -> str:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""
