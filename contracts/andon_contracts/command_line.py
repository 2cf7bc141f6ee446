"""How the command `andon` is typed here, so that a command that is printed can be pasted."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

#: What a demo tells its children, who are started in another way than it was.
VARIABLE = "ANDON_COMMAND"
_CHECKOUT = Path(__file__).parents[2]


def as_typed(command: str) -> str:
    """``andon link`` as whoever started this process types it: behind ``uv run`` in a checkout, by its path where a
    shell does not find it, and otherwise as it stands."""
    return called(os.environ, sys.argv) + command.removeprefix("andon")


def called(environ: Mapping[str, str], argv: Sequence[str], here: Path | None = None) -> str:
    """What stands for ``andon``; ``here`` is the folder in which it is typed (default: the current one)."""
    if environ.get(VARIABLE):
        return environ[VARIABLE]
    if "UV" in environ and (_CHECKOUT / "pyproject.toml").is_file():  # what `uv run` tells the programs it starts
        inside = (here or Path.cwd()).resolve().is_relative_to(_CHECKOUT)
        return "uv run andon" if inside else f"uv run --project {shlex.quote(str(_CHECKOUT))} andon"
    found = shutil.which("andon", path=environ.get("PATH"))
    if found and Path(sys.prefix).resolve() in Path(found).resolve().parents:
        return "andon"
    if argv and Path(argv[0]).stem == "andon":
        return shlex.quote(argv[0])
    return f"{shlex.quote(sys.executable)} -m andon_cli"
