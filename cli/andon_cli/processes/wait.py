"""Waiting for a server that was just started, by its health."""

from __future__ import annotations

import time
from collections.abc import Callable

import httpx

_EACH_S = 0.1


def until_answers(url: str, within_s: float, alive: Callable[[], bool]) -> None:
    """Return once the address answers 200.

    Raises:
        TimeoutError: it has not by then.
        ChildProcessError: the server ended.
    """
    end = time.monotonic() + within_s
    with httpx.Client(trust_env=False, timeout=2) as client:
        while time.monotonic() < end:
            if not alive():
                raise ChildProcessError(f"the server of {url} ended before it answered")
            try:
                if client.get(url).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(_EACH_S)
    raise TimeoutError(f"{url} has not answered for {within_s:.0f} s")
