"""What a past of long ago consists of: a table a machine and day, as its machine would have sent it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from andon_cli.backfill.past import STEP, Wish, live
from andon_edge.library import load_library
from andon_edge.simulation.machine import digits_of
from andon_platform.data.aggregate import HOUR

ROOT = Path(__file__).parents[3]
START = 1_795_780_800_000_000  # a full hour


def test_a_table_has_every_signal_at_every_step_with_the_digits_that_the_machine_sends() -> None:
    machines, plants = ROOT / "machines", ROOT / "plants"
    past = live(Wish(machines, plants, 1, START, START + HOUR, START + 2 * HOUR))
    tables = {t.machine: t for t in next(s for s in past if s.tables).tables}
    specs = {i.path: m for w in load_library(machines, plants).worlds.values() for i, m in w.machines.items()}
    assert tables.keys() == specs.keys()
    for path, table in tables.items():
        signals = specs[path].type.model.signals
        assert set(signals) <= set(table.names)
        assert len(table.times) == HOUR // STEP
        assert np.all(np.diff(table.times) == STEP)
        for name, row in zip(table.names, table.values, strict=True):
            digits = digits_of(s.range, s.noise, s.digits) if (s := signals.get(name)) else 0
            assert row.tolist() == [round(value, digits) for value in row.tolist()], (path, name)
