"""Column types that behave alike on SQLite and Postgres."""

from __future__ import annotations

import json
import re
import zlib
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, LargeBinary, String, Text, TypeDecorator

# Characters that Postgres cannot keep in a text, or that have no UTF-8 form.
_UNKEPT = re.compile("[\x00\ud800-\udfff]")
_REPLACEMENT = "�"
_LEVEL = 3  # of zlib: half the time of its default, for a sixth more bytes


def kept(text: str) -> str:
    """The text as every database can keep it; what cannot be kept is marked as such."""
    return _UNKEPT.sub(_REPLACEMENT, text)


class Words(TypeDecorator[str]):
    """Text that a person or a model wrote, of any length."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Replaces what one of the databases would refuse."""
        return None if value is None else kept(value)


class Key(TypeDecorator[str]):
    """An id, also where one that never was is looked up."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Replaces what one of the databases would refuse; so it is not found."""
        return None if value is None else kept(value)


class Moment(TypeDecorator[datetime]):
    """A point in time in UTC; always with its time zone, also where the database drops it."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """One time zone in the database, so that times compare as they are."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """SQLite gives times without their zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Squeezed(TypeDecorator[bytes]):
    """Bytes that are kept compressed: a review takes a fifth of its JSON."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        """Compresses."""
        return None if value is None else zlib.compress(value, _LEVEL)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        """Gives back what was put in."""
        return None if value is None else zlib.decompress(value)


class SqueezedJson(TypeDecorator[Any]):
    """A JSON value that is kept compressed."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        """Writes and compresses."""
        if value is None:
            return None
        return zlib.compress(json.dumps(value, separators=(",", ":")).encode(), _LEVEL)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Any:
        """Reads."""
        return None if value is None else json.loads(zlib.decompress(value))


def now() -> datetime:
    """The time of the wall clock, which may jump: orders follow numbers, not times."""
    return datetime.now(UTC)
