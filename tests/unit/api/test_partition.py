"""How lines are dealt out to several ingests: what is wrong is said in words, with what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from andon_platform.api.partition import faults
from andon_platform.api.ports import Share
from andon_platform.settings import PlatformSettings
from pydantic import ValidationError

PRESS, PACK, LAB = "a/s/h/press", "a/s/h/pack", "a/s/h/lab"
MACHINES = [f"{PRESS}/press-1", f"{PRESS}/press-2", f"{PACK}/pack-1"]


@pytest.mark.parametrize(
    "shares",
    [
        [],
        [Share("ingest")],
        [Share("1", (PRESS,)), Share("2", (PACK,))],
        [Share("1", (PRESS, LAB)), Share("2", (PACK,))],
    ],
)
def test_nothing_is_wrong_where_each_line_is_ones(shares: list[Share]) -> None:
    assert faults(shares, MACHINES) == []


@pytest.mark.parametrize(
    ("shares", "line", "words"),
    [
        ([Share("1", (PACK,))], PRESS, "no ingest takes a/s/h/press (2 machines"),
        (
            [Share("1", (PRESS,)), Share("2", (LAB,))],
            PACK,
            "no ingest takes a/s/h/pack (1 machine, whose journal holds",
        ),
        ([Share("1", (PRESS, PACK)), Share("2", (PACK,))], PACK, "a/s/h/pack is taken by '1' and by '2'"),
        ([Share("1"), Share("2", (PACK,))], "", "'1' takes all lines, and '2' takes some of them too"),
        ([Share("1", (PACK,)), Share("2")], "", "'2' takes all lines, and '1' takes some of them too"),
        ([Share("1"), Share("2")], "", "'1' takes all lines, and '2' takes them too"),
        ([Share("1", (PRESS,)), Share("1", (PACK,))], "", "2 ingests are called '1'"),
    ],
)
def test_what_is_wrong_is_said_once(shares: list[Share], line: str, words: str) -> None:
    (found,) = faults(shares, MACHINES)
    assert found.line == line and words in found.text


@pytest.mark.parametrize("text", ["a/b/c", "a/b/c/d/e", "a/b/c/+", "a/b/c/D", "a//c/d"])
def test_what_is_no_line_is_refused_by_name(text: str, tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="partition"):
        PlatformSettings(data_dir=tmp_path, secrets_dir=tmp_path, partition=[PRESS, text])


def test_a_line_that_is_named_twice_counts_once(tmp_path: Path) -> None:
    chosen = PlatformSettings(data_dir=tmp_path, secrets_dir=tmp_path, partition=[PRESS, PACK, PRESS])
    assert chosen.partition == [PRESS, PACK]
