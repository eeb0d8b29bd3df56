"""Provider faults in our own error tree, told apart by HTTP status, with secrets taken out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit, urlunsplit

from reviewer.errors import (
    BackendBusy,
    BackendError,
    BackendOutOfCredit,
    BackendRefusedKey,
    BackendRejected,
    BackendUnreachable,
)

# Shapes of well-known keys, whole or half masked by the provider, and authorisation headers.
_KEYS = re.compile(
    r"\b(?:sk|pk|rk|gsk|xai|key|hf|r8)[-_][\w*.\-]{6,}|\bAIza[\w\-]{10,}|\b(Bearer|Basic)\s+\S+",
    re.IGNORECASE,
)
_CREDENTIALS = re.compile(r"(?<=://)[^/\s@]+@")
_LONGEST = 300


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without these secrets and without anything that looks like a key."""
    for secret in secrets:
        if len(secret) >= 4:
            text = text.replace(secret, "***")
    return _CREDENTIALS.sub("", _KEYS.sub("***", text))


def address(url: str) -> str:
    """The URL without user, password and query: fit for a message."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        port = parts.port
    except ValueError:
        port = None
    host = f"[{host}]" if ":" in host else host
    return urlunsplit((parts.scheme, f"{host}:{port}" if port else host, parts.path, "", ""))


def retry_after(value: str | None, *, now: datetime | None = None) -> float | None:
    """Seconds that a Retry-After header asks for, given as seconds or as an HTTP date."""
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        then = parsedate_to_datetime(value)
    except ValueError:
        return None
    if then.tzinfo is None:
        then = then.replace(tzinfo=UTC)
    return max(0.0, (then - (now or datetime.now(UTC))).total_seconds())


def fault(
    who: str, status: int, message: str, *, code: str | None = None, wait: float | None = None
) -> BackendError:
    """The error for an HTTP status. `who` names model and server; `message` is redacted already."""
    said = " ".join(message.split())[:_LONGEST].rstrip(".")
    told = f": {said}" if said else ""
    if code == "insufficient_quota" or status == 402:
        return BackendOutOfCredit(f"{who}: the account has no credit left ({status}{told}).")
    if status in (401, 403):
        return BackendRefusedKey(f"{who} did not accept the key ({status}{told}).")
    if status == 429 or (status >= 500 and wait is not None):
        return BackendBusy(f"{who} is over its limit ({status}{told}).", retry_after=wait)
    if status in (408, 409, 425) or status >= 500:
        return BackendUnreachable(f"{who} failed ({status}{told}).")
    return _rejected(who, status, told)


def _rejected(who: str, status: int, told: str) -> BackendRejected:
    hint = None
    if status == 404:
        hint = "Check the model's name, and that the base URL is complete (many end in /v1)."
    elif "context" in told.lower() or "too long" in told.lower() or status == 413:
        hint = "The design does not fit this model: use one with a larger context window."
    return BackendRejected(f"{who} rejected the request ({status}{told}).", hint=hint)
