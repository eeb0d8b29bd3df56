"""Metadata of a source as a person corrects it."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationError

from knowledge.errors import NotAllowed
from knowledge.placing import starts_with_program
from knowledge.types import Entry, Source

EDITABLE = frozenset(Source.model_fields) - {"id"}


def edited(entry: Entry, values: Mapping[str, object], *, confirmed: bool) -> Entry:
    """The entry with other values for fields of its source, confirmed by the person or not.

    Raises:
        NotAllowed: a field does not exist or a value does not fit, or the source is of the
            starter corpus.
    """
    strange = sorted(values.keys() - EDITABLE)
    if strange:
        raise NotAllowed(
            f"A source has no field '{strange[0]}' that can be edited.",
            hint=f"The fields are: {', '.join(sorted(EDITABLE))}.",
        )
    if starts_with_program(entry):
        raise NotAllowed(
            f"The source '{entry.source.id}' is of the starter corpus, which follows the program.",
            hint="It can be removed, or the starter corpus switched off.",
        )
    try:
        source = Source.model_validate({**entry.source.model_dump(), **values})
    except ValidationError as error:
        first = error.errors()[0]
        field = first["loc"][0] if first["loc"] else "the source"
        raise NotAllowed(f"The value of {field} does not fit: {first['msg']}.") from error
    if not source.title.strip():
        raise NotAllowed("A source needs a title.")
    labelled = bool({"roles", "topics"} & values.keys()) or confirmed
    changes = {
        "source": source,
        "confirmed": confirmed,
        "suggested": entry.suggested and not labelled,
    }
    return entry.model_copy(update=changes)
