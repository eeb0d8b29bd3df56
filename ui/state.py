"""What a session remembers and what its address carries: the only file that names keys.

The address has language, group, version, review and finding, so that a link opens the same place.
A page link of the browser loses the query, so the session remembers it and puts it back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from reviewer.domain.course import Hat, Person
from ui.words import DEFAULT, Words, languages

LANGUAGE: Final = "lang"
COURSE: Final = "course"
GROUP: Final = "group"
VERSION: Final = "version"
REVIEW: Final = "review"
FINDING: Final = "finding"
PART: Final = "part"
SOURCE: Final = "source"
WHO: Final = "who"

if TYPE_CHECKING:
    from streamlit.navigation.page import StreamlitPage

_ADDRESS = (LANGUAGE, COURSE, GROUP, VERSION, REVIEW, FINDING, PART, SOURCE, WHO)
_OF_A_PAGE = (PART, SOURCE)  # no other page has them in its address
_NARROWER: dict[str, tuple[str, ...]] = {
    COURSE: (GROUP, VERSION, REVIEW, FINDING),
    GROUP: (VERSION, REVIEW, FINDING),
    VERSION: (REVIEW, FINDING),
    REVIEW: (FINDING,),
}
_LONGEST = 200
_HAT = "hat"
_PERSON = "person"
_NOTICE = "notice"
_PAGES = "pages"


def sync() -> None:
    """Takes what the address says, and completes the address by what the session remembers."""
    for name in _ADDRESS:
        given = st.query_params.get(name)
        if given is not None:
            st.session_state[_kept(name)] = given[:_LONGEST]
        elif name not in _OF_A_PAGE and (kept := st.session_state.get(_kept(name))):
            st.query_params[name] = kept


def get(name: str) -> str | None:
    """What is chosen under a name of the address, or None."""
    kept = st.session_state.get(_kept(name))
    return str(kept) if kept else None


def choose(name: str, value: str | None) -> None:
    """Chooses something; whatever is narrower than it (the review of another group) is let go."""
    if value == get(name):
        return
    for loose in _NARROWER.get(name, ()):
        _set(loose, None)
    _set(name, value)


def language() -> str:
    """The chosen language, or the browser's if there is a catalogue for it."""
    asked = get(LANGUAGE) or (st.context.locale or DEFAULT).split("-")[0]
    return asked if asked in languages() else DEFAULT


def words() -> Words:
    """The words of this session's language."""
    return Words(language())


def hat() -> Hat:
    """As whom the person acts."""
    return Hat(st.session_state.get(_HAT, Hat.GROUP))


def wear(new: Hat) -> None:
    """Puts on another hat."""
    st.session_state[_HAT] = new.value


def person() -> Person | None:
    """Who is here."""
    known = st.session_state.get(_PERSON)
    return known if isinstance(known, Person) else None


def set_person(who: Person) -> None:
    """Remembers who is here."""
    st.session_state[_PERSON] = who


def tell_next(text: str) -> None:
    """A short message for after the next run, when the page has changed."""
    st.session_state[_NOTICE] = text


def told() -> str | None:
    """The message that waits, once."""
    waiting = st.session_state.pop(_NOTICE, None)
    return str(waiting) if waiting else None


def know_pages(pages: Mapping[str, StreamlitPage]) -> None:
    """Remembers the pages of this run, so that views can lead to one another by name."""
    st.session_state[_PAGES] = dict(pages)


def page(name: str) -> StreamlitPage | None:
    """The page of that name; None where a view is shown by itself."""
    known: Mapping[str, StreamlitPage] = st.session_state.get(_PAGES, {})
    return known.get(name)


def go(name: str) -> None:
    """Leads to another page."""
    if there := page(name):
        st.switch_page(there)


def keep(name: str, about: str, value: object) -> None:
    """Remembers something of a page (a drill, an open passage) about one review or design."""
    st.session_state[f"kept.{name}.{about}"] = value


def kept(name: str, about: str) -> Any:
    """What a page remembered, or None."""
    return st.session_state.get(f"kept.{name}.{about}")


def take(name: str, about: str) -> Any:
    """What a page remembered, once."""
    return st.session_state.pop(f"kept.{name}.{about}", None)


def _kept(name: str) -> str:
    return f"address.{name}"


def _set(name: str, value: str | None) -> None:
    if value:
        st.session_state[_kept(name)] = value
        st.query_params[name] = value
    else:
        st.session_state.pop(_kept(name), None)
        st.query_params.pop(name, None)
