"""Data products over HTTP: made, read in every format, granted to a tenant and to a partner, revoked at once."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import duckdb
import httpx
import nanoarrow
import pytest
from andon_contracts.messages import PiecesCounted, Sample, SignalSpec, StateChanged, Telemetry
from andon_platform.data.port import Batch
from nanoarrow.ipc import InputStream
from support.api_stack import BEND, EPOCH, OTHER, PRESS, Api, birth_of, now_us

PARQUET, ARROW = "application/vnd.apache.parquet", "application/vnd.apache.arrow.stream"
MINUTE = 60_000_000
HOME = "/api/v1/products"
ONE = f"{HOME}/polaris/press-oil"


def wanted(**more: Any) -> dict[str, Any]:
    question = {"machines": [PRESS, BEND], "signals": ["oil_temperature"], "every": "1m", "back": "1d"}
    return {
        "name": "press-oil", "title": "Oil of the presses", "licence": {"id": "CC-BY-4.0"}, "question": question,
    } | more  # fmt: skip


async def filled(api: Api) -> int:
    """Ten minutes of two machines, one value a minute; returns the first minute."""
    first = now_us() // MINUTE * MINUTE - 20 * MINUTE
    batch = Batch()
    for path in (PRESS, BEND, OTHER):
        api.services.registry.birth(birth_of(path))
        for i in range(10):
            values = {"oil_temperature": 40.0 + i, "hydraulic_pressure": 100.0 + i}
            sample = Sample(t=first + i * MINUTE + 5, values=values)
            batch.telemetry.append(Telemetry(machine=path, epoch=EPOCH, seq=i + 1, samples=[sample]))
        batch.events.append(PiecesCounted(machine=path, epoch=EPOCH, seq=20, t=first + 7, good=3, scrap=1))
        batch.events.append(StateChanged(machine=path, epoch=EPOCH, seq=21, t=first + 8, state="producing"))
    await api.store.write(batch)
    return first


async def made(api: Api, **more: Any) -> dict[str, Any]:
    async with api.client("engineer") as client:
        answer = await client.post(HOME, json=wanted(**more))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def granted(api: Api, **whom: Any) -> dict[str, Any]:
    async with api.client("engineer", tenant="polaris") as client:
        answer = await client.post(f"{ONE}/grants", json=whom)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def partner(api: Api, token: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=api.url, headers={"Authorization": f"Bearer {token}"}, timeout=20)


async def test_its_schema_comes_from_what_machines_announced(api: Api) -> None:
    await filled(api)
    product = await made(api)
    assert (product["id"], product["owner"], product["version"]) == ("polaris/press-oil", "polaris", 1)
    assert product["licence"] == {
        "id": "CC-BY-4.0", "name": "Creative Commons Attribution 4.0 International",
        "url": "https://spdx.org/licenses/CC-BY-4.0.html",
    }  # fmt: skip
    assert [(c["name"], c["type"], c["unit"]) for c in product["columns"]] == [
        ("machine", "string", ""), ("t", "int64", "us"), ("time", "timestamp[us, UTC]", ""),
        ("oil_temperature", "float64", "Cel"),
    ]  # fmt: skip
    assert product["machines"] == [BEND, PRESS]
    assert product["address"].endswith("/api/v1/products/polaris/press-oil/data")


async def test_the_version_grows_with_the_schema_and_with_nothing_else(api: Api) -> None:
    first = await filled(api)
    await made(api)
    kelvin = [SignalSpec(name="oil_temperature", unit="K", minimum=0, maximum=400, rate_hz=1)]
    async with api.client("engineer") as client:
        again = (await client.patch(ONE, json={"title": "Oil"})).json()
        assert (again["version"], again["title"]) == (1, "Oil")
        api.services.registry.birth(birth_of(BEND, 2, now_us(), signals=kelvin))
        found = (await client.get(ONE)).json()
        assert found["version"] == 2
        assert [(c["name"], c["unit"]) for c in found["columns"][3:]] == [
            ("oil_temperature (Cel)", "Cel"), ("oil_temperature (K)", "K"),
        ]  # fmt: skip
        assert (await client.get(ONE)).json()["version"] == 2
        table = (await client.get(f"{ONE}/data", params={"start": first})).json()
        assert table["version"] == 2
        row = {r[0]: r[3:] for r in table["rows"] if r[1] == first}
        assert row == {PRESS: [40.0, None], BEND: [None, 40.0]}
        question = wanted()["question"] | {"machines": [PRESS], "signals": ["oil_temperature", "hydraulic_pressure"]}
        third = (await client.patch(ONE, json={"question": question})).json()
        assert (third["version"], len(third["columns"])) == (3, 5)


async def test_a_product_by_place_and_type_takes_in_machines_that_come_later(api: Api) -> None:
    await filled(api)
    question = {"place": "polaris/north", "type": "sheet-metal-press", "signals": ["oil_temperature"], "every": "1m"}
    product = await made(api, question=question)
    assert product["machines"] == [BEND, PRESS]
    later = PRESS.replace("press-1", "press-9")
    api.services.registry.birth(birth_of(later))
    api.services.registry.birth(birth_of(PRESS.replace("press-1", "robot-1"), type="robot"))
    async with api.client("viewer") as client:
        assert (await client.get(ONE)).json()["machines"] == [BEND, PRESS, later]


async def test_what_is_read_is_what_was_stored_in_every_format(api: Api, tmp_path: Path) -> None:
    first = await filled(api)
    await made(api)
    asked = {"start": first + 2 * MINUTE, "stop": first + 5 * MINUTE}
    async with api.client("viewer", tenant="polaris") as client:
        table = (await client.get(f"{ONE}/data", params=asked)).json()
        assert [r[:2] + r[3:] for r in table["rows"]] == [
            [m, first + i * MINUTE, 40.0 + i] for m in (BEND, PRESS) for i in (2, 3, 4)
        ]
        as_csv = await client.get(f"{ONE}/data", params=asked, headers={"Accept": "text/csv"})
        as_parquet = await client.get(f"{ONE}/data", params=asked, headers={"Accept": PARQUET})
        as_arrow = await client.get(f"{ONE}/data", params=asked, headers={"Accept": ARROW})
        newest = (await client.get(f"{ONE}/data", params=asked | {"rows": 2})).json()
    assert 'rel="license"' in as_csv.headers["link"] and "CC-BY-4.0" in as_csv.headers["link"]
    rows = list(csv.reader(io.StringIO(as_csv.text)))
    assert rows[0] == ["machine", "t", "time", "oil_temperature [Cel]"]
    assert [float(r[3]) for r in rows[1:]] == [42, 43, 44, 42, 43, 44]
    file = tmp_path / "x.parquet"
    file.write_bytes(as_parquet.content)
    seen = duckdb.sql(f"SELECT machine, t, oil_temperature, epoch_us(time) FROM '{file}'").fetchall()
    assert seen == [(m, t, v, t) for m, t, _, v in table["rows"]]
    kept = dict(duckdb.sql(f"SELECT key, value FROM parquet_kv_metadata('{file}')").fetchall())
    assert kept[b"andon.licence"] == b"CC-BY-4.0" and kept[b"andon.version"] == b"1"
    with InputStream.from_readable(io.BytesIO(as_arrow.content)) as stream:
        arrived = nanoarrow.ArrayStream(stream)
        assert arrived.schema.metadata[b"andon.product"] == b"polaris/press-oil"
        assert arrived.schema.field(3).metadata[b"unit"] == b"Cel"
        assert [r["oil_temperature"] for r in arrived.read_all().to_pysequence()] == [42, 43, 44, 42, 43, 44]
    assert {r[1] for r in newest["rows"]} == {first + 4 * MINUTE} and len(newest["rows"]) == 2


async def test_events_and_counts_are_products_too(api: Api) -> None:
    first = await filled(api)
    await made(api, name="states", question={"kind": "events", "place": "polaris", "events": ["state"], "back": "1h"})
    await made(api, name="pieces", question={"kind": "counts", "place": "polaris", "back": "1h"})
    async with api.client("viewer") as client:
        states = (await client.get(f"{HOME}/polaris/states/data")).json()
        assert [(r[0], r[1], r[2]) for r in states["rows"]] == [(m, "state", first + 8) for m in (BEND, PRESS)]
        pieces = (await client.get(f"{HOME}/polaris/pieces/data")).json()
        assert pieces["rows"] == [[BEND, 3, 1, 1], [PRESS, 3, 1, 1]]


async def test_pieces_that_people_found_bad_are_scrap_here_too(api: Api) -> None:
    await filled(api)
    await made(api, name="pieces", question={"kind": "counts", "machines": [PRESS], "back": "1h"})
    booking = {"machine": PRESS, "pieces": 2, "reason": "Scratch or dent", "key": "s-1"}
    async with api.client("operator") as client:
        booked = await client.post("/api/v1/station/scrap", json=booking)
        assert booked.status_code == 201, booked.text
        pieces = (await client.get(f"{HOME}/polaris/pieces/data")).json()
        plain = (await client.get("/api/v1/counts", params={"machine": PRESS})).json()
    assert pieces["rows"] == [[PRESS, 1, 3, 1]]
    assert (plain["good"], plain["scrap"]) == (1, 3)


async def test_nobody_gets_older_values_than_are_offered(api: Api) -> None:
    first = await filled(api)
    await made(api, question=wanted()["question"] | {"back": "12m"})
    async with api.client("viewer") as client:
        table = (await client.get(f"{ONE}/data", params={"start": first})).json()
        assert table["start"] > first
        assert table["rows"] and all(r[1] >= table["start"] - MINUTE for r in table["rows"])
        gone = await client.get(f"{ONE}/data", params={"start": first, "stop": first + MINUTE})
        assert gone.status_code == 400 and "reaches back" in gone.json()["detail"]


async def test_another_tenant_sees_it_from_the_grant_to_the_revocation(api: Api) -> None:
    await filled(api)
    await made(api)
    async with api.client("viewer", tenant="acme") as acme, api.client("viewer", tenant="third") as third:
        assert (await acme.get(ONE)).status_code == 404
        assert (await acme.get(f"{ONE}/data")).status_code == 404
        assert (await acme.get(HOME)).json()["products"] == []
        grant = await granted(api, tenant="acme", formats=["csv"])
        assert grant["token"] is None
        seen = (await acme.get(HOME)).json()["products"]
        assert [(p["id"], p["formats"], p["made_by"]) for p in seen] == [("polaris/press-oil", ["csv"], None)]
        csv_only = {"Accept": "text/csv"}
        assert (await acme.get(f"{ONE}/data", headers=csv_only)).status_code == 200
        assert (await acme.get(f"{ONE}/data")).headers["content-type"].startswith("text/csv")  # anything: what there is
        refused = await acme.get(f"{ONE}/data", headers={"Accept": PARQUET})
        assert refused.status_code == 403 and "csv" in refused.json()["detail"]
        assert (await third.get(f"{ONE}/data", headers=csv_only)).status_code == 404
        # the machine itself stays closed
        assert (await acme.get(f"/api/v1/machines/{PRESS}")).status_code == 404
        async with api.client("engineer", tenant="polaris") as polaris:
            listed = (await polaris.get(f"{ONE}/grants")).json()["grants"]
            assert [(g["tenant"], g["state"], g["reads"]) for g in listed] == [("acme", "good", 2)]
            assert (await polaris.get(ONE)).json()["reads"] == 2
            assert (await polaris.delete(f"{ONE}/grants/{grant['id']}")).status_code == 204
            assert (await polaris.delete(f"{ONE}/grants/{grant['id']}")).status_code == 404
        assert (await acme.get(f"{ONE}/data", headers=csv_only)).status_code == 404
        assert (await acme.get(HOME)).json()["products"] == []
    log = [r["what"] for r in api.services.audit.records() if r["kind"] == "product"]
    assert [w.split(" ", 1)[0] for w in log] == ["made", "granted", "read", "read", "revoked"]
    assert log[3].startswith("read polaris/press-oil as csv: ") and "acme" in log[4]


async def test_a_partner_reads_that_product_and_nothing_else(api: Api) -> None:
    await filled(api)
    await made(api)
    await made(api, name="other")
    grant = await granted(api, partner="Harbour Lab", life="2d")
    assert grant["expires"] - grant["granted"] == 2 * 86_400_000_000
    async with partner(api, grant["token"]) as lab:
        assert [p["id"] for p in (await lab.get(HOME)).json()["products"]] == ["polaris/press-oil"]
        assert (await lab.get(f"{ONE}/data")).json()["rows"]
        assert (await lab.get(f"{HOME}/polaris/other/data")).status_code == 404
        description = (await lab.get("/api/v1/openapi.json")).json()
        filler = dict(zip(("enterprise", "site", "area", "line", "machine"), PRESS.split("/"), strict=True))
        open_to_all = {"/health", "/ready", "/session", "/token"}
        tried = 0
        for path, item in description["paths"].items():
            if path.startswith("/products") or path in open_to_all:
                continue
            for method in item:
                url = "/api/v1" + path.format(**filler, id="x", name="x", owner="x", round="x")
                answer = await lab.request(method, url, json={} if method != "get" else None)
                assert answer.status_code in (403, 422), f"{method} {path}: {answer.status_code}"
                assert answer.status_code == 403 or method != "get" or not answer.json().get("rows")
                tried += 1
        assert tried > 40
        for method, url in (("POST", HOME), ("PATCH", ONE), ("DELETE", ONE), ("GET", f"{ONE}/grants")):
            assert (await lab.request(method, url, json=wanted())).status_code == 403
        # a token that it makes of its own opens no more, and ends with the grant
        form = {"grant_type": "client_credentials", "client_secret": grant["token"]}
        own = (await lab.post("/api/v1/token", data=form)).json()["access_token"]
        async with partner(api, own) as copy:
            assert (await copy.get(f"{ONE}/data")).status_code == 200
            async with api.client("engineer") as client:
                assert (await client.delete(f"{ONE}/grants/{grant['id']}")).status_code == 204
            assert (await copy.get(f"{ONE}/data")).status_code == 404
        assert (await lab.get(f"{ONE}/data")).status_code == 404


async def test_a_grant_that_has_expired_opens_nothing(api: Api) -> None:
    await filled(api)
    await made(api)
    await granted(api, tenant="acme", life="1h")
    real = api.services.now
    async with api.client("viewer", tenant="acme") as acme:
        assert (await acme.get(ONE)).status_code == 200
        api.services.products._now = lambda: real() + 3_600_000_001
        assert (await acme.get(ONE)).status_code == 404


async def test_granted_again_the_new_terms_hold_and_a_removed_product_takes_its_grants_along(api: Api) -> None:
    await filled(api)
    await made(api)
    await granted(api, tenant="acme", formats=["csv"])
    await granted(api, tenant="acme", formats=["json"])
    async with api.client("engineer") as client, api.client("viewer", tenant="acme") as acme:
        states = [(g["state"], g["formats"]) for g in (await client.get(f"{ONE}/grants")).json()["grants"]]
        assert sorted(states) == [("good", ["json"]), ("revoked", ["csv"])]
        assert (await acme.get(f"{ONE}/data")).status_code == 200
        assert (await client.delete(ONE)).status_code == 204
        await made(api)
        assert (await acme.get(ONE)).status_code == 404


@pytest.mark.parametrize(
    ("role", "made_status", "grant_status"), [("viewer", 403, 403), ("operator", 403, 403), ("engineer", 201, 201)]
)
async def test_who_may_make_and_who_may_share(api: Api, role: Any, made_status: int, grant_status: int) -> None:
    await filled(api)
    async with api.client(role) as client:
        assert (await client.post(HOME, json=wanted())).status_code == made_status
        if made_status == 403:
            await made(api)
        assert (await client.post(f"{ONE}/grants", json={"tenant": "acme"})).status_code == grant_status


async def test_another_enterprise_makes_and_shares_none_of_ours(api: Api) -> None:
    await filled(api)
    await made(api)
    async with api.client("engineer", tenant="acme") as acme:
        assert (await acme.post(HOME, json=wanted(name="mine"))).status_code == 400
        for method, path in (("PATCH", ""), ("DELETE", ""), ("GET", "/grants"), ("POST", "/grants")):
            answer = await acme.request(method, ONE + path, json={"tenant": "acme"})
            assert answer.status_code == 404, f"{method} {path}"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"licence": {"id": "WTF-1"}}, "not known here"),
        ({"licence": {"name": "Ours"}}, "a name and a url"),
        ({"question": {"machines": [PRESS, OTHER], "signals": ["oil_temperature"], "every": "1m"}}, "one enterprise"),
        ({"question": {"machines": [PRESS], "signals": ["nix"], "every": "1m"}}, "GET /catalogue"),
        ({"question": {"machines": [PRESS], "signals": ["oil_temperature"]}}, "give every"),
        ({"question": {"machines": [PRESS], "every": "1m"}}, "names its signals"),
        ({"question": {"place": "polaris/south", "signals": ["oil_temperature"], "every": "1m"}}, "no machine fits"),
        ({"question": {"machines": [PRESS], "place": "polaris", "kind": "counts"}}, "not both"),
    ],
)
async def test_what_cannot_be_a_product_is_said(api: Api, more: dict[str, Any], said: str) -> None:
    await filled(api)
    async with api.client("engineer") as client:
        answer = await client.post(HOME, json=wanted(**more))
    assert answer.status_code == 400
    assert said in answer.json()["detail"]


async def test_a_name_is_given_once_and_a_range_has_a_limit(api: Api) -> None:
    await filled(api)
    question = wanted()["question"] | {"every": "1s", "back": "30d"}
    await made(api, question=question)
    async with api.client("engineer") as client:
        taken = await client.post(HOME, json=wanted())
        assert taken.status_code == 400 and "already" in taken.json()["detail"]
        much = await client.get(f"{ONE}/data", params={"start": "-10d"})
        assert much.status_code == 422 and "99000 s or less" not in much.text and "s or less" in much.json()["detail"]
        assert (await client.get(f"{ONE}/data")).status_code == 200
