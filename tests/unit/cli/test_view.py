"""The demo's screen: whatever is to be told, the link is on it, whole; many machines with one trouble are one line."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from andon_cli.demo.child import ChildSpec, how_ended
from andon_cli.demo.figures import Flow
from andon_cli.demo.home import Home
from andon_cli.demo.problems import Problem, grouped
from andon_cli.demo.supervisor import Supervisor
from andon_cli.demo.view import View
from rich.console import Console

LINK = "http://localhost:8080/link/R0822StFkut0SSPm-Q40E3zG-1muNLJOTQboiBDRIe0"
REFUSED = "broker 127.0.0.1:8883: [Errno 111] Connection refused"
LINE = "polaris/north/cabinets/cabinets-1"
#: What the edge writes while its broker is away, and a file of somebody's is broken.
PROBLEMS = [
    "machines/press-9.yaml:1: there is no type 'sheet-metal-pres'; did you mean sheet-metal-press?",
    *(f"{LINE}/press-{n}: {REFUSED}" for n in range(1, 15)),
]


async def ready() -> bool:
    return True


def screen(tmp_path: Path, width: int, height: int, flow: Flow, said: list[str]) -> list[str]:
    out = io.StringIO()
    view = View(Console(file=out, width=width, height=height, force_terminal=True, color_system=None))
    view.link, view.headline = LINK, "Andon runs"
    names = ("broker", "store", "ingest", "api", "edge", "apps")
    supervisor = Supervisor(Home(tmp_path), [ChildSpec(n, [], {}, ready) for n in names], view.say)
    for text in said:
        view.say(text)
    view.console.print(view.picture(supervisor, flow))
    return out.getvalue().splitlines()


@pytest.mark.parametrize(("width", "height"), [(80, 18), (80, 24), (80, 25), (100, 34), (200, 60), (72, 24)])
@pytest.mark.parametrize("problems", [[], PROBLEMS])
@pytest.mark.parametrize("many", [0, 2, 6])
def test_the_link_is_whole_on_every_screen(
    tmp_path: Path, width: int, height: int, problems: list[str], many: int
) -> None:
    said = [f"{n}: edge was ended by SIGKILL; started again in 0.5 s " + "and more of it " * 9 for n in range(many)]
    lines = screen(tmp_path, width, height, Flow(machines=16, problems=problems), said)
    assert len(lines) < height or height == 18
    assert max(map(len, lines)) <= width
    assert LINK in "".join(lines[-1 if width > len(LINK) + 6 else -2 :])
    if height >= 25:
        assert any("press-9.yaml:1" in line for line in lines) == bool(problems)
        assert any(f"{many - 1}: edge" in line for line in lines) or not many or height == 25


def test_without_a_terminal_a_broken_file_is_said_once_and_again_when_it_comes_again(tmp_path: Path) -> None:
    out = io.StringIO()
    view = View(Console(file=out, width=80, force_terminal=False))
    supervisor = Supervisor(Home(tmp_path), [], view.say)
    for problems in (PROBLEMS, PROBLEMS, [], PROBLEMS):
        view.show(supervisor, Flow(machines=16, problems=problems))
    lines = out.getvalue().splitlines()
    assert [line.partition("■ ")[2] for line in lines] == [PROBLEMS[0]] * 2


@pytest.mark.parametrize("terminal", [False, True])
def test_what_a_file_may_not_mean_is_told_once_and_again_when_it_comes_again(tmp_path: Path, terminal: bool) -> None:
    out = io.StringIO()
    view = View(Console(file=out, width=100, height=40, force_terminal=terminal, color_system=None))
    supervisor = Supervisor(Home(tmp_path), [], view.say)
    warning = "machines/types/saw.yaml:4: `signals.heat.unit`: unit 'C' is UCUM's coulomb"
    with view:
        for warnings in ([warning], [warning], [], [warning]):
            view.show(supervisor, Flow(machines=16, warnings=warnings))
    assert [line.partition("▲ ")[2] for line in out.getvalue().splitlines()[-2:]] == [warning] * 2


@pytest.mark.parametrize("terminal", [False, True])
def test_a_machine_that_comes_or_goes_is_told_once(tmp_path: Path, terminal: bool) -> None:
    out = io.StringIO()
    view = View(Console(file=out, width=100, height=40, force_terminal=terminal, color_system=None))
    supervisor = Supervisor(Home(tmp_path), [], view.say)
    new = (1, f"{LINE}/press-9", "added")
    moved = [(2, f"{LINE}/press-9", "removed"), (2, "polaris/north/lab/bench/press-9", "added")]
    many = [(3, f"{LINE}/mill-{n}", "added") for n in range(1, 7)]
    with view:
        for changes in ([new], [new], [new, *moved], [*moved], many, []):
            flow = Flow(machines=16, changes=changes)
            view.show(supervisor, flow)
        shown = io.StringIO()
        Console(file=shown, width=100, height=40).print(view.picture(supervisor, flow))
    said = [
        f"press-9 was added ({LINE})",
        f"press-9 was removed ({LINE})",
        "press-9 was added (polaris/north/lab/bench)",
        "6 machines were added: mill-1, mill-2, mill-3 and 3 more",
    ]
    assert [line.partition("  ")[2] for line in out.getvalue().splitlines() if " was " in line or " were " in line][
        -4:
    ] == said
    if terminal:
        assert all(line in shown.getvalue() for line in said)


def test_many_machines_with_one_trouble_are_one_line() -> None:
    assert [str(p) for p in grouped(PROBLEMS)] == [PROBLEMS[0], f"14 machines: {REFUSED}"]
    assert grouped(PROBLEMS)[1].machines == tuple(f"{LINE}/press-{n}" for n in range(1, 15))
    assert [str(p) for p in grouped(PROBLEMS[1:2])] == [f"{LINE}/press-1: {REFUSED}"]
    assert grouped([]) == []
    assert grouped(["the disk is full: nothing new"]) == [Problem("the disk is full: nothing new")]


@pytest.mark.parametrize(
    ("code", "words"),
    [(-9, "was ended by SIGKILL"), (3, "ended with code 3"), (0, "ended with code 0"), (-77, "was ended by signal 77")],
)
def test_how_a_child_ended_is_said_in_words(code: int, words: str) -> None:
    assert how_ended(code) == words
