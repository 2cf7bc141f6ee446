"""Prints what pip shall install into the image, read from pyproject.toml, the one place where versions stand.

Without arguments: the exact versions of the whole closure. With ``--names NAME ...``: the requirements of these
extras or groups and of the project itself.
"""

import sys
import tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text())
if sys.argv[1:2] == ["--names"]:
    named = project["dependency-groups"] | project["project"]["optional-dependencies"]
    lines = list(project["project"]["dependencies"])
    for name in sys.argv[2:]:
        lines += [line for line in named[name] if not line.startswith("andon[")]
else:
    lines = project["tool"]["uv"]["constraint-dependencies"]
print("\n".join(sorted(set(lines))))
