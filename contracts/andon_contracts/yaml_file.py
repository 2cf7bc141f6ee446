"""YAML files read with the line of every value, so that a mistake can be pointed at.

Scalars follow the core schema of YAML 1.2: ``no`` is a text and ``14:00`` is a time of day as it stands, not
a number to base 60 as in YAML 1.1. Keys that stand twice are mistakes, not the last one's win.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from andon_contracts.readable import readable

Key = tuple[str | int, ...]
"""Where a value stands: keys of mappings and indices of sequences from the top."""

#: More values than this in one file are an alias bomb or not a machine.
MAX_VALUES: Final = 20_000

#: libyaml where it is built in: ten times as fast, the same nodes and lines.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INT = re.compile(r"[-+]?[0-9]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_WORDS: Final[dict[str, Any]] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """A mistake in a file: which file and line (1 is the first), what is wrong, what to do about it."""

    file: Path
    line: int
    text: str
    remedy: str = ""

    def __str__(self) -> str:
        return readable(f"{self.file}:{self.line}: {self.text}" + (f" ({self.remedy})" if self.remedy else ""))


@dataclass(slots=True)
class YamlFile:
    """A file's content as plain Python values, the line of each, and what was wrong with it as YAML."""

    path: Path
    data: Any = None
    lines: dict[Key, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    text: str = ""

    def line(self, *key: str | int) -> int:
        """The line of the value at ``key``, or of the nearest value around it."""
        while key and key not in self.lines:
            key = key[:-1]
        return self.lines.get(key, 1)

    def problem(self, key: Key, text: str, remedy: str = "") -> Problem:
        """A mistake at ``key`` of this file."""
        return Problem(self.path, self.line(*key), text, remedy)

    def mapping(self) -> dict[str, Any]:
        """The content, if it is a mapping; else an empty one (and a problem, added once)."""
        if isinstance(self.data, dict):
            return self.data
        if not self.problems:
            self.problems.append(
                Problem(
                    self.path, 1, "the file holds no keys with values", "write lines such as `type: sheet-metal-press`"
                )
            )
        return {}


def read_yaml(path: Path) -> YamlFile:
    """Read a file; whatever is wrong stands in ``problems``, nothing is raised."""
    try:
        return parse_yaml(path, path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        return YamlFile(
            path, problems=[Problem(path, 1, f"the file is not UTF-8 text ({error.reason})", "save it as UTF-8")]
        )
    except OSError as error:
        return YamlFile(
            path, problems=[Problem(path, 1, f"the file cannot be read ({error.strerror})", "check its rights")]
        )


def parse_yaml(path: Path, text: str) -> YamlFile:
    """The same from a text that was read before."""
    file = YamlFile(path, text=text)
    try:
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        file.problems.append(
            Problem(
                path, line, f"this is no YAML: {error.problem or error.context}", "check indentation, colons and quotes"
            )
        )
        return file
    except yaml.YAMLError as error:
        file.problems.append(Problem(path, 1, f"this is no YAML: {error}", "remove what is no plain text"))
        return file
    except RecursionError:
        file.problems.append(Problem(path, 1, "the file nests too deeply", "write it flatter"))
        return file
    if node is not None:
        file.data = _Builder(file).build(node, ())
    return file


class _Builder:
    def __init__(self, file: YamlFile) -> None:
        self._file = file
        self._values = 0
        self._open: set[int] = set()

    def build(self, node: yaml.Node, key: Key) -> Any:
        file, line = self._file, node.start_mark.line + 1
        file.lines.setdefault(key, line)
        self._values += 1
        if self._values > MAX_VALUES or id(node) in self._open:
            if self._values <= MAX_VALUES + 1:
                self._values = MAX_VALUES + 2
                file.problems.append(
                    Problem(file.path, line, "too many values, or an alias of itself", "write it without `*`")
                )
            return None
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.SequenceNode):
                return [self.build(child, (*key, i)) for i, child in enumerate(node.value)]
            return self._mapping(node, key)
        finally:
            self._open.discard(id(node))

    def _mapping(self, node: yaml.Node, key: Key) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name_node, value_node in node.value:
            if not isinstance(name_node, yaml.ScalarNode):
                line = name_node.start_mark.line + 1
                self._file.problems.append(
                    Problem(self._file.path, line, "a key must be one word", "write `key: value`")
                )
                continue
            name = str(name_node.value)
            if name in found:
                line = name_node.start_mark.line + 1
                self._file.problems.append(
                    Problem(self._file.path, line, f"{name!r} stands here a second time", "keep one of the two")
                )
                continue
            self._file.lines[(*key, name)] = name_node.start_mark.line + 1
            found[name] = self.build(value_node, (*key, name))
        return found


def _scalar(node: yaml.ScalarNode) -> Any:
    text = str(node.value)
    if node.style in ("'", '"', "|", ">"):  # quoted or a block: a text as it stands
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INT.match(text):
        return int(text)
    if _FLOAT.match(text):
        return float(text)
    return text
