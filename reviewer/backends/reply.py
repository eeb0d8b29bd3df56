"""A reply in the OpenAI chat protocol: what we read of it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from reviewer.domain.review import Usage


class Part(BaseModel):
    """A part of a reply: what we read of it; servers leave out and add as they like."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Function(Part):
    """A call's arguments, as JSON text."""

    arguments: str


class ToolCall(Part):
    """A call of a function."""

    function: Function


class Message(Part):
    """What the model said."""

    content: str | None = None
    refusal: str | None = None
    tool_calls: tuple[ToolCall, ...] | None = None


class Choice(Part):
    """One answer."""

    message: Message
    finish_reason: str | None = None

    @property
    def finish(self) -> Literal["stop", "length", "unknown"]:
        """How the answer ended."""
        if self.finish_reason == "length":
            return "length"
        return "stop" if self.finish_reason else "unknown"


class Details(Part):
    """What the input was made of."""

    cached_tokens: int | None = None


class Counted(Part):
    """Tokens."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: Details | None = None


class Reply(Part):
    """A chat completion."""

    choices: tuple[Choice, ...] = Field(min_length=1)
    usage: Counted | None = None

    @property
    def counted(self) -> Usage:
        """Tokens as the server counted them; zero where it did not."""
        used = self.usage or Counted()
        details = used.prompt_tokens_details or Details()
        return Usage(
            input=used.prompt_tokens or 0,
            output=used.completion_tokens or 0,
            cached=details.cached_tokens or 0,
            calls=1,
        )
