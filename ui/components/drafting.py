"""The draft of a group while members write: what they save, and what they must decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from reviewer.domain.course import Draft
from reviewer.errors import DraftConflict, ReviewerError
from ui import state
from ui.door import service
from ui.plain import plain
from ui.words import Words

_CONFLICT = "conflict"
_TROUBLE = "trouble"


@dataclass(frozen=True)
class Drafting:
    """A draft as it was read for this run, and who writes."""

    draft: Draft
    person: str

    @classmethod
    def of(cls, group: str, person: str) -> Drafting:
        """The draft of a group, read now."""
        return cls(service().app_desk.draft(group), person)

    @property
    def group(self) -> str:
        """Whose draft it is."""
        return self.draft.group

    def text(self, name: str) -> str:
        """A field as text."""
        value = self.draft.values.get(name)
        return value if isinstance(value, str) else ""

    def revision(self, name: str) -> int:
        """The number of the field's last change."""
        return self.draft.revisions.get(name, 0)

    def save(self, name: str, value: object, base: int) -> bool:
        """Saves a field; a conflict waits for a decision. Whether it was saved."""
        return self.save_all({name: value}, {name: base})

    def save_all(self, values: Mapping[str, object], base: Mapping[str, int]) -> bool:
        """Saves several fields at once."""
        try:
            service().app_desk.save(self.group, values, base, self.person)
        except DraftConflict as conflict:
            waiting = dict(state.kept(_CONFLICT, self.group) or {})
            for name in conflict.mine:
                waiting[name] = (
                    conflict.mine[name],
                    conflict.theirs[name],
                    conflict.revisions[name],
                )
            state.keep(_CONFLICT, self.group, waiting)
            return False
        except ReviewerError as error:
            state.keep(_TROUBLE, self.group, f"{error} {error.hint}")
            return False
        return True

    def waiting(self, name: str) -> bool:
        """Whether a field has two values and nobody has decided."""
        return name in (state.kept(_CONFLICT, self.group) or {})


def decisions(drafting: Drafting, words: Words, titles: Mapping[str, str]) -> None:
    """What two members wrote in the same field, side by side: one of them is kept."""
    if trouble := state.take(_TROUBLE, drafting.group):
        st.error(plain(trouble), icon=":material/error:")
        st.caption(words("writing.kept_here"))
    for name, (mine, theirs, revision) in (state.kept(_CONFLICT, drafting.group) or {}).items():
        with st.container(border=True):
            st.markdown(f"**{words('conflict.title', field=titles.get(name, name))}**")
            left, right = st.columns(2)
            with left:
                st.caption(words("conflict.mine"))
                _value(mine)
                if st.button(words("conflict.keep_mine"), key=f"mine.{name}"):
                    _decide(drafting, name, mine, revision)
            with right:
                st.caption(words("conflict.theirs"))
                _value(theirs)
                if st.button(words("conflict.keep_theirs"), key=f"theirs.{name}"):
                    _decide(drafting, name, None, revision)


def _value(value: Any) -> None:
    if isinstance(value, list):
        st.dataframe(value, height=160)
    else:
        st.text(str(value or ""))


def _decide(drafting: Drafting, name: str, value: Any, revision: int) -> None:
    left = dict(state.kept(_CONFLICT, drafting.group) or {})
    left.pop(name, None)
    state.keep(_CONFLICT, drafting.group, left)
    if value is not None:
        drafting.save(name, value, revision)
    state.keep("table", f"{drafting.group}.{name}", None)
    st.rerun()
