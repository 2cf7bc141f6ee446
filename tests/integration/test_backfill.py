"""A past for a plant: what the store then has, that sums agree, and that the edge goes on from its end."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import pytest
from andon_cli.backfill.target import target
from andon_cli.main import _app
from andon_contracts.messages import StateChanged
from andon_edge.journal import Journal
from andon_platform.analytics.oee.states import OFFLINE, intervals
from andon_platform.bootstrap import make_store
from andon_platform.data.aggregate import HOUR, MINUTE
from andon_platform.data.port import CountQuery, EventQuery, SeriesQuery, TelemetryStore
from typer.testing import CliRunner

pytestmark = pytest.mark.integration
PRESS = "polaris/north/cabinets/cabinets-1/press-1"
COMPRESSOR = "polaris/north/utilities/supply/compressor-1"
PACKER = "polaris/north/assembly/assembly-1/pack-1"


def backfill(folder: Path, length: str, *more: str) -> dict[str, int]:
    done = CliRunner().invoke(_app, ["backfill", length, "--data-dir", str(folder), "--json", *more])
    assert done.exit_code == 0, done.output
    found: dict[str, int] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module", params=["duckdb", "influxdb"])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    if request.param == "influxdb" and not shutil.which("influxd"):
        pytest.skip("influxd is not installed: a back-fill starts the folder's own")
    folder = tmp_path_factory.mktemp("past")
    return folder, backfill(folder, "6h", "--store", request.param)


async def test_minutes_long_ago_raw_of_the_last_hours_and_states_all_the_way(
    filled: tuple[Path, dict[str, int]],
) -> None:
    folder, told = filled
    with target(folder) as place:
        store = make_store(place.settings, place.settings.secrets_dir)
        await store.open()
        try:
            await _look(store, told)
        finally:
            await store.close()


async def _look(store: TelemetryStore, told: dict[str, int]) -> None:
    start, raw_since, stop = told["start"], told["raw_since"], told["stop"]
    assert start % HOUR == raw_since % HOUR == 0
    assert 2 * HOUR <= stop - raw_since < 3 * HOUR
    assert stop - start >= 6 * HOUR
    old = await store.series(SeriesQuery(PRESS, "oil_temperature", start, raw_since, MINUTE))
    assert (old.source, len(old.times)) == ("minute", (raw_since - start) // MINUTE)
    new = await store.series(SeriesQuery(PRESS, "oil_temperature", raw_since, raw_since + MINUTE, agg="raw"))
    assert len(new.times) == 150  # 5 Hz, every second one: 2 Hz was wished for
    hours = await store.series(SeriesQuery(PRESS, "oil_temperature", start, stop // HOUR * HOUR, HOUR))
    assert len(hours.times) == (stop - start) // HOUR
    # a machine that never stops says its state again where raw begins
    still = await store.events(EventQuery(raw_since, raw_since + MINUTE, COMPRESSOR, ("state",), 10))
    assert [e.state for e in still if isinstance(e, StateChanged)] == ["producing"]
    changes = await store.events(EventQuery(start, stop, PRESS, ("state",), 10_000))
    assert not [s for s in intervals(changes, start + 1, stop) if s.state == OFFLINE and s.start > start + MINUTE]
    made = {c.machine: c.good for c in await store.counts(CountQuery(start, stop))}
    most = (stop - start) / 1e6 / 207  # at the plant's takt
    assert 0.5 * most < made[PACKER] <= 1.1 * most
    assert (await store.health(exact=True)).counts["duplicated"] == 0
    assert told["quarantined"] == 0


def test_the_edge_goes_on_from_its_end_and_sums_agree(filled: tuple[Path, dict[str, int]]) -> None:
    folder, told = filled
    journal = Journal(folder / "edge" / "journal.db", now=lambda: time.time_ns() // 1000, max_bytes=10_000_000)
    try:
        births = len(journal.streams)
        assert sum(s.sent for s in journal.streams.values()) == told["messages"] - births
        assert all(s.pending == s.voided == 0 for s in journal.streams.values())
        # what is missing when a demo starts is missing from there on, and not since 1970
        assert all(s.last_t == told["stop"] for s in journal.streams.values())
        assert journal.clock("polaris")[0].wall == told["start"]
        assert PRESS in journal.state("plant:polaris")
    finally:
        journal.close()
    truths = (folder / "edge" / "truth" / "truth.jsonl").read_text().splitlines()
    assert json.loads(truths[0])["machine"].startswith("polaris/")


def test_a_second_past_is_refused_and_changes_nothing(filled: tuple[Path, dict[str, int]]) -> None:
    folder, _ = filled
    again = CliRunner().invoke(_app, ["backfill", "3h", "--data-dir", str(folder)])
    assert again.exit_code == 1
    assert "this store has a past already; `" in again.output
    assert f"andon reset --data-dir {folder}` starts afresh" in again.output
