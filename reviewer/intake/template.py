"""The template of a design file, and the JSON schema that lets editors check it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from reviewer.domain.design import NodeKind
from reviewer.errors import InputError
from reviewer.intake.forms import DesignForm

_HERE = Path(__file__).resolve().parent
_SCHEMA = _HERE / "schema.json"
_SCHEMA_NAME = "design.schema.json"
_TITLE = "Design of a data pipeline for generative AI"
_SUFFIXES = {".yaml": "template.yaml", ".yml": "template.yaml", ".md": "template.md"}


def write_template(path: Path) -> tuple[Path, ...]:
    """Write a commented template that follows the lesson; returns the files written.

    A `.md` file gets Markdown with a data-flow block, a `.yaml` file the form with the schema
    beside it. Raises `InputError` where the file exists already or cannot be written.
    """
    template = _SUFFIXES.get(path.suffix.lower())
    if template is None:
        raise InputError(f"{path.name}: a template ends in .yaml or .md.")
    text = (_HERE / template).read_text(encoding="utf-8")
    try:
        if not path.parent.is_dir():
            raise InputError(f"The folder of {path.name} does not exist: make it first.")
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
        if template.endswith(".md"):
            return (path,)
        schema = path.parent / _SCHEMA_NAME
        if not _is_foreign(schema):
            schema.write_text(_SCHEMA.read_text(encoding="utf-8"), encoding="utf-8", newline="\n")
            return (path, schema)
    except FileExistsError:
        raise InputError(f"{path.name} exists already: it was not overwritten.") from None
    except OSError as error:
        raise InputError(f"{path.name} cannot be written: {error.strerror or error}.") from error
    return (path,)


def _is_foreign(schema: Path) -> bool:
    """Whether a file of that name exists that this program did not write."""
    return schema.exists() and f'"title": "{_TITLE}"' not in schema.read_text(
        encoding="utf-8", errors="replace"
    )


def design_schema() -> dict[str, Any]:
    """JSON schema of the design file: the form, and the short ways of writing that are allowed."""
    schema = DesignForm.model_json_schema(by_alias=True)
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": _TITLE}
    forms = schema["$defs"]
    node, flow = {"$ref": "#/$defs/NodeForm"}, {"$ref": "#/$defs/FlowForm"}
    forms["GroupedNode"] = {k: v for k, v in forms["NodeForm"].items() if k != "required"}
    forms["GroupedNode"]["title"] = "GroupedNode"
    grouped = {"$ref": "#/$defs/GroupedNode"}
    by_id = {"type": "object", "additionalProperties": grouped}
    fields = forms["MapForm"]["properties"]
    fields["nodes"] = {"anyOf": [{"type": "array", "items": node}, by_id]}
    chain = {"type": "string", "pattern": "->", "examples": ["tills -> log -> features"]}
    fields["flows"] = {"type": "array", "items": {"anyOf": [chain, flow]}}
    for kind in NodeKind:
        fields[f"{kind.value}s"] = {
            "anyOf": [{"type": "array", "items": {"anyOf": [{"type": "string"}, grouped]}}, by_id]
        }
    legacy = forms["NodeForm"]["properties"]["legacy"]
    legacy["anyOf"] += [{"type": "string"}, {"type": "boolean"}]
    table = {"type": "object", "required": ["name"]}
    options = forms["ComparisonForm"]["properties"]["options"]
    forms["ComparisonForm"]["properties"]["options"] = {
        "anyOf": [options, {"type": "array", "items": table}]
    }
    schema["properties"]["comparison"]["anyOf"] += [{"type": "string"}]
    for side in ("at_most", "at_least", "value"):
        forms["TargetForm"]["properties"][side] = {
            "type": ["string", "number"],
            "examples": ["5 min", "99.9 %", "10x"],
        }
    return schema


def schema_text() -> str:
    """The schema as it is shipped."""
    return json.dumps(design_schema(), indent=1, ensure_ascii=False) + "\n"


def write_schema() -> None:
    """Bring the shipped schema up to date after a change of the form."""
    _SCHEMA.write_text(schema_text(), encoding="utf-8", newline="\n")
