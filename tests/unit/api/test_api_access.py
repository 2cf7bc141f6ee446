"""Links, sessions, tokens, enrolment, and who is refused what."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from andon_platform.api.access import COOKIE
from andon_platform.api.attempts import Attempts
from andon_platform.api.exposure import listen
from andon_platform.api.problems import ExposureError, TooOften
from andon_platform.settings import PlatformSettings
from andon_security.tokens import ROLE_SCOPES
from support.api_stack import Api
from support.broker import BrokerUnderTest


async def link(api: Api, **wanted: object) -> str:
    async with api.client() as client:
        answer = await client.post("/api/v1/links", json=wanted)
    assert answer.status_code == 201, answer.text
    url: str = answer.json()["url"]
    return url.rpartition("/")[2]


async def test_a_link_is_redeemed_by_post_alone(api: Api) -> None:
    secret = await link(api, role="operator", uses=1)
    async with httpx.AsyncClient(base_url=api.url, trust_env=False) as browser:
        for _ in range(3):  # a previewer
            page = await browser.get(f"/link/{secret}")
            assert page.status_code == 200 and "<form" in page.text and COOKIE not in page.headers.get("set-cookie", "")
        opened = await browser.post(f"/link/{secret}")
        assert opened.status_code == 303 and opened.headers["location"] == "/"
        cookie = opened.headers["set-cookie"].lower()
        assert "httponly" in cookie and "samesite=lax" in cookie and "secure" not in cookie
        who = (await browser.get("/api/v1/session")).json()
        assert who["role"] == "operator" and "machine:operate" in who["scopes"] and who["expires"]
        again = await browser.post(f"/link/{secret}")
        assert again.status_code == 401 and "andon link" in again.text
        gone = await browser.delete("/api/v1/session", headers={"Origin": api.url})
        assert gone.status_code == 204
        assert (await browser.get("/api/v1/session")).status_code == 401
    kinds = [r["kind"] for r in api.services.audit.records()]
    assert kinds == ["link", "login", "refusal", "logout"] and api.services.audit.verify().whole


async def test_uses_and_life_are_kept_to(api: Api) -> None:
    secret = await link(api, uses=2)
    async with api.client(None) as browser:
        codes = [(await browser.post("/api/v1/session", json={"link": secret})).status_code for _ in range(3)]
    assert codes == [201, 201, 401]


async def test_nobody_hands_on_more_than_they_hold(api: Api) -> None:
    async with api.client("service", scopes=["link:create", *ROLE_SCOPES["viewer"]]) as client:
        assert (await client.post("/api/v1/links", json={"role": "viewer"})).status_code == 201
        assert (await client.post("/api/v1/links", json={"role": "admin"})).status_code == 403
    async with api.client("engineer") as client:
        assert (await client.post("/api/v1/links", json={"role": "viewer"})).status_code == 403


async def test_another_site_cannot_use_a_session(api: Api) -> None:
    secret = await link(api, role="admin")
    async with httpx.AsyncClient(base_url=api.url, trust_env=False) as browser:
        await browser.post("/api/v1/session", json={"link": secret})
        for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {}):
            answer = await browser.post("/api/v1/links", json={}, headers=headers)
            assert answer.status_code == 403, headers
        good = await browser.post("/api/v1/links", json={}, headers={"Sec-Fetch-Site": "same-origin"})
        assert good.status_code == 201


async def test_tokens_are_narrowed_and_forged_ones_refused(api: Api) -> None:
    body = {"grant_type": "client_credentials", "client_secret": api.token("admin"), "scope": "data:read"}
    async with api.client(None) as client:
        made = (await client.post("/api/v1/token", data=body)).json()
        narrow = {"Authorization": f"Bearer {made['access_token']}"}
        assert (await client.get("/api/v1/machines", headers=narrow)).status_code == 200
        refused = await client.post("/api/v1/links", json={}, headers=narrow)
        assert refused.status_code == 403 and refused.json()["scope"] == "link:create"
        forged = await client.get("/api/v1/machines", headers={"Authorization": "Bearer a.b.c"})
        assert forged.status_code == 401 and "bearer" in forged.headers["www-authenticate"].lower()
        nobody = await client.get("/api/v1/machines")
        assert nobody.status_code == 401 and nobody.headers["content-type"] == "application/problem+json"


def write_machine(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "oven-1.yaml").write_text("type: oven\nline: acme/north/hall/line-1\n")


async def test_enrolment_grants_only_what_a_file_names(api: Api) -> None:
    write_machine(api.services.settings.machines_dir)
    path = "acme/north/hall/line-1/oven-1"
    async with api.client("service", scopes=["device:enrol"]) as edge:
        made = await edge.post(f"/api/v1/devices/{path}/enrol")
        assert made.status_code == 201, made.text
        assert made.json()["username"] == path and api.admin.passwords[path] == made.json()["password"]
        other = await edge.post("/api/v1/devices/acme/north/hall/line-1/oven-2/enrol")
        assert other.status_code == 403 and "oven-2" in other.json()["detail"]
    async with api.client("operator") as client:
        assert (await client.post(f"/api/v1/devices/{path}/enrol")).status_code == 403
    assert [(r["kind"], r["who"]) for r in api.services.audit.records()] == [
        ("credential", "service:tester"), ("refusal", "service:tester"), ("refusal", "operator:tester"),
    ]  # fmt: skip


def test_guessing_is_slowed() -> None:
    time = [0.0]
    attempts = Attempts(allowed=3, window_s=60, now=lambda: time[0])
    for _ in range(3):
        attempts.check("a")
        attempts.failed("a")
    attempts.check("b")
    with pytest.raises(TooOften):
        attempts.check("a")
    time[0] = 60.0
    attempts.check("a")


def test_exposure_is_a_setting(broker: BrokerUnderTest, tmp_path: Path) -> None:
    secrets = broker.secrets("api")

    def settings(**more: object) -> PlatformSettings:
        return PlatformSettings(data_dir=tmp_path, secrets_dir=secrets, **more)  # type: ignore[arg-type]

    assert not listen(settings(), secrets).tls
    assert listen(settings(listen_host="0.0.0.0"), secrets).host == "0.0.0.0"
    with pytest.raises(ExposureError, match="ANDON_PUBLIC_URL"):
        listen(settings(bind="0.0.0.0"), secrets)
    with pytest.raises(ExposureError, match="https://"):
        listen(settings(bind="0.0.0.0", public_url="http://plant"), secrets)
    wide = listen(settings(bind="0.0.0.0", public_url="https://plant.example"), secrets)
    assert wide.tls and wide.certificate == secrets / "server.pem"
    with pytest.raises(ExposureError, match="belong together"):
        listen(settings(tls_cert=secrets / "server.pem"), secrets)
    with pytest.raises(ExposureError, match="no file"):
        listen(settings(bind="0.0.0.0", public_url="https://plant.example"), tmp_path)
