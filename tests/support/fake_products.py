"""Data products without the API: shelf, grants and rows in memory, by the API's own rules where they are functions."""

from __future__ import annotations

from typing import Any

import msgspec
from andon_contracts.messages import Birth, SignalSpec
from andon_platform.api import limits, product_tables
from andon_platform.api.answers import asked_for
from andon_platform.sharing import schema
from andon_platform.sharing.product import FORMATS, LICENCES, Licence, Product, Question
from andon_platform.sharing.reading import Table
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from support.fake_plant import SECOND, value_at

LINE = "polaris/north/cabinets/cabinets-1"
MINUTE = 60 * SECOND


class Shelf:
    """Products by id, what the asker was granted, and grants of each."""

    def __init__(self) -> None:
        self.products: dict[str, Product] = {}
        self.granted: dict[str, dict[str, Any]] = {}
        self.grants: dict[str, list[dict[str, Any]]] = {}
        self.asked: list[dict[str, Any]] = []


def press_vibration(fake: Any) -> None:
    """Our own product with a partner, and one of another enterprise that was granted to us."""
    shelf: Shelf = fake.shelf
    kind = fake.machines[f"{LINE}/press-1"]["type"]
    asked = {"place": "polaris", "type": kind, "signals": ["hydraulic_pressure", "oil_temperature"]}
    own = _product(fake, "polaris", "press-oil", "Oil of the presses", asked)
    shelf.products[own.id] = msgspec.structs.replace(own, reads=41, last_read=fake.now() - 300 * SECOND)
    shelf.grants[own.id] = [
        _grant(fake, "g1", partner="Harbour Lab", reads=38, expires=fake.now() + 86_400 * 20 * SECOND),
        _grant(fake, "g2", tenant="borealis", reads=3, formats=["csv", "parquet"]),
        _grant(fake, "g3", partner="Old Friends", reads=112, state="revoked", revoked=fake.now() - 86_400 * SECOND),
    ]  # fmt: skip
    other = _product(fake, "borealis", "weather", "Air in the hall", {
        "machines": [next(iter(fake.machines))], "signals": ["oil_temperature"],
    })  # fmt: skip
    shelf.products[other.id] = other
    shelf.granted[other.id] = {"since": fake.now(), "expires": fake.now() + 86_400 * 9 * SECOND, "formats": ["csv"]}


def _product(fake: Any, owner: str, name: str, title: str, asked: dict[str, Any]) -> Product:
    question = msgspec.convert({"every": MINUTE, "back": 30 * 86_400 * SECOND} | asked, Question)
    words = "Minute means for whoever studies how seals age.\nNot for billing."
    cc = Licence("CC-BY-4.0", LICENCES["CC-BY-4.0"], "https://spdx.org/licenses/CC-BY-4.0.html")
    columns = schema.columns(question, _machines(fake, question))
    now = fake.now()
    return Product(owner=owner, name=name, title=title, description=words, licence=cc, question=question,
                   columns=columns, made=now, made_by="engineer:maria", changed=now)  # fmt: skip


def _grant(fake: Any, id: str, **more: Any) -> dict[str, Any]:
    return {"id": id, "tenant": None, "partner": None, "formats": list(FORMATS), "state": "good", "granted": fake.now(),
            "granted_by": "engineer:maria", "expires": 0, "revoked": 0, "revoked_by": "", "reads": 0,
            "last_read": 0} | more  # fmt: skip


def _machines(fake: Any, question: Question) -> list[Birth]:
    births = (
        Birth(machine=path, session=1, t=1, epoch=1, type=m["type"], signals=[_spec(s) for s in m["signals"]])
        for path, m in fake.machines.items()
    )
    return schema.chosen(question, births)


def _spec(signal: dict[str, Any]) -> SignalSpec:
    return msgspec.convert(signal, SignalSpec)


def _view(fake: Any, product: Product) -> dict[str, Any]:
    granted = fake.shelf.granted.get(product.id)
    mine = granted is None
    view: dict[str, Any] = msgspec.to_builtins(product)
    return view | {
        "id": product.id, "machines": [b.machine for b in _machines(fake, product.question)],
        "address": f"/api/v1/products/{product.id}/data", "formats": granted["formats"] if granted else list(FORMATS),
        "granted": granted, "made_by": product.made_by if mine else None, "reads": product.reads if mine else None,
        "last_read": product.last_read if mine else None,
    }  # fmt: skip


def add_product_routes(api: FastAPI, fake: Any) -> None:
    """The routes; ``fake`` has ``machines`` and ``now``, and gets a ``shelf``."""
    shelf = fake.shelf = getattr(fake, "shelf", None) or Shelf()

    @api.get("/products")
    def listed() -> Any:
        return {"products": [_view(fake, p) for p in shelf.products.values()], "licences": LICENCES}

    @api.post("/products", status_code=201)
    async def make(request: Request) -> Any:
        body = await request.json()
        shelf.asked.append(body)
        asked = body["question"]
        if f"polaris/{body['name']}" in shelf.products:
            return _problem(400, f"polaris has a product {body['name']!r} already; choose another name")
        raw = asked | {"back": limits.duration(asked["back"])}
        raw |= {"every": limits.duration(asked["every"])} if "every" in asked else {}
        made = _product(fake, "polaris", body["name"], body["title"], raw)
        shelf.products[made.id] = msgspec.structs.replace(made, description=body["description"])
        return _view(fake, made)

    @api.delete("/products/{owner}/{name}", status_code=204)
    def remove(owner: str, name: str) -> Response:
        shelf.products.pop(f"{owner}/{name}")
        return Response(status_code=204)

    @api.get("/products/{owner}/{name}/data")
    def data(request: Request, owner: str, name: str, rows: int = 60) -> Any:
        product = shelf.products[f"{owner}/{name}"]
        machines = _machines(fake, product.question)
        last = fake.now() // MINUTE * MINUTE
        times = [last - i * MINUTE for i in range(-(-rows // max(1, len(machines))))][::-1]
        cells: list[list[Any]] = [[] for _ in product.columns]
        for birth in machines:
            for t in times:
                for i, value in enumerate((birth.machine, t, t)):
                    cells[i].append(value)
                for i, column in enumerate(product.columns[3:], 3):
                    spec = next((s for s in fake.machines[birth.machine]["signals"] if s["name"] == column.name), None)
                    cells[i].append(value_at(birth.machine, spec, t) if spec else float("nan"))
        table = Table(product.columns, cells)
        kind = asked_for(request, [product_tables.MEDIA[f] for f in FORMATS])
        if kind not in (None, "application/json"):
            return product_tables.written(next(f for f in FORMATS if product_tables.MEDIA[f] == kind), product, table)
        return {"product": product.id, "version": product.version, "licence": msgspec.to_builtins(product.licence),
                "start": times[0], "stop": last, "columns": msgspec.to_builtins(product.columns),
                "rows": product_tables.rows(table)[:rows], "truncated": False, "sources": ["raw"]}  # fmt: skip

    @api.get("/products/{owner}/{name}/grants")
    def grants(owner: str, name: str) -> Any:
        return {"grants": shelf.grants.get(f"{owner}/{name}", [])}

    @api.post("/products/{owner}/{name}/grants", status_code=201)
    async def grant(owner: str, name: str, request: Request) -> Any:
        body = await request.json()
        shelf.asked.append(body)
        if body.get("tenant") == owner:
            return _problem(400, f"{owner} owns the product and reads it anyway")
        life = body.pop("life", None)
        expires = fake.now() + limits.duration(life) if life else 0
        made = _grant(fake, f"g{len(shelf.asked)}-new", **body, expires=expires)
        shelf.grants.setdefault(f"{owner}/{name}", []).insert(0, made)
        return made | {"token": "eyJ.partner.token" if body.get("partner") else None}

    @api.delete("/products/{owner}/{name}/grants/{id}", status_code=204)
    def revoke(owner: str, name: str, id: str) -> Response:
        found = next(g for g in shelf.grants[f"{owner}/{name}"] if g["id"] == id)
        found.update(state="revoked", revoked=fake.now())
        return Response(status_code=204)


def _problem(status: int, detail: str) -> JSONResponse:
    return JSONResponse({"title": "Problem", "status": status, "detail": detail}, status)
