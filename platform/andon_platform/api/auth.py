"""Who is asking, and whether they may: the dependency that stands in every route's signature.

A program sends a bearer token, a browser its session cookie. A request that changes something and comes with a
cookie must come from our own pages (``Sec-Fetch-Site``, or ``Origin``), so that no other site can use a session.
"""

from __future__ import annotations

from typing import Annotated, Final
from urllib.parse import urlsplit

from andon_security.errors import TokenRefused
from andon_security.tokens import SCOPES, Principal, verify
from fastapi import Depends, Request, Security
from fastapi.openapi.models import OAuthFlowClientCredentials, OAuthFlows
from fastapi.security import APIKeyCookie, OAuth2, SecurityScopes
from starlette.requests import HTTPConnection

from andon_platform.api.access import COOKIE
from andon_platform.api.problems import NotAllowed, NotFound, NotSignedIn
from andon_platform.api.services import Services, services_of

_SAFE: Final = ("GET", "HEAD", "OPTIONS")
_oauth2 = OAuth2(
    flows=OAuthFlows(clientCredentials=OAuthFlowClientCredentials(tokenUrl="/api/v1/token", scopes=dict(SCOPES))),
    description="A bearer token; `andon token` makes one, `POST /token` narrows it.",
    auto_error=False,
)
_cookie = APIKeyCookie(name=COOKIE, auto_error=False, description="A browser's session, opened by a link.")


def address(connection: HTTPConnection) -> str:
    """Where the connection comes from, for counting failures."""
    return connection.client.host if connection.client else "unknown"


def same_origin(connection: HTTPConnection) -> bool:
    """Whether a browser says that one of our own pages sent this."""
    site = connection.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = connection.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == connection.headers.get("host")


async def identify(connection: HTTPConnection) -> Principal | None:
    """Who is asking; None if nobody says so.

    Raises:
        NotSignedIn: a token that is not accepted.
        TooOften: so many of them that the address has to wait.
    """
    services = services_of(connection)
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        try:
            who = connection.state.who = verify(services.signing_key, token.strip())
            return who
        except TokenRefused as error:
            services.attempts.check(address(connection))
            services.attempts.failed(address(connection))
            raise NotSignedIn(f"the bearer token is not accepted: {error}") from error
    cookie = connection.cookies.get(COOKIE)
    if cookie is None:
        return None
    session = await services.access.session(cookie)
    found = connection.state.who = session.principal if session else None
    return found


async def refused(connection: HTTPConnection, error: NotAllowed | NotSignedIn) -> None:
    """Note a refusal in the audit log: somebody known who may not, or a token that is not accepted."""
    who: Principal | None = getattr(connection.state, "who", None)
    if who is None and (isinstance(error, NotAllowed) or by_cookie(connection)):
        return
    name = f"{who.role}:{who.subject}" if who else address(connection)
    method = connection.scope.get("method", "WebSocket")
    await services_of(connection).refusals.note(name, f"{method} {connection.url.path}: {error.detail}")


def by_cookie(connection: HTTPConnection) -> bool:
    """Whether the session cookie, and not a token, says who is asking."""
    return not connection.headers.get("authorization", "").lower().startswith("bearer ")


def session_cookie(connection: HTTPConnection) -> str | None:
    """The cookie that says who is asking; None where a token does."""
    return connection.cookies.get(COOKIE) if by_cookie(connection) else None


def demand(principal: Principal, *scopes: str) -> Principal:
    """Raises :class:`NotAllowed` unless the principal holds every scope."""
    for scope in scopes:
        if not principal.may(scope):
            raise NotAllowed(f"{principal.role} {principal.subject} lacks the scope {scope!r}", scope=scope)
    return principal


async def _principal(
    needed: SecurityScopes,
    request: Request,
    _token: Annotated[str | None, Depends(_oauth2)],
    _session: Annotated[str | None, Depends(_cookie)],
) -> Principal:
    principal = await identify(request)
    if principal is None:
        raise NotSignedIn()
    if request.method not in _SAFE and by_cookie(request) and not same_origin(request):
        raise NotAllowed("a request with a session cookie must come from this console's own pages")
    return demand(principal, *needed.scopes)


#: The scope that a route needs, as the type of its argument.
Anyone = Annotated[Principal, Security(_principal)]
DataReader = Annotated[Principal, Security(_principal, scopes=["data:read"])]
LiveReader = Annotated[Principal, Security(_principal, scopes=["live:read"])]
#: Each command has a scope of its own, which :mod:`andon_platform.commands.rules` demands.
Commander = Annotated[Principal, Security(_principal, scopes=["data:read"])]
Pacer = Annotated[Principal, Security(_principal, scopes=["plant:pace"])]
AlarmHandler = Annotated[Principal, Security(_principal, scopes=["alarm:handle"])]
StationWorker = Annotated[Principal, Security(_principal, scopes=["station:work"])]
StationManager = Annotated[Principal, Security(_principal, scopes=["station:manage"])]
AlarmKeeper = Annotated[Principal, Security(_principal, scopes=["alarm:service"])]
#: Who sets the limits by which others are judged.
Engineer = Annotated[Principal, Security(_principal, scopes=["spc:limits"])]
Teacher = Annotated[Principal, Security(_principal, scopes=["detector:teach"])]
QuarantineReader = Annotated[Principal, Security(_principal, scopes=["quarantine:read"])]
QuarantineReplayer = Annotated[Principal, Security(_principal, scopes=["quarantine:replay"])]
Enroller = Annotated[Principal, Security(_principal, scopes=["device:enrol"])]
CredentialMaker = Annotated[Principal, Security(_principal, scopes=["credential:create"])]
LinkMaker = Annotated[Principal, Security(_principal, scopes=["link:create"])]
ProductReader = Annotated[Principal, Security(_principal, scopes=["product:read"])]
ProductMaker = Annotated[Principal, Security(_principal, scopes=["product:make"])]
ProductSharer = Annotated[Principal, Security(_principal, scopes=["product:share"])]
Auditor = Annotated[Principal, Security(_principal, scopes=["audit:read"])]


def in_tenant(principal: Principal, enterprise: str) -> bool:
    """Whether the principal's tenant covers an enterprise."""
    return principal.tenant in ("*", enterprise)


def check_tenant(principal: Principal, path: str) -> None:
    """Raises :class:`NotFound`, as for what does not exist, if ``path`` is another enterprise's."""
    if not in_tenant(principal, path.partition("/")[0]):
        raise NotFound(f"no {path}")


def tenant_filter(principal: Principal) -> str | None:
    """The enterprise that answers are limited to; None: all."""
    return None if principal.tenant == "*" else principal.tenant


def get_services(request: Request) -> Services:
    """The services, as a dependency."""
    return services_of(request)


Have = Annotated[Services, Depends(get_services)]
