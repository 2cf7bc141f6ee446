"""Certificates that a strict TLS library accepts, made once and renewed in time."""

from __future__ import annotations

import datetime as dt
import ssl
import stat
import threading
from pathlib import Path

import pytest
from andon_contracts.identity import Identity
from andon_security.authority import SERVER_DAYS, Authority, serves
from andon_security.mqtt import tls_context
from andon_security.stock import FOLDERS, Stock, prepare

NOW = dt.datetime.now(dt.UTC)
PRESS = Identity.parse("acme/north/hall/line-1/press-1")


def handshake(folder: Path, client: ssl.SSLContext, name: str) -> str:
    """A TLS handshake in memory; returns the protocol's version."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "server.pem", folder / "server.key")
    a, b = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(a, b, server_hostname=name)
    theirs = server.wrap_bio(b, a, server_side=True)
    for _ in range(10):
        for side in (ours, theirs):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return str(ours.version())


def test_a_strict_client_accepts_the_servers(tmp_path: Path) -> None:
    prepare(tmp_path, [PRESS], broker_names=["localhost", "127.0.0.1", "broker"])
    context = tls_context(tmp_path / "edge")
    assert context.verify_flags & ssl.VERIFY_X509_STRICT
    for name in ("localhost", "127.0.0.1", "broker"):
        assert handshake(tmp_path / "broker", context, name).startswith("TLS")
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(tmp_path / "broker", context, "elsewhere")


def test_another_installations_authority_is_not_trusted(tmp_path: Path) -> None:
    prepare(tmp_path / "a", [])
    prepare(tmp_path / "b", [])
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(tmp_path / "a" / "broker", tls_context(tmp_path / "b" / "edge"), "localhost")


def test_nothing_is_made_twice_and_all_is_private(tmp_path: Path) -> None:
    assert prepare(tmp_path, [PRESS])
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    assert prepare(tmp_path, [PRESS]) == []
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before
    public = {"ca.pem", "server.pem"}
    for file in before:
        assert stat.S_IMODE(file.stat().st_mode) == (0o644 if file.name in public else 0o600), file
    assert {p.name for p in tmp_path.iterdir()} == set(FOLDERS)


def test_no_folder_holds_a_secret_of_another(tmp_path: Path) -> None:
    prepare(tmp_path, [PRESS])
    stock = Stock(tmp_path)
    secret = (stock.folder("api") / "signing-key").read_text()
    for name in FOLDERS:
        if name != "api":
            texts = [p.read_text() for p in stock.folder(name).rglob("*") if p.is_file()]
            assert not any(secret in text for text in texts), name
    assert not (stock.folder("api") / "ca.key").exists()


def test_a_certificate_near_its_end_is_renewed(tmp_path: Path) -> None:
    authority = Authority.open(tmp_path, NOW)
    certificate, _ = authority.issue_server(["localhost"], NOW)
    (tmp_path / "server.pem").write_bytes(certificate)
    assert serves(tmp_path / "server.pem", ["localhost"], NOW)
    assert not serves(tmp_path / "server.pem", ["localhost", "plant.example"], NOW)
    assert not serves(tmp_path / "server.pem", ["localhost"], NOW + dt.timedelta(days=SERVER_DAYS - 10))


def test_a_machine_that_enrolled_keeps_its_credential_when_the_brokers_file_is_lost(tmp_path: Path) -> None:
    prepare(tmp_path, [PRESS])
    stock = Stock(tmp_path)
    stock.dynamic_security.unlink()
    prepare(tmp_path, [])
    assert PRESS.path in stock.dynamic_security.read_text()


def test_secret_files_are_written_whole(tmp_path: Path) -> None:
    from andon_security.files import write_secret

    path = tmp_path / "secret"
    texts = [str(n) * 5000 for n in range(4)]

    def write(text: str) -> None:
        for _ in range(20):
            write_secret(path, text)

    threads = [threading.Thread(target=write, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_text() in texts
    assert [p.name for p in tmp_path.iterdir()] == ["secret"]
