"""The small arithmetic language of machine files: ``20 + 190 * pulse(phase, 0.2, 0.6) * (1 - 0.3 * seal)``.

Numbers, names, ``+ - * / % **``, comparisons, ``and or not``, ``a if b else c`` and the functions below; no
attributes, no indices, no strings. An expression is checked once against this list and compiled once, all
expressions of a type into one function, since a thousand machines evaluate it every second.
"""

from __future__ import annotations

import ast
import difflib
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Final


class ExpressionError(ValueError):
    """An expression outside the language; the text says where and what would do."""


def pulse(x: float, start: float, stop: float) -> float:
    """1 between ``start`` and ``stop``, else 0."""
    return 1.0 if start <= x < stop else 0.0


def ramp(x: float, start: float, stop: float) -> float:
    """0 before ``start``, 1 after ``stop``, straight between."""
    return 0.0 if x <= start else 1.0 if x >= stop else (x - start) / (stop - start)


def hump(x: float, start: float, stop: float) -> float:
    """A half sine from ``start`` to ``stop``, 0 outside, 1 in the middle."""
    return math.sin(math.pi * (x - start) / (stop - start)) if start < x < stop else 0.0


def wave(x: float, count: float) -> float:
    """A sine between -1 and 1 that swings ``count`` times while ``x`` goes from 0 to 1."""
    return math.sin(2.0 * math.pi * count * x)


def clip(x: float, low: float, high: float) -> float:
    """``x``, but at least ``low`` and at most ``high``."""
    return low if x < low else high if x > high else x


FUNCTIONS: Final[dict[str, Callable[..., float]]] = {
    "abs": abs,
    "clip": clip,
    "cos": math.cos,
    "exp": math.exp,
    "hump": hump,
    "log": math.log,
    "max": max,
    "min": min,
    "pulse": pulse,
    "ramp": ramp,
    "sin": math.sin,
    "sqrt": math.sqrt,
    "wave": wave,
}
_ARITY: Final = {
    "abs": 1,
    "clip": 3,
    "cos": 1,
    "exp": 1,
    "hump": 3,
    "log": 1,
    "pulse": 3,
    "ramp": 3,
    "sin": 1,
    "sqrt": 1,
}
_MAX_LENGTH: Final = 400

_NODES: Final = (
    ast.Expression, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Call, ast.Name, ast.Load,
    ast.Constant, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Mod, ast.Pow, ast.USub, ast.UAdd, ast.Not, ast.And,
    ast.Or, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq,
)  # fmt: skip


def parse(text: str | float, names: Iterable[str]) -> ast.expr:
    """The checked syntax tree of an expression over ``names``.

    Raises:
        ExpressionError: a word or a sign that the language does not know; near names are suggested.
    """
    source = str(text).strip()
    if len(source) > _MAX_LENGTH:
        raise ExpressionError(f"has {len(source)} characters, at most {_MAX_LENGTH}")
    try:
        tree = ast.parse(source, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ExpressionError(f"{source!r} is no expression: {getattr(error, 'msg', error)}") from error
    known = set(names)
    for node in ast.walk(tree):
        _check(node, source, known)
    # whole numbers become floats: `9 ** 9 ** 9` overflows at once instead of filling the memory
    floated: ast.Expression = _Floats().visit(tree)
    return floated.body


def _check(node: ast.AST, source: str, known: set[str]) -> None:
    if not isinstance(node, _NODES):
        raise ExpressionError(
            f"{source!r}: {type(node).__name__} is not part of the language (numbers, names, + - * / **)"
        )
    if isinstance(node, ast.Constant) and not isinstance(node.value, (int, float)):
        raise ExpressionError(f"{source!r}: {node.value!r} is no number")
    if isinstance(node, ast.Call):
        if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS or node.keywords:
            raise ExpressionError(f"{source!r}: only these can be called: {', '.join(sorted(FUNCTIONS))}")
        wanted = _ARITY.get(node.func.id)
        if wanted is not None and len(node.args) != wanted:
            raise ExpressionError(f"{source!r}: {node.func.id} takes {wanted} values, not {len(node.args)}")
    if isinstance(node, ast.Name) and node.id not in known and node.id not in FUNCTIONS:
        near = difflib.get_close_matches(node.id, sorted(known), 1, 0.6)
        hint = f"; did you mean {near[0]!r}?" if near else f" (known: {', '.join(sorted(known))})"
        raise ExpressionError(f"{source!r}: there is no {node.id!r}{hint}")


class _Floats(ast.NodeTransformer):
    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, (int, float)):
            return ast.copy_location(ast.Constant(float(node.value)), node)
        return node


def compile_values(
    names: list[str], values: Mapping[str, str | float], *, chained: bool = False
) -> Callable[..., tuple[float, ...]]:
    """One function of ``names`` (by position) that returns all ``values``, in order.

    With ``chained`` a value may use the ones before it by their names.

    Raises:
        ExpressionError: as :func:`parse`, with the value's name in front.
    """
    known = list(names)
    body: list[ast.stmt] = []
    results: list[str] = []
    for i, (name, text) in enumerate(values.items()):
        try:
            tree = parse(text, known)
        except ExpressionError as error:
            raise ExpressionError(f"{name}: {error}") from error
        result = name if chained else f"_{i}"
        body.append(ast.Assign([ast.Name(result, ast.Store())], tree))
        results.append(result)
        if chained and name not in known:
            known.append(name)
    body.append(ast.Return(ast.Tuple([ast.Name(r, ast.Load()) for r in results], ast.Load())))
    arguments = ast.arguments([], [ast.arg(n) for n in names], None, [], [], None, [])
    function = ast.FunctionDef("values", arguments, body, [], None, lineno=1)
    if hasattr(function, "type_params"):
        function.type_params = []  # a field of Python 3.12 and later
    module = ast.fix_missing_locations(ast.Module([function], []))
    space: dict[str, object] = {"__builtins__": {}, **FUNCTIONS}
    exec(compile(module, "<expressions>", "exec"), space)
    compiled: Callable[..., tuple[float, ...]] = space["values"]  # type: ignore[assignment]
    return compiled
