"""Data products: made by their owner, described and read by whoever may."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Annotated, Any

import msgspec
from andon_contracts.messages import Birth
from andon_security.tokens import Principal
from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from andon_platform.api import limits, product_tables
from andon_platform.api.answers import PROBLEMS, asked_for, json
from andon_platform.api.auth import Have, ProductMaker, ProductReader, in_tenant
from andon_platform.api.models_products import (
    ENTERPRISE,
    MAX_ROWS,
    NAME,
    ProductChange,
    ProductList,
    ProductRequest,
    ProductTable,
    ProductView,
)
from andon_platform.api.people_said import counted
from andon_platform.api.problems import BadQuestion, NotAllowed, NotFound, TooMuch
from andon_platform.api.product_making import columns_of, licence_of, machines_of, owner_of, question_of
from andon_platform.api.services import Services
from andon_platform.sharing import NameTaken, NothingThere, TooManyValues, schema
from andon_platform.sharing.product import FORMATS, LICENCES, Format, Grant, Product
from andon_platform.sharing.reading import read, usual_range

router = APIRouter(prefix="/products", tags=["products"], responses=PROBLEMS)
Owner = Annotated[str, Path(pattern=ENTERPRISE, examples=["polaris"])]
Name = Annotated[str, Path(pattern=NAME, examples=["press-vibration"])]
_When = Query(max_length=40, description="Microseconds UTC, ISO 8601, `now`, `-1h`; else the newest that is offered.")
_FILES: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {"schema": {"type": "string"}} for kind in list(product_tables.MEDIA.values())[1:]}}
}


@router.get("", response_model=ProductList)
async def listed(who: ProductReader, have: Have) -> Response:
    """One's own products, and those of others that were granted."""
    granted = {(g.owner, g.name): g for g in await have.products.granted_to(who.tenant)}
    found = [p for p in await have.products.find() if in_tenant(who, p.owner) or (p.owner, p.name) in granted]
    views = [await product_view(have, who, p, granted.get((p.owner, p.name))) for p in found]
    return json({"products": views, "licences": LICENCES})


@router.post("", response_model=ProductView, status_code=201)
async def make(who: ProductMaker, have: Have, wanted: ProductRequest) -> Response:
    """Keep a question as a product. Its schema is made from what the machines announced."""
    owner = owner_of(who, wanted)
    question = question_of(wanted.question, owner)
    columns = columns_of(have, owner, question)
    product = Product(
        owner=owner,
        name=wanted.name,
        title=wanted.title.strip() or wanted.name,
        description=wanted.description.strip(),
        licence=licence_of(wanted.licence),
        question=question,
        columns=columns,
        made=have.now(),
        made_by=by(who),
        changed=have.now(),
    )
    try:
        await have.products.add(product)
    except NameTaken as error:
        raise BadQuestion(str(error)) from error
    await noted(have, who, f"made {product.id}", question=msgspec.to_builtins(question))
    return json(await product_view(have, who, product, None), 201)


@router.get("/{owner}/{name}", response_model=ProductView)
async def described(who: ProductReader, have: Have, owner: Owner, name: Name) -> Response:
    """What it is: licence, question, columns with units, version."""
    return json(await product_view(have, who, *await may_read(have, who, owner, name)))


@router.patch("/{owner}/{name}", response_model=ProductView)
async def change(who: ProductMaker, have: Have, owner: Owner, name: Name, wanted: ProductChange) -> Response:
    """Change title, description, licence or question. Other columns make a new version; grants stay as they are."""
    product = await own(have, who, owner, name)
    question = question_of(wanted.question, owner) if wanted.question else product.question
    columns = columns_of(have, owner, question) if wanted.question else product.columns
    changed = msgspec.structs.replace(
        product,
        title=(wanted.title or product.title).strip() or name,
        description=product.description if wanted.description is None else wanted.description.strip(),
        licence=licence_of(wanted.licence) if wanted.licence else product.licence,
        question=question,
        columns=columns,
        version=product.version + (columns != product.columns),
        changed=have.now(),
    )
    if not await have.products.change(changed):
        raise _unknown(owner, name)
    what = sorted(wanted.model_dump(exclude_none=True))
    await noted(have, who, f"changed {product.id}", changed=what, version=changed.version)
    return json(await product_view(have, who, changed, None))


@router.delete("/{owner}/{name}", status_code=204)
async def remove(who: ProductMaker, have: Have, owner: Owner, name: Name) -> Response:
    """Forget the product; what was granted of it ends. The data itself stays where it is."""
    product = await own(have, who, owner, name)
    await have.products.remove(owner, name, by(who))
    await noted(have, who, f"removed {product.id}, with all that was granted of it")
    return Response(status_code=204)


@router.get("/{owner}/{name}/data", response_model=ProductTable, responses=_FILES)
async def data(
    request: Request,
    who: ProductReader,
    have: Have,
    owner: Owner,
    name: Name,
    start: Annotated[str | None, _When] = None,
    stop: Annotated[str, Query(max_length=40, description="As `start`; not included.")] = "now",
    rows: Annotated[int | None, Query(ge=1, le=MAX_ROWS, description="The newest rows alone, so many.")] = None,
) -> Response:
    """The data, as JSON, or what `Accept` prefers of CSV, Parquet and an Arrow stream, if the grant allows it. A range
    that begins before what the product offers begins where the offer does."""
    product, grant = await may_read(have, who, owner, name)
    kind = _format(request, grant)
    product, machines = await _now(have, product)
    now = have.now()
    first, last = usual_range(product.question, now, len(machines))
    if start is not None or stop != "now":
        last = limits.moment(stop, now, "stop")
        first = limits.moment(start, now, "start") if start is not None else last - (now - first)
    first = max(first, now - product.question.back)
    if last <= first:
        raise BadQuestion(f"nothing is offered there: this product reaches back to {now - product.question.back}")
    try:
        table = await read(have.store, partial(counted, have), product, machines, first, last)
    except TooManyValues as error:
        raise TooMuch(str(error), limit="values") from error
    if rows is not None:
        table = table.newest(rows)
    # written before it is handed out: what left is known, whatever happens next
    await have.products.was_read(product, grant)
    more = {"grant": grant.id} if grant else {}
    await noted(have, who, f"read {product.id} as {kind}: {table.rows} rows", start=first, stop=last, **more)
    if kind == "json":
        content = {
            "product": product.id,
            "version": product.version,
            "licence": product.licence,
            "start": first,
            "stop": last,
            "columns": product.columns,
            "rows": await asyncio.to_thread(product_tables.rows, table),
            "truncated": table.truncated,
            "sources": table.sources,
        }
        answer = json(content)
    else:
        answer = await asyncio.to_thread(product_tables.written, kind, product, table)
    answer.headers["Link"] = f'<{product.licence.url}>; rel="license", <{_address(have, product)}>; rel="describedby"'
    answer.headers["Vary"] = "Accept"
    answer.headers["Cache-Control"] = "no-store"
    return answer


# --- who may ------------------------------------------------------------------------------------------------------


async def may_read(have: Services, who: Principal, owner: str, name: str) -> tuple[Product, Grant | None]:
    """The product, and the grant that opens it; None: it is the reader's own. Raises :class:`NotFound`."""
    product = await have.products.get(owner, name)
    if product is not None and in_tenant(who, owner):
        return product, None
    for grant in await have.products.granted_to(who.tenant) if product else ():
        if (grant.owner, grant.name) == (owner, name):
            assert product is not None
            return product, grant
    raise _unknown(owner, name)


async def own(have: Services, who: Principal, owner: str, name: str) -> Product:
    """A product of the principal's own enterprise. Raises :class:`NotFound`."""
    product = await have.products.get(owner, name) if in_tenant(who, owner) else None
    if product is None:
        raise _unknown(owner, name)
    return product


def by(who: Principal) -> str:
    """Who did it, in tables and in the audit log."""
    return f"{who.role}:{who.subject}"[:128]


async def noted(have: Services, who: Principal, what: str, **more: Any) -> None:
    """Into the audit log."""
    await asyncio.to_thread(partial(have.audit.append, "product", by(who), what, **more))


def _unknown(owner: str, name: str) -> NotFound:
    return NotFound(f"no product {owner}/{name}; GET /products lists them")


def _format(request: Request, grant: Grant | None) -> Format:
    allowed = grant.formats if grant else FORMATS
    wished = asked_for(request, [product_tables.MEDIA[f] for f in allowed])
    if wished is None:
        raise NotAllowed(f"the grant allows {', '.join(allowed)}; ask for one of them with Accept", formats=allowed)
    return next(f for f in allowed if product_tables.MEDIA[f] == wished)


# --- the product --------------------------------------------------------------------------------------------------


async def _now(have: Services, product: Product) -> tuple[Product, list[Birth]]:
    """The product with today's columns, and its machines. Where none is known any more, what was known stays."""
    machines = machines_of(have, product.owner, product.question)
    try:
        columns = schema.columns(product.question, machines)
    except NothingThere:
        return product, []
    except TooManyValues as error:
        raise TooMuch(f"{product.id}: {error}; its owner has to narrow it", limit="signals") from error
    return await have.products.announced(product, columns), machines


async def product_view(have: Services, who: Principal, product: Product, grant: Grant | None) -> dict[str, Any]:
    """As :class:`ProductView`."""
    product, machines = await _now(have, product)
    mine = in_tenant(who, product.owner)
    view: dict[str, Any] = msgspec.to_builtins(product)
    return view | {
        "id": product.id,
        "columns": list(map(msgspec.to_builtins, product.columns)),
        "machines": [m.machine for m in machines],
        "address": f"{_address(have, product)}/data",
        "formats": list(grant.formats if grant and not mine else FORMATS),
        "granted": None if mine or grant is None else {"since": grant.granted, "expires": grant.expires},
        "made_by": product.made_by if mine else None,
        "reads": product.reads if mine else None,
        "last_read": product.last_read if mine else None,
    }


def _address(have: Services, product: Product) -> str:
    return f"{have.public_url}/api/v1/products/{product.id}"
