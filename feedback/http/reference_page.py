"""The reference page's content, read out of the OpenAPI document."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from feedback.core.errors import Code

Node = Mapping[str, Any]
_METHODS = ("get", "post", "put", "patch", "delete")
_DEEPEST = 6


@dataclass(frozen=True, slots=True)
class Row:
    """One field or parameter: its path, what it takes, and what it means."""

    name: str
    takes: str
    required: bool
    about: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One status of an operation."""

    status: str
    about: str
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address."""

    anchor: str
    method: str
    path: str
    title: str
    about: str
    key: str
    """Who may call, in words."""
    parameters: list[Row]
    body: list[Row]
    answers: list[Answer]
    example: str


@dataclass(slots=True)
class Group:
    """Operations that belong together."""

    name: str
    about: str
    operations: list[Operation] = field(default_factory=list)


def groups(document: Node) -> list[Group]:
    """The operations by their tag, in the order in which the blueprints were registered."""
    found = {tag["name"]: Group(tag["name"], tag.get("description", "")) for tag in document.get("tags", [])}
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                operation = item[method]
                found[operation["tags"][0]].operations.append(_operation(document, path, method, item, operation))
    return [group for group in found.values() if group.operations]


def problems() -> list[tuple[int, str, str, str]]:
    """The catalogue of errors: status, code, title, advice."""
    rows = [(one.status, one.name.lower().replace("_", "-"), one.title, one.advice) for one in Code]
    return sorted(rows)


def _operation(document: Node, path: str, method: str, item: Node, operation: Node) -> Operation:
    parameters = [
        Row(one["name"], _takes(one["schema"]), bool(one.get("required")), _about(one, one["schema"]))
        for one in (*item.get("parameters", []), *operation.get("parameters", []))
    ]
    body = _schema(document, operation.get("requestBody", {}))
    return Operation(
        anchor=f"{method}{path}".replace("/", "-").replace("{", "").replace("}", ""),
        method=method.upper(),
        path=path,
        title=operation.get("summary", ""),
        about=operation.get("description", ""),
        key=_key(operation),
        parameters=parameters,
        body=list(_rows(document, body)),
        answers=[
            Answer(status, answer.get("description", ""), list(_rows(document, _schema(document, answer))))
            for status, answer in sorted(operation["responses"].items())
            if status.startswith(("2", "3"))
        ],
        example=_curl(document, path, method, operation, body),
    )


def _key(operation: Node) -> str:
    schemes = [name for need in operation.get("security", []) for name in need]
    if "secret_key" in schemes:
        return f"secret key with the scope {operation['x-scope']}"
    if "person_token" in schemes:
        optional = {} in operation["security"]
        return "person's token" + (", if the embed key is of one partner: optional" if optional else "")
    return "nothing"


def _schema(document: Node, holder: Node) -> Node:
    for media in holder.get("content", {}).values():
        return _resolve(document, media.get("schema", {}))
    return {}


def _resolve(document: Node, schema: Node) -> Node:
    reference = schema.get("$ref") or next((one["$ref"] for one in schema.get("allOf", []) if "$ref" in one), None)
    if reference is None:
        choices = [one for one in schema.get("anyOf", []) if one.get("type") != "null"]
        return _resolve(document, choices[0]) if len(choices) == 1 else schema
    target: Node = document["components"]["schemas"][reference.rpartition("/")[2]]
    return target


def _rows(document: Node, schema: Node, prefix: str = "", depth: int = 0) -> Iterator[Row]:
    if depth > _DEEPEST:
        return
    required = schema.get("required", [])
    for name, held in schema.get("properties", {}).items():
        inner = _resolve(document, held)
        path = f"{prefix}{name}"
        yield Row(path, _takes({**inner, **held}), name in required, _about(held, inner))
        yield from _inside(document, inner, path, depth)


def _inside(document: Node, inner: Node, path: str, depth: int) -> Iterator[Row]:
    if "properties" in inner:
        yield from _rows(document, inner, f"{path}.", depth + 1)
    elif "items" in inner:
        yield from _rows(document, _resolve(document, inner["items"]), f"{path}[].", depth + 1)


def _about(held: Node, inner: Node) -> str:
    about = held.get("description") or ("" if "properties" in inner else inner.get("description", ""))
    default = None if len(held.get("enum", [])) == 1 else held.get("default")
    return about + (f" Default: {json.dumps(default)}." if default not in (None, {}, []) else "")


def _takes(schema: Node) -> str:
    types = schema.get("type") or ("object" if "properties" in schema else "anything")
    names = [types] if isinstance(types, str) else list(types)
    if "enum" in schema:
        choices = [json.dumps(one) for one in schema["enum"] if one is not None]
        return ", ".join([*choices, *(["null"] if "null" in names else [])])
    words = " or ".join(_word(name, schema) for name in names)
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        words += f", {low:g} to {high:,}"
    if "maxLength" in schema:
        words += f", up to {schema['maxLength']:,} characters"
    return words


def _word(name: str, schema: Node) -> str:
    if name == "string":
        return {"date": "day", "date-time": "time", "uuid": "UUID"}.get(schema.get("format", ""), "text")
    if name == "array":
        return "list of " + _takes(schema.get("items", {})) if "$ref" not in schema.get("items", {}) else "list"
    return {"integer": "whole number", "boolean": "true or false"}.get(name, name)


def _curl(document: Node, path: str, method: str, operation: Node, body: Node) -> str:
    server = document["servers"][0]["url"]
    parts = [f"curl {'' if method == 'get' else f'-X {method.upper()} '}'{server}{path}'"]
    if "secret_key" in str(operation.get("security")):
        parts.append("-H 'Authorization: Bearer fb_sk_...'")
    if body:
        parts.append("-H 'Content-Type: application/json'")
        parts.append(f"-d '{json.dumps(_example(document, body), ensure_ascii=False)}'")
    return " \\\n  ".join(parts)


def _example(document: Node, schema: Node) -> Any:
    schema = _resolve(document, schema)
    if "example" in schema:
        return schema["example"]
    if "enum" in schema:
        return schema["enum"][0]
    if "properties" in schema:
        shown = [*schema.get("required", []), *(name for name, one in schema["properties"].items() if "example" in one)]
        return {name: _example(document, schema["properties"][name]) for name in schema["properties"] if name in shown}
    types = schema.get("type", "string")
    name = types if isinstance(types, str) else types[0]
    if name == "array":
        return [_example(document, schema["items"])]
    by_format = {"date": "2026-11-15", "date-time": "2026-11-15T12:00:00Z", "uuid": _UUID}
    texts = by_format.get(schema.get("format", ""), "...")
    return {"integer": schema.get("minimum", 0), "boolean": True, "object": {}, "number": 0}.get(name, texts)


_UUID = "0190b0a0-6c2f-7d3e-9a51-3f0c5d2e8b11"
