"""Style sheets, fonts, drawings and scripts as static files, under a path that changes with their content.

So a browser may keep them for ever, and never mixes the files of two versions.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parent / "static"


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


#: Modules that a page does not need: beginnings of paths, and what it takes of them all the same. As in `main.js`.
_NOT: Final = {
    "floor": ("js/machine/", "js/chart/", "js/data/"),
    "machines": ("js/floor/", "js/data/"),
    "data": ("js/floor/", "js/machine/", "js/core/ask-oee.js", "js/core/watch.js"),
}
_BUT: Final = {"machines": ("js/floor/today.js",), "data": ("js/floor/today.js",)}


@cache
def scripts(page: str = "") -> tuple[str, ...]:
    """The modules of a page (of all without one), so that it can fetch them at once and not import by import."""
    found = (f.relative_to(FOLDER).as_posix() for f in (FOLDER / "js").rglob("*.js"))
    return tuple(sorted(f for f in found if not f.startswith(_NOT.get(page, ())) or f in _BUT.get(page, ())))


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
