"""`python -m andon_cli.health TARGET`: a container's health check, with nothing but the standard library.

TARGET is a URL that shall answer 200, ``tcp://host:port`` that shall accept, or a file that shall be fresh.
"""

from __future__ import annotations

import socket
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

_FRESH_S = 15.0


def healthy(target: str) -> bool:
    """Whether the target is well now."""
    parts = urlsplit(target)
    if parts.scheme == "tcp":
        with socket.create_connection((parts.hostname, parts.port or 0), timeout=5):
            return True
    if parts.scheme in ("http", "https"):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(target, timeout=8) as answer:
            return bool(answer.status == 200)
    return time.time() - Path(target).stat().st_mtime < _FRESH_S


if __name__ == "__main__":
    try:
        sys.exit(0 if healthy(sys.argv[1]) else 1)
    except (OSError, urllib.error.URLError) as error:
        print(f"{sys.argv[1]}: {error}", file=sys.stderr)
        sys.exit(1)
