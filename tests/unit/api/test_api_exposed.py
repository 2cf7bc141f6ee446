"""Beyond loopback: TLS on the published port, a plain one for our own, and clear words where something is missing."""

from __future__ import annotations

import ssl
from pathlib import Path

import httpx
import pytest
from andon_cli.access import find_access
from andon_cli.demo.exposure import Exposure, NotExposed
from andon_cli.processes.ports import free_port
from andon_platform.api.access import COOKIE
from andon_platform.settings import PlatformSettings
from andon_security.mqtt import tls_context
from support.api_stack import running_api
from support.broker import BrokerUnderTest


async def test_https_outside_and_a_plain_listener_inside(
    broker: BrokerUnderTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, secrets = free_port(), broker.secrets("api")
    # `listen_host` keeps the test on loopback, as a container's differs from what is published
    wide = {"bind": "0.0.0.0", "listen_host": "127.0.0.1", "public_url": "https://localhost:8443/"}
    async with running_api(broker, tmp_path, internal_port=own, **wide) as api:
        port = api.url.rpartition(":")[2]
        trusting = tls_context(secrets)  # strict, and the authority's certificate alone
        async with httpx.AsyncClient(base_url=f"https://localhost:{port}", verify=trusting, trust_env=False) as browser:
            page = await browser.get("/", headers={"Accept": "text/html"})
            assert page.status_code == 401 and "max-age" in page.headers["strict-transport-security"]
            monkeypatch.setenv("ANDON_SECRETS_DIR", str(secrets))
            monkeypatch.setenv("ANDON_INTERNAL_PORT", str(own))
            access = find_access()  # as `andon link` does inside the container
            async with httpx.AsyncClient(base_url=access.url, headers=access.headers, trust_env=False) as inside:
                assert (await inside.get("/api/v1/ready")).status_code == 200
                url = (await inside.post("/api/v1/links", json={"role": "viewer"})).json()["url"]
            assert url.startswith("https://localhost:8443/link/")
            opened = await browser.post(f"/link/{url.rpartition('/')[2]}")
            cookie = opened.headers["set-cookie"]
            assert opened.status_code == 303 and COOKIE in cookie and "secure" in cookie.lower()
            assert (await browser.get("/api/v1/machines")).status_code == 200
        async with httpx.AsyncClient(trust_env=False) as stranger:
            with pytest.raises(httpx.ConnectError) as refused:
                await stranger.get(f"https://localhost:{port}/")
            assert isinstance(_cause(refused.value), ssl.SSLCertVerificationError)
            with pytest.raises(httpx.RemoteProtocolError):
                await stranger.get(f"http://localhost:{port}/")


def _cause(error: BaseException) -> BaseException | None:
    """The innermost of the chain."""
    inner = error.__cause__ or error.__context__
    return _cause(inner) if inner is not None else error


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({"ANDON_BIND": "0.0.0.0"}, "set ANDON_PUBLIC_URL"),
        ({"ANDON_BIND": "0.0.0.0", "ANDON_PUBLIC_URL": "http://plant:8080"}, "must begin with https://"),
        ({"ANDON_TLS_KEY": "some.key"}, "belong together"),
        ({"ANDON_TLS_CERT": "no.pem", "ANDON_TLS_KEY": "no.key"}, "no file no.pem"),
    ],
)
def test_a_demo_is_refused_before_it_starts(
    broker: BrokerUnderTest, tmp_path: Path, environ: dict[str, str], says: str
) -> None:
    with pytest.raises(NotExposed, match=says):
        Exposure.read(environ).check(tmp_path, broker.secrets("api"))


def test_what_a_demo_prints_and_hands_on(broker: BrokerUnderTest, tmp_path: Path) -> None:
    alone = Exposure.read({"ANDON_BIND": "", "ANDON_STORE": "memory"})
    assert (dict(alone.settings), alone.names, alone.url(8080)) == ({}, [], "http://localhost:8080")
    wide = Exposure.read({"ANDON_BIND": "0.0.0.0", "ANDON_PUBLIC_URL": "https://plant.example:8080"})
    wide.check(tmp_path, broker.secrets("api"))
    assert wide.names == ["plant.example"] and wide.url(9090) == "https://plant.example:8080"


def test_empty_settings_are_no_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ANDON_TLS_CERT", "ANDON_PUBLIC_URL", "ANDON_LISTEN_HOST"):
        monkeypatch.setenv(name, "")
    found = PlatformSettings(data_dir=tmp_path, secrets_dir=tmp_path)
    assert found.tls_cert is None and found.public_url == "" and found.listen_host == ""
