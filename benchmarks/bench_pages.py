"""What open Floors cost the server, and how soon a page is usable.

    uv run python benchmarks/bench_pages.py [--browsers 30] [--seconds 30] [--pace 1] [--loads 5] [--json]

A real `andon demo`; its processes' CPU first alone, then with so many browsers (`floor_clients.py`, a process of its
own, which does on the wire what an open Floor does). Then, where Playwright and a Chromium are, the time from the
click to a Floor with every machine and a running live stream: cold (a new browser profile) and warm (the files kept).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
from andon_cli.demo.home import Home
from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parent
_CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
_USABLE = """(count) => document.querySelectorAll('.tile').length >= count && document.querySelector('.live.live')
  && performance.now()"""


def wait(found: Callable[[], Any], within_s: float, what: str) -> Any:
    """The first true answer."""
    end = time.monotonic() + within_s
    while not (answer := found()):
        if time.monotonic() > end:
            raise SystemExit(f"{what}: not within {within_s:g} s")
        time.sleep(0.1)
    return answer


def cpu_s(pids: dict[str, int]) -> dict[str, float]:
    """CPU seconds of each process so far."""
    times = {name: psutil.Process(pid).cpu_times() for name, pid in pids.items()}
    return {name: t.user + t.system for name, t in times.items()}


def share(pids: dict[str, int], seconds: float) -> dict[str, float]:
    """Percent of one core of each process, over so many seconds."""
    before, began = cpu_s(pids), time.monotonic()
    time.sleep(seconds)
    after, took = cpu_s(pids), time.monotonic() - began
    return {name: 100 * (after[name] - before[name]) / took for name in pids}


def browsers(link: str, count: int, pids: dict[str, int], seconds: float) -> tuple[dict[str, float], dict[str, float]]:
    """CPU with so many open Floors; what came to each of them a second."""
    command = [sys.executable, str(HERE / "floor_clients.py"), link, str(count)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as clients:
        assert clients.stdin is not None and clients.stdout is not None
        if clients.stdout.readline().strip() != "ready":
            raise SystemExit("the browsers do not come in")
        time.sleep(3)  # what they ask once is asked
        began = time.monotonic()
        loaded = share(pids, seconds)
        clients.stdin.close()
        came = json.loads(clients.stdout.readline())
    each = count * (time.monotonic() - began + 3)
    return loaded, {"frames_per_s": came["frames"] / each, "kb_per_s": came["bytes"] / each / 1e3}


async def loads(link: str, times: int, machines: int) -> dict[str, list[float]] | None:
    """Milliseconds until a Floor is usable, cold and warm; None without a browser."""
    path = os.environ.get("ANDON_CHROMIUM") or next(filter(None, map(shutil.which, _CHROMIUM)), None)
    try:
        from playwright.async_api import async_playwright
    except ImportError:
        return None
    if path is None:
        return None
    found: dict[str, list[float]] = {"cold": [], "warm": []}
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=path, args=_FLAGS)
        for _ in range(times):
            context = await browser.new_context(viewport={"width": 1920, "height": 1080})
            page = await context.new_page()
            base, secret = link.split("/link/")
            answer = await context.request.post(
                f"{base}/api/v1/session", data={"link": secret}, headers={"Origin": base}
            )
            if not answer.ok:
                raise SystemExit(f"the link is not taken: {answer.status}")
            for kind in found:
                await page.goto(base, wait_until="commit")
                usable = await page.wait_for_function(_USABLE, arg=machines, polling=20)
                found[kind].append(await usable.json_value())
                await page.goto("about:blank")
            await context.close()
        await browser.close()
    return found


def measure(wish: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Start a demo and look at it."""
    log = folder / "printed"
    command = [sys.executable, "-m", "andon_cli", "demo", "--data-dir", str(folder / "demo"), "--port", "0"]
    with log.open("wb") as out:
        demo = subprocess.Popen([*command, "--pace", str(wish.pace)], stdout=out, stderr=out, stdin=subprocess.DEVNULL)
    try:
        link = wait(lambda: [w for w in log.read_text().split() if "/link/" in w], 90, "the demo's link")[0]
        time.sleep(10)  # births are known and caches warm
        rows: list[dict[str, Any]] = Home(folder / "demo").read_running()["children"]  # type: ignore[assignment]
        pids = {row["name"]: row["pid"] for row in rows}
        alone = share(pids, wish.seconds)
        loaded, came = browsers(link, wish.browsers, pids, wish.seconds)
        usable = asyncio.run(loads(link, wish.loads, 16)) if wish.loads else None
    finally:
        demo.terminate()
        demo.wait(60)
    more = {name: loaded[name] - alone[name] for name in pids}
    return {
        "browsers": wish.browsers,
        "pace": wish.pace,
        "alone_percent": alone,
        "with_browsers_percent": loaded,
        "browsers_cost_percent": sum(more.values()),
        "each": came,
        "usable_ms": usable,
        "load_average": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--browsers", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--pace", type=float, default=1)
    parser.add_argument("--loads", type=int, default=5, help="page loads to be timed; 0: none")
    parser.add_argument("--json", action="store_true")
    wish = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measure(wish, Path(folder))
    if wish.json:
        print(json.dumps(found))
        return
    table = Table(title=f"{wish.browsers} open Floors, pace {wish.pace:g}: CPU, percent of one core", box=None)
    for name in ("process", "alone", "with browsers", "more"):
        table.add_column(name, justify="left" if name == "process" else "right")
    alone, loaded = found["alone_percent"], found["with_browsers_percent"]
    for name in alone:
        table.add_row(name, f"{alone[name]:.1f}", f"{loaded[name]:.1f}", f"{loaded[name] - alone[name]:.1f}")
    total = found["browsers_cost_percent"]
    table.add_row("all", f"{sum(alone.values()):.1f}", f"{sum(loaded.values()):.1f}", f"{total:.1f}")
    screen = Console()
    screen.print(table)
    each = found["each"]
    screen.print(f"each browser: {each['frames_per_s']:.0f} frames/s, {each['kb_per_s']:.1f} kB/s")
    if found["usable_ms"] is None:
        screen.print("page loads: not timed (no Playwright or no Chromium, or --loads 0)")
    for kind, times in (found["usable_ms"] or {}).items():
        middle = statistics.median(times)
        screen.print(f"Floor usable, {kind}: median {middle:.0f} ms, slowest {max(times):.0f} ms of {len(times)}")
    screen.print(f"load average of the machine at the end: {found['load_average']}")


if __name__ == "__main__":
    main()
