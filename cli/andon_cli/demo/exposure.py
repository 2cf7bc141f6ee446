"""Who reaches the console: loopback alone, unless ``ANDON_BIND`` and its companions say otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

_PASSED_ON = ("ANDON_BIND", "ANDON_PUBLIC_URL", "ANDON_TLS_CERT", "ANDON_TLS_KEY")


class NotExposed(RuntimeError):
    """What was set is not complete; the text says which setting is missing."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """The settings of who started, as they are handed on; without any the console is on loopback, plain."""

    settings: Mapping[str, str]

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Exposure:
        """Those that are set."""
        return cls({name: environ[name] for name in _PASSED_ON if environ.get(name)})

    @property
    def names(self) -> list[str]:
        """The host that people type: a name which the own certificate must bear."""
        host = urlsplit(self.settings.get("ANDON_PUBLIC_URL", "")).hostname
        return [host] if host else []

    def url(self, port: int) -> str:
        """What people type."""
        scheme = "https" if "ANDON_TLS_CERT" in self.settings else "http"
        return self.settings.get("ANDON_PUBLIC_URL", f"{scheme}://localhost:{port}").rstrip("/")

    @property
    def port(self) -> int | None:
        """The port that people type, where the address names one; one below 1024 is handed on to us by a router."""
        port = urlsplit(self.settings.get("ANDON_PUBLIC_URL", "")).port
        return port if port is not None and port >= 1024 else None

    def check(self, data_dir: Path, secrets_dir: Path) -> None:
        """Ask the API's own rules, and whether the printed link would open, before anything is made or started.

        Raises:
            NotExposed: it would refuse to start, or people could not open what it prints.
        """
        if not self.settings:
            return
        # only here: most starts need nothing of it, and it takes its time to import
        from andon_platform.api.exposure import is_loopback, listen
        from andon_platform.api.problems import ExposureError
        from andon_platform.settings import PlatformSettings

        chosen = {name.removeprefix("ANDON_").lower(): value for name, value in self.settings.items()}
        settings = PlatformSettings(data_dir=data_dir, secrets_dir=secrets_dir, **chosen)  # type: ignore[arg-type]
        try:
            wish = listen(settings, secrets_dir, own=False)
        except ExposureError as error:
            raise NotExposed(str(error)) from error
        if not settings.public_url:
            return
        try:
            address = urlsplit(settings.public_url)
            host, _ = address.hostname, address.port
        except ValueError as error:
            raise NotExposed(f"ANDON_PUBLIC_URL={settings.public_url} is no address: {error}") from error
        if address.scheme not in ("http", "https") or not host:
            raise NotExposed(
                f"ANDON_PUBLIC_URL={settings.public_url} is no address that people can type: write it in full, for "
                "example https://plant.example:8080"
            )
        if wish.tls and address.scheme == "http":
            raise NotExposed(
                f"ANDON_PUBLIC_URL={settings.public_url} would not open: with ANDON_TLS_CERT the console speaks TLS. "
                "Begin it with https://"
            )
        if not wish.tls and (address.scheme == "https" or not is_loopback(host)):
            raise NotExposed(
                f"ANDON_PUBLIC_URL={settings.public_url} would not open: the console is served as plain HTTP on "
                f"{settings.bind} alone. To show it to others set ANDON_BIND too, for example ANDON_BIND=0.0.0.0 (TLS "
                "is on then); for yourself alone leave ANDON_PUBLIC_URL out"
            )
