"""The client reads what the API describes: every answer has two descriptions, and they agree in names and types.

The API's are for people who read its OpenAPI document, with words for each field; the client's decode, and do so in a
program that has none of the platform installed.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

import msgspec.inspect as shapes
from andon_client import calls
from support.api_stack import Api

#: Calls whose answer the caller reads by himself.
_FREE = ("get", "post", "live")
#: What the client leaves aside: what was asked is known to who asked, and what the pages alone show is theirs.
_LEFT_OUT = {
    "CordCall": {"called_plant", "answered_plant", "resolved_plant"},
    "Events": {"truncated"},
    "History": {"machine"},
    "Product": {"question", "made", "made_by", "changed", "last_read"},
    "Products": {"licences"},
    "ProductTable": {"sources"},
    "SeriesList": {"start", "stop"},
}


def described() -> Iterator[tuple[str, calls.Call[Any]]]:
    """Every call, with its arguments' own names as their values."""
    for name, made in inspect.getmembers(calls, inspect.isfunction):
        if made.__module__ != calls.__name__ or name.startswith("_") or name in _FREE:
            continue
        needed = [
            p for p in inspect.signature(made).parameters.values()
            if p.default is p.empty and p.kind is not p.VAR_KEYWORD
        ]  # fmt: skip
        given = {p.name: 1.0 if p.annotation == "float" else f"{{{p.name}}}" for p in needed}
        yield name, made(**given)


class Reader:
    """Compares a structure of the client with a schema of the API; ``problems`` are the differences."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.problems: list[str] = []
        self.compared = 0

    def answer(self, call: calls.Call[Any]) -> dict[str, Any]:
        plain = re.sub(r"\{[^}]*\}", "{}", call.path)
        for path, item in self.document["paths"].items():
            several = re.sub(r"(\{[^}]*\})(/\{[^}]*\})*", "{}", path)
            if several == plain and call.method.lower() in item:
                answers = item[call.method.lower()]["responses"]
                good = next(answers[code] for code in ("200", "201", "202") if code in answers)
                found: dict[str, Any] = good["content"]["application/json"]["schema"]
                return found
        raise AssertionError(f"the API describes no {call.method} {call.path}")

    def compare(self, where: str, shape: shapes.Type, schema: dict[str, Any]) -> None:
        self.compared += 1
        schema = self._resolved(schema)
        if isinstance(shape, shapes.UnionType):
            nullable = any(isinstance(t, shapes.NoneType) for t in shape.types)
            choices = [c for c in schema.get("anyOf", [schema]) if c.get("type") != "null"]
            may_be_null = "anyOf" in schema and len(choices) < len(schema["anyOf"])
            if may_be_null and not nullable:
                self.problems.append(f"{where} may be null")
            others = [t for t in shape.types if not isinstance(t, shapes.NoneType)]
            if len(others) == len(choices) == 1:
                self.compare(where, others[0], choices[0])
        elif isinstance(shape, shapes.StructType):
            self._struct(where, shape, schema)
        elif isinstance(shape, shapes.ListType):
            self._kind(where, schema, "array")
            self.compare(f"{where}[]", shape.item_type, schema.get("items", {}))
        elif isinstance(shape, shapes.DictType):
            self._kind(where, schema, "object")
            more = schema.get("additionalProperties")
            if isinstance(more, dict):
                self.compare(f"{where}.*", shape.value_type, more)
        else:
            kinds = {
                shapes.IntType: ("integer",), shapes.FloatType: ("number", "integer"), shapes.StrType: ("string",),
                shapes.BoolType: ("boolean",),
            }  # fmt: skip
            if type(shape) in kinds:
                self._kind(where, schema, *kinds[type(shape)])

    def _struct(self, where: str, shape: shapes.StructType, schema: dict[str, Any]) -> None:
        self._kind(where, schema, "object")
        there = schema.get("properties")
        if there is None:
            return  # a message of the MQTT contract, which has a description of its own
        for field in shape.fields:
            name = field.encode_name
            if name not in there:
                if field.required:
                    self.problems.append(f"{where}.{name} is not described by the API")
                continue
            if field.required and name not in schema.get("required", ()):
                self.problems.append(f"{where}.{name} may be missing")
            self.compare(f"{where}.{name}", field.type, there[name])
        known = {field.encode_name for field in shape.fields} | _LEFT_OUT.get(shape.cls.__name__, set())
        self.problems += [f"{where}.{name} is not known to {shape.cls.__name__}" for name in there.keys() - known]

    def _kind(self, where: str, schema: dict[str, Any], *kinds: str) -> None:
        told = schema.get("type")
        if told is not None and told not in kinds:
            self.problems.append(f"{where} is of type {told}, and read as {kinds[0]}")
        if told is None and "anyOf" in schema and any(c.get("type") == "null" for c in schema["anyOf"]):
            self.problems.append(f"{where} may be null")

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in schema:
            schema = self.document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return schema


async def test_every_answer_that_the_client_reads_is_as_the_api_describes_it(api: Api) -> None:
    async with api.client(None) as client:
        reader = Reader((await client.get("/api/v1/openapi.json")).json())
    for name, call in described():
        reader.compare(name, shapes.type_info(call.shape), reader.answer(call))
    assert reader.problems == []
    assert reader.compared > 300
