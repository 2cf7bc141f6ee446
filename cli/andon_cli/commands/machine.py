"""`andon machine`: write, check and list the files of machines."""

from __future__ import annotations

import difflib
import json
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from andon_contracts.command_line import as_typed
from andon_contracts.readable import readable
from andon_contracts.yaml_file import Problem
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from andon_cli.tables import print_whole

app = typer.Typer(help="New, check and list machine files.", no_args_is_help=True, add_completion=False)

Machines = Annotated[Path, typer.Option("--machines", envvar="ANDON_MACHINES_DIR", help="The folder of machine files.")]
Plants = Annotated[Path, typer.Option("--plants", envvar="ANDON_PLANTS_DIR", help="The folder of plant files.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]

_MACHINES, _PLANTS = Path("machines"), Path("plants")
_out = Console()


@app.callback()
def _machine() -> None:
    """New, check and list machine files."""


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="The machine's name: a to z, 0 to 9 and '-'.")],
    type_name: Annotated[str, typer.Option("--type", help="Its type, or the name of the new one.")] = "",
    new_type: Annotated[bool, typer.Option("--new-type", help="Write a type of eight signals as well.")] = False,
    line: Annotated[str, typer.Option("--line", help="A line of a plant, or enterprise/site/area/line.")] = "",
    after: Annotated[str, typer.Option("--after", help="The station of that line to stand behind.")] = "",
    machines: Machines = _MACHINES,
    plants: Plants = _PLANTS,
    as_json: Json = False,
) -> None:
    """Write a machine's file, with comments that say what else could stand there."""
    from andon_contracts.errors import IdentityError
    from andon_contracts.identity import check_level
    from andon_edge.library import load_library
    from andon_edge.library.templates import instance_text, type_text

    try:
        check_level(name, "name")
        if new_type:
            check_level(type_name or f"{name}-type", "type")
    except IdentityError as error:
        _refuse(str(error))
    library = load_library(machines, plants)
    known = sorted(library.types)
    if new_type:
        type_name = type_name or f"{name}-type"
        if type_name in known:
            _refuse(f"there is a type {type_name!r} already: leave --new-type out to use it")
    elif type_name not in known:
        near = difflib.get_close_matches(type_name, known, 1)
        meant = f"there is no type {type_name!r}{f'; did you mean {near[0]}?' if near else ''}\n" if type_name else ""
        _refuse(f"{meant}--type must be one of {', '.join(known) or 'none yet'}; or add --new-type to write one")
    path = machines / f"{name}.yaml"
    type_path = machines / "types" / f"{type_name}.yaml"
    for target in (path, *([type_path] if new_type else [])):
        if target.exists():
            _refuse(f"{target} is there already; remove it first, or take another name")
    type_path.parent.mkdir(parents=True, exist_ok=True)
    written = [path]
    if new_type:
        type_path.write_text(type_text(type_name), encoding="utf-8", newline="\n")
        written.append(type_path)
    plant = next((w.plant.model for w in library.worlds.values() if w.plant), None)
    alone = f"{plant.enterprise}/{plant.sites[0].site}/lab/bench" if plant else "acme/site/lab/bench"
    place = line or alone
    wear = [] if new_type else list(library.types[type_name].model.wear)
    path.write_text(instance_text(type_name, place, after, wear), encoding="utf-8", newline="\n")
    problems = [p for p in load_library(machines, plants).problems if p.file in written]
    if problems:  # what was asked for cannot be: nothing stays that a running stack would stumble over
        for target in written:
            target.unlink()
        written = []
    if as_json:
        print(json.dumps({"written": [str(p) for p in written], "problems": [_plain(p) for p in problems]}))
    else:
        for target in written:
            _out.print(f"[green]written[/] {escape(str(target))}", highlight=False, soft_wrap=True)
        for problem in problems:
            _say(f"{problem.text}\n  -> {problem.remedy}")
        if problems:
            typer.echo("Nothing is written.")
        else:
            check_it = f"`{as_typed('andon machine check')}` after each change"
            typer.echo(f"A running stack takes it up within ten seconds. {check_it}.")
    raise typer.Exit(1 if problems else 0)


@app.command()
def check(
    files: Annotated[list[Path] | None, typer.Argument(help="Only these files; else all.")] = None,
    machines: Machines = _MACHINES,
    plants: Plants = _PLANTS,
    as_json: Json = False,
) -> None:
    """Explain every mistake in machine and plant files. Exit code 1 if there is one; a warning is none."""
    from andon_edge.cassettes.player import CassettePlayer
    from andon_edge.library import load_library

    _folders(machines, plants)
    library = load_library(machines, plants)
    problems, warnings = list(library.problems), list(library.warnings)
    for instance in library.cassettes:
        _, found = CassettePlayer.load(instance.identity, instance.path, instance.config)
        problems += found
    if files:
        missing = [f for f in files if not f.exists()]
        if missing:
            _refuse(f"there is no file {missing[0]}")
        wanted = {f.resolve() for f in files}
        problems, warnings = ([p for p in found if p.file.resolve() in wanted] for found in (problems, warnings))
    if as_json:
        figures = {"machines": len(library.machines()), "types": len(library.types)}
        told = {"problems": [_plain(p) for p in problems], "warnings": [_plain(w) for w in warnings]}
        print(json.dumps({**figures, **told}))
    else:
        _explain(problems, warnings)
        if not problems:
            more = f", {len(warnings)} warning{'s' * (len(warnings) > 1)}" if warnings else ""
            _out.print(f"{len(library.machines())} machines of {len(library.types)} types: no mistake found{more}.")
    raise typer.Exit(1 if problems else 0)


@app.command("list")
def list_(machines: Machines = _MACHINES, plants: Plants = _PLANTS, as_json: Json = False) -> None:
    """List the machines that would run, with type, place and signals."""
    from andon_edge.library import load_library

    _folders(machines, plants)
    library = load_library(machines, plants)
    several = len({identity.enterprise for identity in library.machines()}) > 1
    rows = [
        {
            "id": identity.path,
            "name": identity.machine,
            "enterprise": identity.enterprise,
            "type": spec.type.name,
            "line": identity.line,
            "place": world.key,
            "signals": len(spec.type.model.signals),
            "file": str(spec.path),
        }
        for world in library.worlds.values()
        for identity, spec in world.machines.items()
    ]
    rows += [
        {
            "id": c.identity.path,
            "name": c.identity.machine,
            "enterprise": c.identity.enterprise,
            "type": "cassette",
            "line": c.identity.line,
            "place": "cassette",
            "signals": len(c.config.get("signals") or {}),
            "file": str(c.path),
        }
        for c in library.cassettes
        if c.identity
    ]
    rows.sort(key=lambda row: str(row["id"]))
    if as_json:
        print(json.dumps({"machines": rows, "problems": len(library.problems)}))
        return
    # two plants may have a press-1 each: then the enterprise is told too
    shown = ["name", "type", *(["enterprise"] if several else []), "line", "signals"]
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for key in shown:
        table.add_column("Machine" if key == "name" else key.capitalize(), no_wrap=True)
    table.add_column("File", no_wrap=True)
    for row in rows:
        table.add_row(*(str(row[key]) for key in shown), _below(Path(str(row["file"])), machines))
    print_whole(table)
    typer.echo(f"Files are in {machines.resolve()}.")
    if library.problems:
        typer.echo(f"{len(library.problems)} mistakes: `{as_typed('andon machine check')}` explains them.")


#: What Python says of its own functions is for programmers.
_PYTHONS = {
    "abs": "``x`` without its sign.",
    "cos": "The cosine of ``x``, in radians.",
    "exp": "e to the power of ``x``.",
    "log": "The natural logarithm of ``x``.",
    "max": "The largest of two values or more.",
    "min": "The smallest of two values or more.",
    "sin": "The sine of ``x``, in radians.",
    "sqrt": "The square root of ``x``.",
}


@app.command()
def names(
    type_name: Annotated[str, typer.Argument(metavar="[TYPE]", help="Show this type's own names as well.")] = "",
    machines: Machines = _MACHINES,
    plants: Plants = _PLANTS,
    as_json: Json = False,
) -> None:
    """List the names and functions that an expression may use."""
    from andon_edge.library import load_library
    from andon_edge.library.compiled import BASE
    from andon_edge.library.expressions import FUNCTIONS

    found = dict(BASE)
    if type_name:
        _folders(machines, plants)
        kind = load_library(machines, plants).types.get(type_name)
        if kind is None:
            _refuse(f"there is no sound type {type_name!r}; `{as_typed('andon machine check')}` says why")
        c = kind.compiled
        groups = ((c.parameters, "a parameter"), (c.conditions, "a condition, 0 new to its limit"))
        for group, meaning in (
            *groups,
            (c.faults, "a fault, 0 to its severity"),
            (c.variables, "from its Python class"),
        ):
            found |= dict.fromkeys(group, meaning)
    functions = {n: _PYTHONS.get(n) or (f.__doc__ or "").split("\n")[0] for n, f in sorted(FUNCTIONS.items())}
    if as_json:
        print(json.dumps({"names": found, "functions": functions}))
        return
    table = Table("Name", "Meaning", box=None, header_style="bold")
    for name, meaning in (*found.items(), *((f"{n}(...)", text) for n, text in functions.items())):
        table.add_row(name, meaning)
    _out.print(table)


def _below(file: Path, folder: Path) -> str:
    """The file as it is called in its folder, so that a line stays short."""
    return str(file.relative_to(folder)) if file.is_relative_to(folder) else str(file)


def _folders(machines: Path, plants: Path) -> None:
    for folder in (machines, plants):
        if not folder.is_dir():
            _refuse(f"there is no folder {folder}; run this where `machines` and `plants` are, or name it")


def _plain(problem: Problem) -> dict[str, object]:
    return {"file": readable(problem.file), "line": problem.line, "text": problem.text, "remedy": problem.remedy}


def _say(text: str) -> None:
    """Words are wrapped where somebody reads them, and left whole where a program does."""
    _out.print(readable(text), markup=False, highlight=False, soft_wrap=not _out.is_terminal)


def _explain(problems: list[Problem], warnings: list[Problem]) -> None:
    for problem in (*warnings, *problems):
        _out.print(f"[bold]{escape(readable(problem.file))}:{problem.line}[/]", highlight=False, soft_wrap=True)
        _say(f"  warning: {problem.text}" if problem in warnings else f"  {problem.text}")
        if problem.remedy:
            _say(f"  -> {problem.remedy}")
    if problems:
        count = f"{len(problems)} mistake{'s' if len(problems) > 1 else ''}."
        typer.echo(
            f"{count} A stack that runs goes on with what it read before; one that starts now begins without it."
        )


def _refuse(text: str) -> NoReturn:
    typer.echo(f"andon machine: {text}", err=True)
    raise typer.Exit(2)
