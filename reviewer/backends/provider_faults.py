"""Exceptions of any provider's package, told apart by their attributes: no package is imported."""

from __future__ import annotations

import os
from typing import Any

from reviewer.backends.faults import fault, redact, retry_after
from reviewer.domain.review import Usage
from reviewer.errors import BackendRejected, BackendUnreachable
from reviewer.ports import Completion

_SECRET_NAMES = ("_KEY", "_TOKEN", "_SECRET", "_PASSWORD")


def explained(who: str, exc: Exception) -> Completion:
    """Raise a provider's exception in our terms; programmers' errors stay as they are.

    Some providers raise where the answer was cut off, although the raw answer was asked for: that
    is a completion.
    """
    kind = type(exc).__name__
    if kind == "LengthFinishReasonError":
        return Completion(text="", usage=_usage_of_error(exc), finish="length")
    message = clean(str(exc))
    if kind == "ContentFilterFinishReasonError":
        raise BackendRejected(f"{who} refused to answer: its content filter stopped the answer.")
    status = status_of(exc)
    if status is not None:
        raise fault(who, status, message, code=_code(exc), wait=_wait(exc))
    if isinstance(exc, OSError) or "timeout" in kind.lower() or "connect" in kind.lower():
        raise BackendUnreachable(f"{who} cannot be reached: {message[:200].rstrip('.')}.")
    if type(exc).__module__ == "builtins" and not isinstance(exc, NotImplementedError):
        raise exc
    raise BackendRejected(f"{who} failed: {message[:200].rstrip('.')}.")


def _usage_of_error(exc: Exception) -> Usage:
    used = getattr(getattr(exc, "completion", None), "usage", None)
    return Usage(
        input=getattr(used, "prompt_tokens", 0),
        output=getattr(used, "completion_tokens", 0),
        calls=1,
    )


def status_of(exc: Exception) -> int | None:
    """The HTTP status that an exception carries, wherever its package puts it."""
    response = getattr(exc, "response", None)
    if isinstance(response, dict):  # botocore
        status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        return status if isinstance(status, int) else None
    for holder in (exc, response):
        for field in ("status_code", "http_status", "code"):
            value = getattr(holder, field, None)
            if isinstance(value, int) and 400 <= value < 600:
                return int(value)
    return None


def _code(exc: Exception) -> str | None:
    code = getattr(exc, "code", None)
    return code if isinstance(code, str) else None


def _wait(exc: Exception) -> float | None:
    headers: Any = getattr(getattr(exc, "response", None), "headers", None)
    return retry_after(headers.get("retry-after")) if headers else None


def clean(text: str) -> str:
    """The text without the keys that are in the environment."""
    secrets = [v for k, v in os.environ.items() if k.upper().endswith(_SECRET_NAMES)]
    return redact(text, (s for s in secrets if len(s) >= 8))
