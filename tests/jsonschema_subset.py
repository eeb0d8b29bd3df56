"""What hosted strict modes accept of JSON schema, as far as our schemas need it."""

from __future__ import annotations

from typing import Any

_ALWAYS = {"type", "properties", "required", "additionalProperties", "items", "enum"}
_STRICT = _ALWAYS | {"pattern", "minItems", "maxItems"}
_LOCAL = _ALWAYS | {"minItems", "maxItems", "maxLength"}


def problems(schema: Any, *, local: bool = False, where: str = "$") -> list[str]:
    """Everything that a strict mode would refuse, and where."""
    found = [f"{where}: {k}" for k in schema if k not in (_LOCAL if local else _STRICT)]
    if schema.get("type") == "object":
        names = list(schema.get("properties", {}))
        if schema.get("required") != names:
            found.append(f"{where}: not every property is required")
        if schema.get("additionalProperties") is not False:
            found.append(f"{where}: additional properties are allowed")
    elif schema.get("type") == "array":
        if "maxItems" not in schema:
            found.append(f"{where}: unbounded list")
        found += problems(schema["items"], local=local, where=f"{where}[]")
    elif schema.get("type") != "string":
        found.append(f"{where}: type {schema.get('type')}")
    for name, field in schema.get("properties", {}).items():
        found += problems(field, local=local, where=f"{where}.{name}")
    return found
