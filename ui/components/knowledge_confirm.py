"""Metadata to confirm: what was read from a document or suggested, and a person looks at."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import streamlit as st

from knowledge.types import Collection, Entry
from ui.components.waiting import busy, change, changing
from ui.door import service
from ui.frame import Here
from ui.plain import plain
from ui.words import Words

STARTER = "starter"
COURSE = "course"
_CONFIRM = "confirm"
_FIELDS = (("authors", "year"), ("venue", "doi"), ("url", "licence"))
_FORMS = 12  # forms on one page


def own_collections(entry: Entry) -> list[str]:
    """The collections of the course's own that a source is in."""
    return [name for name in entry.collections if name != STARTER]


def passages_told(count: int, words: Words) -> str:
    """How many passages, in words."""
    return words("knowledge.passage_one" if count == 1 else "knowledge.passages", n=count)


def named(collection: Collection, words: Words) -> str:
    """The title of a collection; of the two that every library has, in the reader's language."""
    if collection.starter:
        return words("knowledge.starter_title")
    if collection.id == collection.title == COURSE or not collection.title:
        return words("knowledge.course") if collection.id == COURSE else collection.id
    return collection.title


def unconfirmed() -> list[Entry]:
    """Sources that can be cited and whose metadata nobody has looked at.

    Those of the starter collection need nobody; what a reading list alone says, its owner wrote.
    """
    entries = service().knowledge_desk.entries(None)
    return [e for e in entries if not e.confirmed and e.documents and STARTER not in e.collections]


def confirm(here: Here) -> None:
    """A form for each source that is to be confirmed."""
    words, desk = here.words, service().pages_desk
    changing(_CONFIRM, desk.changes, words)
    waiting = unconfirmed()
    if not waiting:
        st.caption(words("knowledge.all_confirmed"))
        return
    st.write(words("knowledge.confirm_why"))
    for entry in waiting[:_FORMS]:
        with st.expander(plain(entry.source.title), expanded=entry is waiting[0]):
            st.caption(_where_from(entry, words))
            metadata(entry, words, _CONFIRM, primary=entry is waiting[0])
    if len(waiting) > _FORMS:
        st.caption(words("knowledge.confirm_more", n=len(waiting) - _FORMS))
    if len(waiting) > 1:
        _all(waiting, words)


def _where_from(entry: Entry, words: Words) -> str:
    names = (plain(document.name) for document in entry.documents)
    return " · ".join((*names, passages_told(entry.passages, words)))


def _all(waiting: Sequence[Entry], words: Words) -> None:
    desk = service().pages_desk
    with st.popover(words("knowledge.confirm_all", n=len(waiting)), type="tertiary"):
        st.write(words("knowledge.confirm_all_why"))
        if st.button(words("knowledge.confirm_all_yes"), disabled=busy(_CONFIRM, desk.changes)):
            every = {entry.source.id: {"title": entry.source.title} for entry in waiting}
            told = words("knowledge.confirmed_n", n=len(every))
            change(_CONFIRM, desk.confirm(every), told)


def metadata(entry: Entry, words: Words, name: str = "metadata", *, primary: bool = True) -> None:
    """The form of one source; whoever shows it watches the change of that name.

    `primary`: confirming it is the next step on this page.
    """
    source, desk = entry.source, service().pages_desk
    roles = {r.id: words.under("role").get(r.id, r.title) for r in service().questionnaire.roles}
    if not entry.confirmed:
        st.caption(f":material/info: {words('knowledge.unconfirmed')}")
    with st.form(f"metadata.{_stamp(entry)}", border=False):
        values = {"title": _field(entry, "title", words)}
        for pair in _FIELDS:
            for column, field in zip(st.columns(2), pair, strict=True):
                with column:
                    values[field] = _field(entry, field, words)
        values["topics"] = _field(entry, "topics", words)
        chosen = st.multiselect(
            words("knowledge.roles"),
            [role for role in roles if role != "chair"],
            default=[role for role in source.roles if role in roles and role != "chair"],
            format_func=lambda i: roles[i],
            help=words("knowledge.roles_suggested_help") if entry.suggested else None,
            key=f"roles.{_stamp(entry)}",
        )
        asked = st.form_submit_button(
            words("knowledge.save" if entry.confirmed else "knowledge.confirm"),
            type="primary" if primary and not entry.confirmed else "secondary",
            disabled=busy(name, desk.changes),
        )
    if not asked:
        return
    if not values["title"].strip():
        st.caption(words("knowledge.needs_title"))
        return
    begun = desk.confirm({source.id: {**values, "roles": ",".join(chosen)}})
    change(name, begun, words("knowledge.kept"))


def _field(entry: Entry, name: str, words: Words) -> str:
    value = getattr(entry.source, name)
    if isinstance(value, tuple):
        value = ("; " if name == "authors" else ", ").join(value)
    label = words(f"knowledge.field_{name}")
    return st.text_input(label, str(value or ""), max_chars=1_000, key=f"{name}.{_stamp(entry)}")


def _stamp(entry: Entry) -> str:
    """Another one when somebody else has changed the source: nothing is overwritten unseen."""
    told = hashlib.sha256(entry.source.model_dump_json().encode("utf-8", "replace")).hexdigest()
    return f"{entry.source.id}.{told[:12]}"
