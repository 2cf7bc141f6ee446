"""Machines come, go, change and are refused on real brokers while the edge runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from andon_edge.bootstrap import source_of
from andon_edge.settings import EdgeSettings
from support.broker import BrokerUnderTest
from support.edge_on_a_broker import BEND, PRESS, complete, edge, on_both, settings_of, status
from support.edge_process import SmallSource
from support.settler import Settler, settler
from support.waiting import until


@on_both
async def test_machines_come_and_go_while_it_runs(broker: BrokerUnderTest, tmp_path: Path) -> None:
    source = SmallSource({"a": [PRESS]})
    async with settler(broker) as platform, edge(settings_of(broker, tmp_path), source):
        await until(lambda: sum(platform.settled(PRESS).values()) > 2)
        source.worlds["b"] = [BEND]
        source.problems = ["machines/broken.yaml:3: no type (add one)"]
        source.version += 1
        await until(lambda: sum(platform.settled(BEND).values()) > 2)
        await until(lambda: "broken.yaml:3" in str(status(settings_of(broker, tmp_path))["problems"]))
        del source.worlds["a"]
        source.version += 1
        await until(lambda: platform.births[PRESS] == b"")
        before = sum(platform.settled(BEND).values())
        await until(lambda: sum(platform.settled(BEND).values()) > before + 2)

        def told() -> list[tuple[str, str]]:
            return [(c["machine"], c["what"]) for c in status(settings_of(broker, tmp_path))["changes"]]

        await until(lambda: len(told()) == 2)
        assert told() == [(BEND, "added"), (PRESS, "removed")]  # and not those of the beginning


@on_both
async def test_a_refused_credential_is_a_problem_and_others_run(broker: BrokerUnderTest, tmp_path: Path) -> None:
    settings = settings_of(broker, tmp_path, api_url="http://127.0.0.1:9", drain_s=0.5)
    file = broker.secrets("edge") / "devices" / f"{PRESS}.json"
    good = file.read_text()
    file.write_text(json.dumps({"username": PRESS, "password": "wrong"}))
    async with settler(broker) as platform, edge(settings, SmallSource({"w": [PRESS, BEND]}, 20_000)):
        await until(lambda: any("does not answer" in text for text in status(settings)["problems"]))
        assert sum(platform.settled(BEND).values()) > 0 and not platform.settled(PRESS)
        file.write_text(good)
        await until(lambda: sum(platform.settled(PRESS).values()) > 5)
        assert complete(platform, PRESS)


async def test_a_changed_file_is_announced_anew(broker: BrokerUnderTest, tmp_path: Path) -> None:
    """A machine's own title, and a signal of its type; the world changes in place and nothing is built anew."""
    types, file = tmp_path / "machines" / "types", tmp_path / "machines" / "press-1.yaml"
    types.mkdir(parents=True)
    (tmp_path / "plants").mkdir()
    kind = "title: Press\ncontinuous: true\nsignals:\n  force: {unit: kN, range: [0, 9], value: 5}\n"
    (types / "press.yaml").write_text(kind)
    file.write_text("type: press\nline: acme/north/hall/line-1\n")
    folders = {"machines_dir": str(tmp_path / "machines"), "plants_dir": str(tmp_path / "plants")}
    settings = settings_of(broker, tmp_path, **folders)

    def born(platform: Settler) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(platform.births.get(PRESS) or b"{}")
        return found if found.get("kind") == "birth" else {}

    async with settler(broker) as platform, edge(settings, source_of(EdgeSettings(**settings))):
        await until(lambda: born(platform).get("title") == "Press")
        epoch = born(platform)["epoch"]
        file.write_text("type: press\nline: acme/north/hall/line-1\ntitle: The old one\n")
        await until(lambda: born(platform).get("title") == "The old one")
        (types / "press.yaml").write_text(kind + "  heat: {unit: Cel, range: [0, 90], value: ambient}\n")
        await until(lambda: [s["name"] for s in born(platform).get("signals", [])] == ["force", "heat"])
        assert born(platform)["epoch"] == epoch and complete(platform, PRESS)
