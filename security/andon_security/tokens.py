"""Bearer tokens of the API (OAuth2, RFC 6750): JSON Web Tokens signed with the API's own key (HS256).

Roles contain one another: viewer, operator, engineer, admin. A token carries scopes, so that a service can be
given one thing and no more (the edge: ``device:enrol``).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Literal, get_args

import jwt

from andon_security.errors import TokenRefused

Role = Literal["viewer", "operator", "engineer", "admin", "service"]

SCOPES: Final[dict[str, str]] = {
    "data:read": "read machines, series, events and figures",
    "live:read": "follow the live stream",
    "machine:operate": "stop and start a machine",
    "fault:inject": "inject a fault into a simulated machine",
    "plant:pace": "set the pace of a plant",
    "quarantine:read": "look at quarantined messages",
    "quarantine:replay": "replay a quarantined message",
    "alarm:handle": "acknowledge, shelve and comment alarms",
    "alarm:service": "take an alarm out of service, and return it",
    "station:work": "call for help, give a stop's reason, book scrap, report a near miss, hand over, clock on and off",
    "station:manage": "work off near misses, and take back what others booked",
    "spc:limits": "keep and remove control limits",
    "detector:teach": "let a detector learn a machine anew",
    "product:read": "read data products of one's own enterprise, and those that it was granted",
    "product:make": "make, change and remove data products",
    "product:share": "grant data products to others, and revoke that",
    "audit:read": "read the audit log",
    "device:enrol": "get a credential for a machine that has a file in ./machines",
    "credential:create": "give other MQTT programs access to the broker, and take it back",
    "link:create": "make links to the console",
}

_VIEWER = frozenset({"data:read", "live:read", "product:read"})
_OPERATOR = _VIEWER | {"machine:operate", "quarantine:read", "alarm:handle", "station:work"}
_ENGINEER = _OPERATOR | {
    "fault:inject", "plant:pace", "quarantine:replay", "detector:teach", "spc:limits", "alarm:service",
    "station:manage",
    "product:make", "product:share",
}  # fmt: skip
ROLE_SCOPES: Final[dict[Role, frozenset[str]]] = {
    "viewer": _VIEWER,
    "operator": _OPERATOR,
    "engineer": _ENGINEER,
    "admin": frozenset(SCOPES),
    "service": frozenset(),
}
_ALGORITHM: Final = "HS256"
_AUDIENCE: Final = "andon"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking: ``tenant`` is an enterprise, or ``*`` for all of the stack. ``expires``: until when (seconds since
    1970), None: for good."""

    subject: str
    role: Role
    scopes: frozenset[str]
    tenant: str = "*"
    expires: float | None = None

    def may(self, scope: str) -> bool:
        """Whether the principal holds the scope."""
        return scope in self.scopes


def issue(
    key: bytes,
    subject: str,
    role: Role,
    *,
    scopes: Iterable[str] | None = None,
    tenant: str = "*",
    life_s: float | None = None,
    now: Callable[[], float] = time.time,
) -> str:
    """Sign a token; scopes default to the role's. ``life_s`` None: for a service, valid until the key changes."""
    granted = sorted(ROLE_SCOPES[role] if scopes is None else scopes)
    claims: dict[str, object] = {
        "sub": subject,
        "aud": _AUDIENCE,
        "role": role,
        "scope": " ".join(granted),
        "tenant": tenant,
        "iat": int(now()),
    }
    if life_s is not None:
        claims["exp"] = int(now() + life_s)
    return jwt.encode(claims, key, algorithm=_ALGORITHM)


def verify(key: bytes, token: str) -> Principal:
    """Who a token speaks for.

    Raises:
        TokenRefused: forged, expired, or not for this API.
    """
    try:
        claims = jwt.decode(token, key, algorithms=[_ALGORITHM], audience=_AUDIENCE)
        role = claims["role"]
        if role not in get_args(Role):
            raise TokenRefused(f"unknown role {role!r}")
        scopes = frozenset(claims["scope"].split())
        return Principal(claims["sub"], role, scopes, claims.get("tenant", "*"), claims.get("exp"))
    except (jwt.PyJWTError, KeyError, AttributeError) as error:
        raise TokenRefused(str(error)) from error
