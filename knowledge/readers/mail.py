"""HTML that is embedded in another file, as it is or inside a web archive (MHT)."""

from __future__ import annotations

import email
import email.policy

from knowledge.first_bytes import decoded

_HEAD = 3_000


def pages_in(data: bytes, name: str) -> list[str]:
    """The HTML pages of an embedded part; none where it is something else."""
    start = data[:_HEAD].lower()
    if b"mime-version:" in start and b"content-type:" in start:
        return _of_archive(data)
    if name.lower().endswith((".htm", ".html", ".xhtml")) or b"<html" in start or b"<body" in start:
        return [decoded(data)[0]]
    return []


def _of_archive(data: bytes) -> list[str]:
    message = email.message_from_bytes(data, policy=email.policy.default)
    pages = []
    for part in message.walk():
        if part.get_content_type() == "text/html":
            content = part.get_payload(decode=True)
            if isinstance(content, bytes):
                pages.append(decoded(content, part.get_content_charset() or "")[0])
    return pages
