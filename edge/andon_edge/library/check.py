"""From pydantic's errors to sentences with a line and a remedy."""

from __future__ import annotations

import difflib
import types
import typing
from typing import Any, TypeVar

from andon_contracts.yaml_file import Key, Problem, YamlFile
from pydantic import BaseModel, ValidationError

#: How like a known word must be to be suggested, 0 to 1: `vale` is to `value`, `colour` is not to `count`.
NEAR = 0.7

Model = TypeVar("Model", bound=BaseModel)


def validate(file: YamlFile, data: Any, model: type[Model], problems: list[Problem]) -> Model | None:
    """The model of ``data``, or None with one problem for every mistake."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        for entry in error.errors(include_url=False):
            problems.append(explain(file, model, entry))
        return None


def explain(file: YamlFile, model: type[BaseModel], entry: Any) -> Problem:
    """One of pydantic's errors as a problem of the file."""
    key: Key = tuple(part for part in entry["loc"] if part not in ("[key]", "str", "float", "int"))
    kind, message, given = entry["type"], entry["msg"], entry.get("input")
    name = ".".join(str(part) for part in key) or "the file"
    if kind == "extra_forbidden":
        known = _keys_at(model, key[:-1])
        near = difflib.get_close_matches(str(key[-1]), known, 1, NEAR)
        remedy = f"did you mean `{near[0]}:`?" if near else f"known here: {', '.join(known)}"
        return file.problem(key, f"`{name}` is not known", remedy)
    if kind == "missing":
        return file.problem(key[:-1], f"`{name}:` is missing", f"add `{key[-1]}: ...`")
    if kind == "literal_error":
        expected = entry.get("ctx", {}).get("expected", "")
        near = difflib.get_close_matches(
            str(given), expected.replace("'", "").replace(" or ", ", ").split(", "), 1, NEAR
        )
        remedy = f"did you mean {near[0]!r}?" if near else f"use one of {expected}"
        return file.problem(key, f"`{name}` cannot be {given!r}", remedy)
    if kind == "string_pattern_mismatch":
        pattern = entry.get("ctx", {}).get("pattern", "")
        return file.problem(key, f"{given!r} in `{name}` has the wrong form", f"it must match {pattern}")
    if kind == "value_error":
        return file.problem(key, f"`{name}`: {message.removeprefix('Value error, ')}", "change it as said")
    shown = repr(given) if not isinstance(given, (dict, list)) else f"a {type(given).__name__}"
    return file.problem(key, f"`{name}` cannot be {shown[:60]}", message[0].lower() + message[1:])


def _keys_at(model: type[BaseModel], key: Key) -> list[str]:
    current: Any = model
    for part in key:
        model_here = _model(current)
        if model_here is not None and part in model_here.model_fields:
            current = model_here.model_fields[str(part)].annotation
        else:
            current = _inner(current)
    found = _model(current)
    return list(found.model_fields) if found else []


def _inner(annotation: Any) -> Any:
    arguments = typing.get_args(annotation)
    return arguments[-1] if arguments else annotation


def _model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if typing.get_origin(annotation) in (types.UnionType, typing.Union):
        return next((m for a in typing.get_args(annotation) if (m := _model(a))), None)
    return None
