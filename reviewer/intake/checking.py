"""Checks YAML data against a form; every error names file, line and field."""

from __future__ import annotations

import difflib
import re
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from reviewer.errors import DataFlowError, InputError
from reviewer.yamlfile import Document, Step

Path = tuple[Step, ...]
FormType = TypeVar("FormType", bound=BaseModel)

_SYNONYMS = {
    "NodeForm": {
        "type": "kind", "label": "name", "title": "name", "tech": "technology", "peak": "peak_factor",
        "throughput": "rate", "volume": "rate", "size": "record_size", "instances": "parallelism",
        "workers": "parallelism", "partitions": "parallelism", "p50_latency": "p50",
        "p99_latency": "p99", "processing_time_p50": "p50", "processing_time_p99": "p99",
        "processing_p50": "p50", "processing_p99": "p99", "failure_handling": "failure",
        "on_failure": "failure", "pii": "personal_data", "schedule": "interval",
        "encryption": "encrypted", "encryption_at_rest": "encrypted_at_rest",
        "encryption_in_transit": "encrypted_in_transit", "storage_capacity": "storage",
        "costs": "cost", "disk": "storage",
    },
    "FlowForm": {
        "source": "from", "target": "to", "pii": "personal_data", "encryption": "encrypted",
        "encryption_in_transit": "encrypted_in_transit", "name": "label", "schedule": "interval",
        "tech": "technology", "size": "record_size",
    },
    "ModelForm": {
        "input_tokens": "tokens_in", "output_tokens": "tokens_out", "tokens_per_minute": "tokens_limit",
        "requests_per_minute": "requests_limit", "request_limit": "requests_limit",
        "rate_limit": "requests_limit", "token_limit": "tokens_limit", "context": "context_window",
        "price_input": "price_in", "price_output": "price_out", "refresh": "refresh_interval",
    },
    "MapForm": {"edges": "flows", "links": "flows", "text": "description"},
    "DesignForm": {
        "dataflow": "data_flow", "map": "data_flow", "best_practices": "practices",
        "requirements": "targets", "alternatives": "comparison",
    },
}  # fmt: skip


_MESSAGES = {
    "dict_type": "fields are expected here",
    "list_type": "a list is expected here",
    "string_type": "a text is expected here",
    "int_from_float": "a whole number is expected here",
    "int_type": "a whole number is expected here",
    "float_type": "a number is expected here",
    "float_parsing": "a number is expected here",
    "string_pattern_mismatch": "two letters are expected here, such as en",
}


class Checker:
    """Translates the keys people use, then lets the form check the values."""

    def __init__(self, document: Document, error: type[InputError] = DataFlowError) -> None:
        self.document = document
        self.error = error
        self.where: dict[Path, Path] = {}  # path in the form -> path in the file

    def fail(self, path: Path, message: str) -> InputError:
        """The error for a value of the file."""
        field = f", {shown(path)}" if path else ""
        line = self.document.line(path)
        return self.error(
            f"{self.document.source}, line {line}{field}: {message.rstrip('.')}{'' if message.endswith('?') else '.'}"
        )

    def rename(self, data: dict[str, Any], form: type[BaseModel], path: Path) -> dict[str, Any]:
        """The mapping with the form's own field names; fails on names that it does not have."""
        fields = _fields(form)
        renamed: dict[str, Any] = {}
        for key, value in data.items():
            name = re.sub(r"[\s-]+", "_", key.strip().lower())
            name = _SYNONYMS.get(form.__name__, {}).get(name, name)
            here = (*path, key)
            if name not in fields:
                raise self.fail(here, f"unknown field `{key}`{did_you_mean(name, list(fields))}")
            if name in renamed:
                raise self.fail(here, f"`{name}` is given twice")
            self.where[(*path, name)] = here
            renamed[name] = value
        return renamed

    def check(self, data: Any, form: type[FormType], path: Path) -> FormType:
        """The data of one mapping (and the mappings in it) as a form."""
        if not isinstance(data, dict):
            names = ", ".join(list(_fields(form))[:4])
            raise self.fail(path, f"fields are expected here ({names} …)")
        prepared = self._nested(data, form, path)
        try:
            return form.model_validate(prepared)
        except ValidationError as error:
            raise self._explain(error.errors()[0], path) from error

    def _nested(self, data: dict[str, Any], form: type[BaseModel], path: Path) -> dict[str, Any]:
        prepared = self.rename(data, form, path)
        for name, value in prepared.items():
            inner = _form_in(_fields(form)[name])
            here = self.where[(*path, name)]
            if inner is None or value is None:
                continue
            if not isinstance(value, dict):
                names = ", ".join(list(_fields(inner))[:4])
                raise self.fail(here, f"fields are expected here ({names} …)")
            prepared[name] = self._nested(value, inner, here)
            for key in prepared[name]:
                self.where[(*path, name, key)] = self.where[(*here, key)]
        return prepared

    def _explain(self, error: ErrorDetails, path: Path) -> InputError:
        place: Path = (*path, *error["loc"])
        while place not in self.where and len(place) > len(path):
            place = place[:-1]
        original = self.where.get(place, path)
        missing = error["type"] == "missing"
        if missing:
            return self.fail(original, f"the field `{error['loc'][-1]}` is missing")
        rest = error["loc"][len(place) - len(path) :]
        original = (*original, *(s for s in rest if isinstance(s, int | str)))
        message = _MESSAGES.get(error["type"], error["msg"].removeprefix("Value error, "))
        return self.fail(original, message[0].lower() + message[1:] if message else "wrong value")


def did_you_mean(word: str, known: list[str]) -> str:
    """A hint for the end of a message, or a short list of what exists."""
    close = difflib.get_close_matches(word.lower(), known, n=1, cutoff=0.6)
    if close:
        return f"; did you mean `{close[0]}`?"
    some = ", ".join(known[:12])
    return f"; known: {some}{' …' if len(known) > 12 else ''}"


def shown(path: Path) -> str:
    """`data_flow.nodes[3].interval`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def _fields(form: type[BaseModel]) -> dict[str, Any]:
    return {info.alias or name: info.annotation for name, info in form.model_fields.items()}


def _form_in(annotation: Any) -> type[BaseModel] | None:
    for candidate in (annotation, *get_args(annotation)):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
    return None
