"""docs/notebooks/first-look.ipynb does what it says: every cell runs, against a real API over HTTP."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from andon_cli.processes.brokers import NoBroker, find_mosquitto
from andon_contracts.messages import (
    OperationFinished,
    OperationStarted,
    PiecesCounted,
    Sample,
    SignalSpec,
    StateChanged,
    Telemetry,
)
from andon_platform.data.port import Batch
from support.api_stack import EPOCH, PRESS, Api, birth_of, identities, machine_on_the_wire, now_us, running_api
from support.broker import running_broker
from support.waiting import until

nbformat = pytest.importorskip("nbformat", reason="needs the group notebook: uv run --group notebook pytest")
nbclient = pytest.importorskip("nbclient", reason="needs the group notebook: uv run --group notebook pytest")
pytest.importorskip("pandas", reason="needs the group notebook: uv run --group notebook pytest")
NOTEBOOK = Path(__file__).parents[3] / "docs" / "notebooks" / "first-look.ipynb"
SECOND = 1_000_000
PRESSURE = SignalSpec(name="pressure", unit="bar", minimum=0, maximum=250, rate_hz=1, low_limit=90, high_limit=210)


@pytest_asyncio.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    """A press that has worked for a quarter of an hour, with a stop and a piece of scrap, and works on."""
    try:
        find_mosquitto()
    except NoBroker as error:
        pytest.skip(str(error))
    with running_broker("mosquitto", tmp_path, identities()) as broker:
        async with running_api(broker, tmp_path) as api:
            await _past(api)
            async with machine_on_the_wire(broker) as press:
                press.seq = 5_000
                await press.born(signals=[PRESSURE])
                await press.happens(StateChanged, state="producing")
                await press.happens(OperationStarted, operation="press", unit="RF-1", product="RF")
                for i in range(20):
                    await press.measures(now_us() + i * SECOND, pressure=150.0 + i)
                await until(lambda: api.services.watch.opinions(PRESS), what="the detector's opinion")
                yield api


async def _past(api: Api) -> None:
    now = now_us()
    start = now - 880 * SECOND
    api.services.registry.birth(birth_of(t=start, signals=[PRESSURE]))
    batch, who = Batch(), {"machine": PRESS, "epoch": EPOCH}
    for i in range(860):
        value = 150 + 5 * math.sin(i * 2.399) + (60 if i == 500 else 0)
        sample = Sample(t=start + i * SECOND, values={"pressure": value})
        batch.telemetry.append(Telemetry(**who, seq=i + 1, samples=[sample]))  # type: ignore[arg-type]
    seq = iter(range(1_000, 2_000))

    def event(kind: Any, after: int, **fields: Any) -> Any:
        return kind(**who, seq=next(seq), t=start + after * SECOND, **fields)

    batch.events += [
        event(StateChanged, 0, state="producing"),
        event(StateChanged, 600, state="down", reason="seal"),
        event(StateChanged, 660, state="producing"),
    ]
    for i in range(40):
        batch.events.append(
            event(OperationFinished, 20 * i + 19, operation="press", unit=f"RF-{i}", duration_s=19, planned_s=12)
        )
        batch.events.append(event(PiecesCounted, 20 * i + 19, good=int(i != 7), scrap=int(i == 7)))
    await api.store.write(batch)


async def test_every_cell_runs_and_says_what_the_text_promises(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANDON_URL", api.url)
    monkeypatch.setenv("ANDON_TOKEN", api.token("viewer"))
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    client = nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3")
    await asyncio.wait_for(client.async_execute(), 600)
    told = "\n".join(_text(cell) for cell in notebook.cells if cell.cell_type == "code")
    assert "press-1" in told and "sheet-metal-press" in told
    assert "pressure, in bar: between 0 and 250" in told
    assert "availability * effectiveness * quality ratio" in told
    assert "because" in told and "learned" in told
    assert "a point beyond 3 sigma" in told.lower()
    assert "ISO 22400-2:2014" in told
    pictures = [o for cell in notebook.cells for o in cell.get("outputs", ()) if "image/png" in o.get("data", {})]
    assert len(pictures) == 3


def _text(cell: Any) -> str:
    found = []
    for output in cell.outputs:
        assert output.output_type != "error", output
        found.append(output.get("text", "") or output.get("data", {}).get("text/html", "") or str(output.get("data")))
    return "\n".join(found)


def test_the_notebook_is_a_lesson() -> None:
    """Each piece of code has words before it, and no outputs of somebody else's computer are kept."""
    cells = nbformat.read(NOTEBOOK, as_version=4).cells
    nbformat.validate(nbformat.read(NOTEBOOK, as_version=4))
    before = ["start", *(c.cell_type for c in cells)]
    lonely = [i for i, c in enumerate(cells[:-1]) if c.cell_type == "code" and before[i] != "markdown"]
    assert lonely == []
    assert not [c for c in cells if c.cell_type == "code" and c.outputs]
