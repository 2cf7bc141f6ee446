"""Who else may read a data product: granted to another tenant, or to a partner with a token; and revoked."""

from __future__ import annotations

import secrets
from typing import Annotated, Any

import msgspec
from andon_security.tokens import issue
from fastapi import APIRouter, Path
from fastapi.responses import Response

from andon_platform.api import limits
from andon_platform.api.answers import PROBLEMS, json
from andon_platform.api.auth import Have, ProductSharer
from andon_platform.api.models_products import MAX_LIFE_US, GrantList, GrantRequest, NewGrant
from andon_platform.api.problems import BadQuestion, NotFound
from andon_platform.api.routes.products import Name, Owner, by, noted, own
from andon_platform.sharing.product import Grant, partner_tenant

router = APIRouter(prefix="/products/{owner}/{name}/grants", tags=["products"], responses=PROBLEMS)
_PARTNER_US = 30 * 86_400_000_000


@router.get("", response_model=GrantList)
async def listed(who: ProductSharer, have: Have, owner: Owner, name: Name) -> Response:
    """All grants of the product, those that ended too, with how often each was used."""
    await own(have, who, owner, name)
    return json({"grants": [_view(g, have.now()) for g in await have.products.grants(owner, name)]})


@router.post("", response_model=NewGrant, status_code=201)
async def grant(who: ProductSharer, have: Have, owner: Owner, name: Name, wanted: GrantRequest) -> Response:
    """Let another tenant read it, or a partner. The answer holds the partner's token, this once: it opens this product
    and nothing else, until it expires or is revoked. A new grant to the same tenant takes the place of the old."""
    product = await own(have, who, owner, name)
    if (wanted.tenant is None) == (wanted.partner is None):
        raise BadQuestion("name a tenant or a partner, one of them")
    if wanted.tenant == owner:
        raise BadQuestion(f"{owner} owns the product and reads it anyway")
    life = limits.duration(wanted.life, "life") if wanted.life else _PARTNER_US if wanted.partner else 0
    if life > MAX_LIFE_US:
        raise BadQuestion("a grant lives for 366 days at most; grant it again then")
    id, now = secrets.token_hex(8), have.now()
    made = Grant(
        id=id,
        owner=owner,
        name=name,
        grantee=wanted.tenant or partner_tenant(id),
        partner=wanted.partner or "",
        formats=tuple(dict.fromkeys(wanted.formats)),
        granted=now,
        granted_by=by(who),
        expires=now + life if life else 0,
    )
    token = None
    if wanted.partner:
        token = issue(
            have.signing_key,
            f"partner {wanted.partner}",
            "service",
            scopes=["product:read"],
            tenant=made.grantee,
            life_s=life / 1e6,
        )
    await have.products.grant(made)
    whom = f"partner {wanted.partner}" if wanted.partner else f"tenant {wanted.tenant}"
    terms = {"grant": id, "formats": list(made.formats), "expires": made.expires}
    await noted(have, who, f"granted {product.id} to {whom}", **terms)
    answer = json(_view(made, now) | {"token": token}, 201)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@router.delete("/{id}", status_code=204)
async def revoke(
    who: ProductSharer, have: Have, owner: Owner, name: Name, id: Annotated[str, Path(max_length=32)]
) -> Response:
    """End a grant: the next request that relies on it is refused."""
    product = await own(have, who, owner, name)
    ended = await have.products.revoke(owner, name, id, by(who))
    if ended is None:
        raise NotFound(f"{product.id} has no grant {id!r} that holds; GET lists them")
    whom = f"partner {ended.partner}" if ended.partner else f"tenant {ended.grantee}"
    await noted(have, who, f"revoked {product.id} from {whom}", grant=id, reads=ended.reads)
    return Response(status_code=204)


def _view(grant: Grant, now: int) -> dict[str, Any]:
    view: dict[str, Any] = msgspec.to_builtins(grant)
    for own_word in ("owner", "name", "grantee"):
        view.pop(own_word)
    state = "revoked" if grant.revoked else "good" if grant.good(now) else "expired"
    tenant = None if grant.partner else grant.grantee
    return view | {"state": state, "tenant": tenant, "partner": grant.partner or None}
