"""The tiers: without `-m`, only what needs neither Docker nor a browser nor long; the rest is named at the end."""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import settings

# how long an example takes says how busy the computer is; what is to be fast is measured in benchmarks/
settings.register_profile("andon", settings(), deadline=None)
settings.load_profile("andon")

#: Marker to why plain `pytest` leaves it out, and how to run it.
TIERS = {
    "integration": "real servers (Docker, or influxd on the PATH): uv run pytest -m integration",
    "browser": "a real Chromium: uv run --group browser pytest -m browser",
    "compose": "the stack in containers: uv run pytest -m compose",
    "slow": "long runs: uv run pytest -m slow",
}
_left_out = pytest.StashKey[dict[str, int]]()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """For `-n auto`: more than there are cores, since many tests wait for a broker or a process rather than compute.

    A tier that is asked for starts whole stacks, of which one at a time is enough.
    """
    return 0 if config.option.markexpr else (os.cpu_count() or 1) + 2


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    counts: dict[str, int] = {}
    config.stash[_left_out] = counts
    if config.option.markexpr or any("::" in arg for arg in config.args):
        return
    kept, gone = [], []
    for item in items:
        tier = next((name for name in TIERS if item.get_closest_marker(name)), None)
        if tier is None:
            kept.append(item)
        else:
            gone.append(item)
            counts[tier] = counts.get(tier, 0) + 1
    if gone:
        config.hook.pytest_deselected(items=gone)
        items[:] = kept


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker hands its counts to the process that prints: that one collects nothing itself."""
    answer: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if answer is not None:
        answer["left_out"] = session.config.stash.get(_left_out, {})


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Every worker collects the same tests, so that the counts of any of them are those of all."""
    left_out = getattr(node, "workeroutput", {}).get("left_out")
    if left_out is not None:
        node.config.stash[_left_out] = left_out


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for tier, count in config.stash.get(_left_out, {}).items():
        terminalreporter.write_line(f"left out: {count} tests that need {TIERS[tier]}")
