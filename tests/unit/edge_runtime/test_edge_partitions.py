"""Which plants an edge runs, and under which name it meets the broker."""

from __future__ import annotations

from pathlib import Path

import pytest
from andon_edge.bootstrap import source_of
from andon_edge.settings import EdgeSettings
from pydantic import ValidationError
from support.two_plants import AURORA, POLARIS, two_plants


def settings(folder: Path, **more: object) -> EdgeSettings:
    machines, plants = folder / "machines", folder / "plants"
    return EdgeSettings(data_dir=folder, secrets_dir=folder, machines_dir=machines, plants_dir=plants, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("plants", "machines"),
    [("", POLARIS + AURORA), ("polaris", POLARIS), ("aurora", AURORA), (" aurora,nobody", AURORA)],
)
def test_an_edge_runs_the_plants_that_it_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plants: str, machines: int
) -> None:
    two_plants(tmp_path)
    monkeypatch.setenv("ANDON_EDGE_PLANTS", plants)
    loaded = source_of(settings(tmp_path)).load()
    assert sum(len(spec.build().machines()) for spec in loaded.worlds.values()) == machines


def test_a_name_is_the_edges_own_on_the_broker(tmp_path: Path) -> None:
    assert settings(tmp_path).client_id == "edge"
    # neither a service's nor a machine's, whatever it is called
    assert settings(tmp_path, edge_name="ingest").client_id == "edge-ingest"
    for name in ("", "Edge", "a/b", "-x"):
        with pytest.raises(ValidationError):
            settings(tmp_path, edge_name=name)
