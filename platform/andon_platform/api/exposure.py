"""Plain HTTP on loopback alone; anything wider is a setting that must be complete, never inferred."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from andon_platform.api.problems import ExposureError
from andon_platform.settings import PlatformSettings


@dataclass(frozen=True, slots=True)
class Listen:
    """Where the process listens, and with which certificate (None: plain HTTP)."""

    host: str
    port: int
    certificate: Path | None
    key: Path | None

    @property
    def tls(self) -> bool:
        return self.certificate is not None


def is_loopback(host: str) -> bool:
    """Whether only this computer reaches the address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def listen(settings: PlatformSettings, secrets_dir: Path, *, own: bool = True) -> Listen:
    """What to listen on. ``own=False``: the certificate of Andon's own authority may still be to be made.

    Raises:
        ExposureError: beyond loopback something is missing; says which setting.
    """
    host = settings.listen_host or settings.bind
    certificate, key = settings.tls_cert, settings.tls_key
    if (certificate is None) != (key is None):
        raise ExposureError("ANDON_TLS_CERT and ANDON_TLS_KEY belong together: set both or none")
    if is_loopback(settings.bind) and certificate is None:
        return Listen(host, settings.listen_port, None, None)
    if not is_loopback(settings.bind):
        if not settings.public_url:
            raise ExposureError(
                f"ANDON_BIND={settings.bind} is reached from other computers: set ANDON_PUBLIC_URL to the address "
                "that people type, for example https://plant.example:8080"
            )
        if urlsplit(settings.public_url).scheme != "https":
            raise ExposureError(
                f"ANDON_PUBLIC_URL={settings.public_url} must begin with https:// because ANDON_BIND={settings.bind} "
                "is reached from other computers"
            )
        if certificate is None:
            certificate, key = secrets_dir / "server.pem", secrets_dir / "server.key"
            if not own:
                return Listen(host, settings.listen_port, certificate, key)
    assert certificate is not None and key is not None
    for file, name in ((certificate, "ANDON_TLS_CERT"), (key, "ANDON_TLS_KEY")):
        if not file.is_file():
            raise ExposureError(
                f"no file {file}: beyond loopback TLS is on. Set {name}, or run `andon setup`, which makes one from "
                "Andon's own authority"
            )
    return Listen(host, settings.listen_port, certificate, key)


def internal(settings: PlatformSettings) -> Listen | None:
    """The plain listener for our own processes, or None."""
    if not settings.internal_port:
        return None
    return Listen(settings.internal_host, settings.internal_port, None, None)
