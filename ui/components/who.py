"""Who writes: on one machine the members of a group take turns, and add themselves."""

from __future__ import annotations

import streamlit as st

from reviewer.domain.course import Group, Person
from reviewer.errors import ReviewerError
from ui import state
from ui.door import service
from ui.plain import plain
from ui.words import Words


def resumed(person: Person) -> Person:
    """The person that the address names, where there is one; otherwise the one given."""
    asked = state.get(state.WHO)
    if not asked or asked == person.id:
        return person
    try:
        known = service().app_desk.person(asked)
    except ReviewerError:
        state.choose(state.WHO, None)
        return person
    state.set_person(known)
    return known


def who(group: Group, person: Person, words: Words) -> None:
    """A choice of the group's members, and a way to be one more."""
    members = {member.id: member.name for member in service().app_desk.members(group)}
    if person.id not in members:
        members[person.id] = person.name
    chosen = st.selectbox(
        words("who.you_are"),
        list(members),
        index=list(members).index(person.id),
        format_func=lambda i: members.get(i, i),
        key=f"who.{group.id}.{person.id}",
    )
    if chosen and chosen != person.id:
        _be(chosen)
    with (
        st.popover(words("who.another"), icon=":material/person_add:", type="tertiary"),
        st.form("who", border=False, clear_on_submit=True),
    ):
        name = st.text_input(words("who.name"), max_chars=80)
        if st.form_submit_button(words("who.join")):
            try:
                _be(service().app_desk.add_member(group.id, name).id)
            except ReviewerError as error:
                st.caption(plain(str(error)))


def _be(person: str) -> None:
    state.set_person(service().app_desk.person(person))
    state.choose(state.WHO, person)
    st.rerun()
