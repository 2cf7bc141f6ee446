"""The override with two ingests deals out every line of the shipped plant, each to one."""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from andon_contracts.placement import read_placements
from andon_platform.api.partition import faults
from andon_platform.api.ports import Share
from andon_platform.settings import PlatformSettings
from support.shipped import shipped_folders

ROOT = Path(__file__).parents[3]


def test_every_line_is_dealt_out_once_and_the_api_knows_all_ingests(tmp_path: Path) -> None:
    services = yaml.safe_load((ROOT / "deploy" / "compose.ingests.yml").read_text())["services"]
    shares = []
    for name in ("ingest", "ingest-2"):
        chosen = services[name]["environment"]
        default = re.fullmatch(r"\$\{ANDON_PARTITION_\d:-(.*)\}", chosen["ANDON_PARTITION"])
        assert default
        settings = PlatformSettings(data_dir=tmp_path, secrets_dir=tmp_path, partition=default[1])  # type: ignore[arg-type]
        shares.append(Share(chosen["ANDON_INGEST_ID"], tuple(settings.partition)))
    placements = read_placements(*shipped_folders())
    lines = {line.path for line in placements.lines} | {m.path.rpartition("/")[0] for m in placements.machines}
    assert faults(shares, [f"{line}/any" for line in lines]) == []
    assert {line for share in shares for line in share.lines} == lines
    urls = services["api"]["environment"]["ANDON_INGEST_URL"].split(",")
    assert urls == ["http://ingest:8090", "http://ingest-2:8090"]
