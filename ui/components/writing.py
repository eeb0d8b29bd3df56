"""A text area that saves itself while somebody types."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import streamlit as st

from ui.components.assets import joined
from ui.words import Words

MOST_CHARACTERS: Final = 40_000


@dataclass(frozen=True)
class Field:
    """What is written: `key` tells one text from all others of the installation."""

    key: str
    value: str
    revision: int
    label: str
    placeholder: str = ""
    rows: int = 7
    state: str = ""


def writing(field: Field, words: Words, save: Callable[[str, int], None]) -> None:
    """Shows the text; `save` gets the new text and the number of the change it began from."""
    component = st.components.v2.component(
        "writing", js=joined("writing.js"), css=joined("writing.css")
    )
    key = f"writing.{field.key}"

    def heard() -> None:
        value: Mapping[str, Any] | None = getattr(st.session_state[key], "text", None)
        if value:
            text = str(value.get("text", ""))[:MOST_CHARACTERS]
            base = value.get("base")
            save(text, base if isinstance(base, int) else 0)

    component(
        key=key,
        data={
            "key": field.key,
            "value": field.value,
            "revision": field.revision,
            "label": field.label,
            "placeholder": field.placeholder,
            "rows": field.rows,
            "most": MOST_CHARACTERS,
            "state": field.state,
            "words": words.under("writing"),
        },
        on_text_change=heard,
    )
