"""Which parts of the OpenAI protocol a server understands: learnt from what it refuses."""

from __future__ import annotations

import json
import re
from typing import Any, Literal

from reviewer.domain.design import Frozen
from reviewer.ports import Prompt

Form = Literal["json_schema", "tool", "json_object", "text"]
Limit = Literal["max_completion_tokens", "max_tokens"]

_BOUNDS = frozenset({"pattern", "minItems", "maxItems", "minLength", "maxLength"})
_REASONING = re.compile(r"^(?:.*/)?(?:o[1-9](?:-|$)|gpt-[5-9](?!.*chat))", re.IGNORECASE)
_ASK = (
    "Answer with one JSON object and nothing else. It must fit this JSON schema (every property "
    "is required):\n"
)


class Dialect(Frozen):
    """How to put a request so that a server accepts it.

    `form` is how the answer's schema reaches the model; `bounds` whether the schema keeps its
    patterns and lengths; `limit` the name of the output limit, None to send none.
    """

    form: Form = "json_schema"
    may_change_form: bool = True
    bounds: bool = True
    temperature: float | None = None
    limit: Limit | None = "max_tokens"
    limits_refused: frozenset[Limit] = frozenset()

    def request(self, prompt: Prompt, allowance: int = 0) -> dict[str, Any]:
        """The parameters of a chat completion request, without the model's name."""
        schema = self.schema_of(prompt)
        body: dict[str, Any] = {"messages": self.messages(prompt)}
        if self.form == "json_schema":
            answer = {"name": prompt.schema_name, "strict": True, "schema": schema}
            body["response_format"] = {"type": "json_schema", "json_schema": answer}
        elif self.form == "tool":
            function = {"name": prompt.schema_name, "parameters": schema}
            body["tools"] = [{"type": "function", "function": function}]
            body["tool_choice"] = {"type": "function", "function": {"name": prompt.schema_name}}
        elif self.form == "json_object":
            body["response_format"] = {"type": "json_object"}
        if self.temperature is not None:
            body["temperature"] = self.temperature
        if self.limit is not None:
            body[self.limit] = prompt.max_output_tokens + allowance
        return body

    def schema_of(self, prompt: Prompt) -> dict[str, Any]:
        """The answer's schema, with or without its bounds."""
        if self.bounds:
            return prompt.answer_schema
        plain: dict[str, Any] = unbounded(prompt.answer_schema)
        return plain

    def messages(self, prompt: Prompt) -> list[dict[str, str]]:
        """The prompt's messages, with the schema in words where nothing else carries it."""
        messages = [{"role": str(m.role), "content": m.content} for m in prompt.messages]
        if self.form in ("json_object", "text"):
            # Last, so that the prefix that providers cache stays the same.
            messages.append({"role": "user", "content": _ASK + _compact(self.schema_of(prompt))})
        return messages

    def without(self, message: str, param: str | None = None) -> Dialect | None:
        """What to try after a server refused a request with this message.

        None where the message names nothing that could be left out.
        """
        said = f"{param or ''} {message}".lower()
        if self.temperature is not None and "temperature" in said:
            return self.model_copy(update={"temperature": None})
        if self.limit is not None and self._names_limit(said, param):
            return self._other_limit(self.limit)
        if self.bounds and _names_bounds(said):
            return self.model_copy(update={"bounds": False})
        return self._next_form(said) if self.may_change_form else None

    def _names_limit(self, said: str, param: str | None) -> bool:
        if param in ("max_tokens", "max_completion_tokens"):
            return param == self.limit
        return re.search(rf"\b{self.limit}\b", said) is not None

    def _other_limit(self, refused: Limit) -> Dialect:
        tried = self.limits_refused | {refused}
        other: Limit = "max_tokens" if refused != "max_tokens" else "max_completion_tokens"
        return self.model_copy(
            update={"limit": None if other in tried else other, "limits_refused": tried}
        )

    def _next_form(self, said: str) -> Dialect | None:
        words: dict[Form, tuple[str, ...]] = {
            "json_schema": ("response_format", "response format", "json_schema", "structured"),
            "tool": ("tool", "function"),
            "json_object": ("response_format", "response format", "json_object", "json mode"),
        }
        following: dict[Form, Form] = {
            "json_schema": "tool",
            "tool": "json_object",
            "json_object": "text",
        }
        if any(word in said for word in words.get(self.form, ())):
            return self.model_copy(update={"form": following[self.form]})
        return None


def is_reasoning(model: str) -> bool:
    """Whether OpenAI documents the model as reasoning: no temperature, hidden output tokens."""
    return _REASONING.match(model) is not None


def unbounded(schema: Any) -> Any:
    """The schema without patterns and lengths, for servers that refuse those keywords."""
    if isinstance(schema, list):
        return [unbounded(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {k: unbounded(v) for k, v in schema.items() if k not in _BOUNDS}


def _names_bounds(said: str) -> bool:
    keyword = any(re.search(rf"\b{word.lower()}\b", said) for word in _BOUNDS)
    return keyword or "invalid schema" in said or "invalid_json_schema" in said


def _compact(schema: dict[str, Any]) -> str:
    return json.dumps(schema, separators=(",", ":"), ensure_ascii=False)
