"""The tiers: without `-m`, only what needs neither Docker nor a browser nor long; the rest is named at the end."""

from __future__ import annotations

import pytest

#: Marker to why plain `pytest` leaves it out, and how to run it.
TIERS = {
    "integration": "real servers (Docker, or influxd on the PATH): uv run pytest -m integration",
    "browser": "a real Chromium: uv run --group browser pytest -m browser",
    "compose": "the stack in containers: uv run pytest -m compose",
    "slow": "long runs: uv run pytest -m slow",
}
_left_out = pytest.StashKey[dict[str, int]]()


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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for tier, count in config.stash.get(_left_out, {}).items():
        terminalreporter.write_line(f"left out: {count} tests that need {TIERS[tier]}")
