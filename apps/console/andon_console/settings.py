"""Settings of the console's process. Prefix ``ANDON_``."""

from __future__ import annotations

from andon_security.settings import ServiceSettings


class ConsoleSettings(ServiceSettings):
    """Where the console listens, and whom it believes."""

    #: Loopback: only the API's process, which is the published origin, shall reach the console.
    listen_host: str = "127.0.0.1"
    #: 0 takes a free port. The default is the one that the API's ``apps_url`` names.
    listen_port: int = 8081
    #: Answer only requests that the API's process handed on (it says who asks). Off for development alone.
    require_gateway: bool = True
