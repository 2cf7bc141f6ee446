"""Types from ``machines/types``: ``NAME.yaml``, with ``NAME.py`` beside it where behaviour needs code."""

from __future__ import annotations

import hashlib
import traceback
from functools import lru_cache
from math import isfinite
from pathlib import Path

from andon_contracts.command_line import as_typed
from andon_contracts.yaml_file import Problem, YamlFile, parse_yaml, read_yaml

from andon_edge.library.compiled import BASE_NAMES, compile_type, variable
from andon_edge.library.doubts import doubts
from andon_edge.library.hooks import Behaviour
from andon_edge.library.mend import Mended, read_model
from andon_edge.library.model import TypeModel
from andon_edge.library.specs import MachineType


def signature(*paths: Path) -> str:
    """A short hash over what stands in the files; a file that is gone counts as empty."""
    digest = hashlib.blake2b(digest_size=8)
    for path in paths:
        digest.update(str(path).encode())
        try:
            digest.update(path.read_bytes())
        except OSError:
            digest.update(b"-")
    return digest.hexdigest()


def type_names(machines_dir: Path) -> list[str]:
    """The names of all types that have a file."""
    folder = machines_dir / "types"
    return sorted(
        {p.stem for suffix in ("yaml", "yml", "py") for p in folder.glob(f"*.{suffix}") if p.stem[0] not in "._"}
    )


def read_type(machines_dir: Path, name: str) -> tuple[MachineType | None, list[Problem]]:
    """One type, or its mistakes. Read again only when its files changed: compiling takes some 20 ms."""
    folder = machines_dir / "types"
    files = tuple(folder / f"{name}.{suffix}" for suffix in ("yaml", "yml", "py"))
    found, problems = _read_type(folder, name, signature(*files))
    return found, list(problems)


@lru_cache(maxsize=256)
def _read_type(folder: Path, name: str, mark: str) -> tuple[MachineType | None, list[Problem]]:
    data_path = next((p for p in (folder / f"{name}.yaml", folder / f"{name}.yml") if p.exists()), None)
    code_path = folder / f"{name}.py"
    problems: list[Problem] = []
    behaviour: type[Behaviour] | None = None
    text: str | None = None
    if code_path.exists():
        behaviour, text, problems = _read_code(code_path)
    broken_code = bool(problems)
    if data_path:
        file = read_yaml(data_path)
    elif text is not None:
        file = parse_yaml(code_path, text)
    elif broken_code:
        return None, problems
    else:
        remedy = f"write {name}.yaml beside it, or give it a text TYPE with what would stand there"
        return None, [Problem(code_path, 1, "the type has no data", remedy)]
    data = file.mapping()
    problems += file.problems
    if not data:
        return None, problems
    found = read_model(file, data, TypeModel)
    problems += found.problems
    if found.model is None:
        return None, problems
    problems += _sense(file, found)
    if broken_code or any((group,) in found.touched for group in ("parameters", "wear", "faults")):
        return None, problems  # which names an expression may use is not known
    doubtful = {str(key[1]).replace("-", "_") for key in found.touched if len(key) > 1 and key[0] in _NAMED}
    if behaviour is not None:
        problems += _try_code(code_path, behaviour, found.model)
    compiled, failures = compile_type(found.model, behaviour, doubtful)
    remedy = f"`{as_typed('andon machine names')}` lists what an expression may use"
    problems += [file.problem(f.key, f.text, remedy) for f in failures]
    if compiled is None or problems:
        return None, problems
    return MachineType(name, found.model, compiled, file.path, mark, tuple(doubts(file))), []


#: Groups whose entries are names for expressions.
_NAMED = ("parameters", "wear", "faults", "signals")


def _sense(file: YamlFile, found: Mended[TypeModel]) -> list[Problem]:
    """What is well-formed but cannot be meant; of a mended file only where the parts it looks at are the file's."""
    problems: list[Problem] = []
    model = found.model
    assert model is not None
    unsaid = found.mended("operations") or found.mended("continuous")
    if not model.operations and not model.continuous and not unsaid:
        text = "the machine has no operation and is not continuous"
        problems.append(file.problem((), text, "add `operations:` with one entry, or `continuous: true`"))
    for title, fault in model.faults.items():
        if fault.wear is not None and fault.wear not in model.wear and ("wear",) not in found.touched:
            text = f"fault {title!r} ages {fault.wear!r}, which is no wear of this type"
            problems.append(
                file.problem(("faults", title, "wear"), text, f"use one of {', '.join(model.wear) or 'none'}")
            )
        if title in STANDARD_FAULTS:
            text = f"{title!r} is the name of a standard fault"
            problems.append(file.problem(("faults", title), text, "rename it"))
    for utility, signal in model.provides.items():
        if signal not in model.signals and ("signals",) not in found.touched:
            text = f"{utility} comes from {signal!r}, which is no signal of this type"
            problems.append(file.problem(("provides", utility), text, f"use one of {', '.join(model.signals)}"))
    if "buffer_out" in model.signals:
        remedy = "remove it: machines of a line have it by themselves"
        problems.append(file.problem(("signals", "buffer_out"), "`buffer_out` is reserved", remedy))
    return problems


#: Scenarios that every machine offers, beside those of its type: name -> title.
STANDARD_FAULTS = {
    "stuck-sensor": "A sensor keeps its last value",
    "drifting-sensor": "A sensor drifts away from the truth",
    "noisy-sensor": "A loose plug: a sensor jumps now and then",
    "dropped-samples": "Samples get lost in the controller",
    "link-loss": "The network cable is out",
    "jams": "Work jams again and again",
}


def _read_code(path: Path) -> tuple[type[Behaviour] | None, str | None, list[Problem]]:
    """(its class, its text of data, what is wrong); the text is read also where the class is wrong."""
    space: dict[str, object] = {"__name__": f"andon_machine_type_{path.stem}", "__file__": str(path)}
    try:
        exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), space)
    except SyntaxError as error:
        return None, None, [Problem(path, error.lineno or 1, f"this is no Python: {error.msg}", "correct the line")]
    except (Exception, SystemExit) as error:
        line = _line_of(error, path)
        return None, _text(space), [Problem(path, line, f"it fails when read: {error!r}", "correct the line")]
    found = space.get("Machine")
    if not (isinstance(found, type) and issubclass(found, Behaviour)):
        remedy = "write `class Machine(Behaviour):`, with Behaviour from andon_edge.library.hooks"
        return None, _text(space), [Problem(path, 1, "there is no class `Machine` of kind Behaviour", remedy)]
    wrong = [
        Problem(path, 1, f"variable {name!r} is no name", "use letters, digits and `_`")
        for name in found.variables
        if not name.isidentifier()
    ]
    return (None if wrong else found), _text(space), wrong


def _try_code(path: Path, behaviour: type[Behaviour], model: TypeModel) -> list[Problem]:
    """A few steps as they will come, at rest and at work: most slips show here and not in the middle of a shift."""
    names = [*BASE_NAMES, *model.wear, *(variable(fault) for fault in model.faults), *behaviour.variables]
    at_work = {"running": 1.0, "powered": 1.0, "load": 1.0, "work": 1.0}
    try:
        machine = behaviour(model.parameters)
        for phase, dt in ((0.0, 0.0), (0.5, 1.0), (1.0, 3600.0)):
            for more in ({}, at_work):
                machine.step(
                    dt, {**dict.fromkeys(names, 0.0), **model.parameters, **more, "phase": phase, **machine.values}
                )
                for name in behaviour.variables:
                    if not isfinite(machine.values[name]):
                        raise ValueError(f"{name} becomes {machine.values[name]}")
    except (Exception, SystemExit) as error:
        remedy = f"correct the line; `{as_typed('andon machine names TYPE')}` lists what `now` holds"
        return [Problem(path, _line_of(error, path), f"its code fails when tried: {error!r}", remedy)]
    return []


def _line_of(error: BaseException, path: Path) -> int:
    frames = traceback.extract_tb(error.__traceback__)
    return next((f.lineno for f in reversed(frames) if f.filename == str(path)), 1) or 1


def _text(space: dict[str, object]) -> str | None:
    text = space.get("TYPE")
    return text if isinstance(text, str) else None
