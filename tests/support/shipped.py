"""What comes with Andon in `machines` and `plants`, without the files that whoever tries it has added there."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


@cache
def added() -> frozenset[Path]:
    """Files there that git does not know (a new one belongs to Andon from `git add` on); none outside of a checkout."""
    command = ["git", "ls-files", "--others", "-z", "machines", "plants"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return frozenset()
    return frozenset(ROOT / name for name in listed.split("\0") if name)


def copy_shipped(folder: Path) -> tuple[Path, Path]:
    """A copy below ``folder`` that a test may change; gives (machines, plants)."""

    def strange(where: str, names: list[str]) -> set[str]:
        return {name for name in names if name == "__pycache__" or Path(where, name) in added()}

    for name in ("machines", "plants"):
        shutil.copytree(ROOT / name, folder / name, ignore=strange)
    return folder / "machines", folder / "plants"


@cache
def shipped_folders() -> tuple[Path, Path]:
    """(machines, plants) to read: the checkout's own where nobody added anything."""
    if not any(path.suffix in {".yaml", ".py"} for path in added()):
        return ROOT / "machines", ROOT / "plants"
    kept = tempfile.TemporaryDirectory(prefix="andon-shipped-")
    _KEPT.append(kept)
    return copy_shipped(Path(kept.name))


#: Removed when the process ends.
_KEPT: list[tempfile.TemporaryDirectory[str]] = []
