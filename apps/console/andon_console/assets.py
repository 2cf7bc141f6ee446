"""Style sheets, fonts, drawings and scripts as static files, under a path that changes with their content.

So a browser may keep them for ever, and never mixes the files of two versions.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Final

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).resolve().parent / "static"


@cache
def digest() -> str:
    """Twelve hex digits over all static files."""
    found = hashlib.sha256()
    for file in sorted(FOLDER.rglob("*")):
        if file.is_file():
            found.update(file.relative_to(FOLDER).as_posix().encode())
            found.update(file.read_bytes())
    return found.hexdigest()[:12]


def base() -> str:
    """The path under which the files are served."""
    return f"/assets/{digest()}"


@cache
def styles() -> tuple[str, ...]:
    """Style sheets in their order: tokens first."""
    names = sorted(f.name for f in (FOLDER / "css").glob("*.css"))
    return tuple(f"css/{n}" for n in sorted(names, key=lambda n: (n != "tokens.css", n != "base.css", n)))


#: The modules that a page begins with, below ``static/js``; ``main.js`` imports them, and they import what they need.
ENTRIES: Final = {
    "floor": ("floor/floor.js",),
    "machines": ("machine/machine.js", "machine/machines.js"),
    "named": ("machine/named.js",),
    "energy": ("energy/energy.js",),
    "layers": ("layers/layers.js",),
    "data": ("data/data.js",),
    "alarms": ("alarms/alarms.js",),
    "station": ("station/station.js",),
    "nowhere": ("shell/nowhere.js",),
}
_IMPORT = re.compile(r"""^(?:import|export)\b(?:[^'"();]*?\bfrom)?\s*['"](\.[^'"]+)['"]""", re.MULTILINE)


@cache
def scripts(page: str) -> tuple[str, ...]:
    """All modules that the page needs, so that it can fetch them at once and not import by import."""
    root = FOLDER / "js"
    found: set[Path] = set()
    todo = [root / name for name in ("main.js", *ENTRIES.get(page, ()))]
    while todo:
        file = todo.pop()
        if file not in found:
            found.add(file)
            todo += [(file.parent / name).resolve() for name in _IMPORT.findall(file.read_text(encoding="utf-8"))]
    return tuple(sorted(file.relative_to(FOLDER).as_posix() for file in found))


class ForEver(StaticFiles):
    """Static files that never change under their path."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        """The file, to be kept for a year."""
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The answer; scripts are UTF-8 everywhere."""
        return await super().get_response(path, scope)
