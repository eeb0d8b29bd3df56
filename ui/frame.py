"""The frame around every page: where one is, as whom, which pages there are, and how things stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from reviewer.domain.course import Group, Hat, Person
from reviewer.errors import InputError, ReviewerError
from ui import state
from ui.components.who import resumed, who
from ui.door import service
from ui.plain import plain
from ui.words import Words, languages

if TYPE_CHECKING:
    from streamlit.navigation.page import StreamlitPage

    from reviewer.service.app_desk import Place

HAT_ICONS: Mapping[Hat, str] = {
    Hat.GROUP: ":material/groups:",
    Hat.INDIVIDUAL: ":material/person:",
    Hat.INSTRUCTOR: ":material/school:",
}


@dataclass(frozen=True)
class Here:
    """What a page is given: words, person and place."""

    words: Words
    person: Person
    place: Place

    @property
    def group(self) -> Group | None:
        """The chosen group."""
        return self.place.group


def arrive() -> Here:
    """Who is here and where, as the address and the session say."""
    state.sync()
    words = state.words()
    desk = service().app_desk
    person = state.person()
    if person is None:
        person = desk.arrive(words("local.course"), words("local.person"))
        state.set_person(person)
    person = resumed(person)
    review = state.get(state.REVIEW)
    if review and not state.get(state.GROUP):
        _find_group_of(review)
    place = desk.place(state.get(state.COURSE), state.get(state.GROUP))
    if place.group is None and len(place.groups) == 1:
        state.choose(state.GROUP, place.groups[0].id)
        place = desk.place(place.course.id, place.groups[0].id)
    return Here(words, person, place)


def side_bar(here: Here, pages: Mapping[Hat | None, Sequence[StreamlitPage]]) -> None:
    """Course and group, hat, pages, and one quiet line about worker and model."""
    with st.sidebar:
        _course_and_group(here)
        _hats(here.words)
        if state.hat() is Hat.INDIVIDUAL and here.group:
            who(here.group, here.person, here.words)
        for page in (*pages[None], *pages[state.hat()]):
            st.page_link(page)
        st.caption(status_line(here.words))
        _language(here.words)


def status_line(words: Words) -> str:
    """Which reviewer answers, and whether somebody works."""
    model = service().settings.model
    told = (
        words("status.offline") if model == "offline" else words("status.model", model=plain(model))
    )
    worker = "running" if service().review_desk.working else "elsewhere"
    return f"{told} · {words(f'status.worker_{worker}')}"


def guarded(show: Callable[[Here], None], here: Here) -> None:
    """Shows a page; an error says what happened, that the work is safe, and what to do."""
    if told := state.told():
        st.toast(told)
    try:
        show(here)
    except ReviewerError as error:
        st.error(f"{plain(str(error))} {plain(error.hint)}", icon=":material/error:")
        st.caption(here.words("error.safe"))


def _find_group_of(review: str) -> None:
    try:
        job = service().app_desk.where(review)
    except ReviewerError:
        state.choose(state.REVIEW, None)
        return
    finding = state.get(state.FINDING)
    state.choose(state.COURSE, job.course)
    state.choose(state.GROUP, job.group)
    state.choose(state.REVIEW, review)
    state.choose(state.FINDING, finding)


def _course_and_group(here: Here) -> None:
    words, place = here.words, here.place
    if len(place.courses) > 1:
        titles = {course.id: course.title for course in place.courses}
        chosen = st.selectbox(
            words("frame.course"),
            list(titles),
            index=list(titles).index(place.course.id),
            format_func=lambda i: titles[i],
        )
        if chosen != place.course.id:
            state.choose(state.COURSE, chosen)
            st.rerun()
    if place.groups:
        names = {group.id: group.name for group in place.groups}
        group = st.selectbox(
            words("frame.group"),
            list(names),
            index=list(names).index(place.group.id) if place.group else None,
            format_func=lambda i: names.get(i, i),
            placeholder=words("frame.choose_group"),
        )
        if group and (place.group is None or group != place.group.id):
            state.choose(state.GROUP, group)
            st.rerun()
        menu = st.popover(
            words("frame.new"),
            icon=":material/add:",
            type="tertiary",
            key="new",
            on_change="rerun",
        )
        if menu.open:  # what nobody looks at is not made
            with menu:
                new_group(here, key="side")
                _new_course(here)


def new_group(here: Here, *, key: str, primary: bool = False) -> None:
    """A field and a button that make a group and choose it."""
    words = here.words
    with st.form(f"new_group_{key}", border=False):
        name = st.text_input(words("frame.group_name"), max_chars=120)
        if st.form_submit_button(
            words("frame.make_group"), type="primary" if primary else "secondary"
        ):
            try:
                made = service().app_desk.add_group(here.place.course.id, name, here.person.id)
            except InputError:
                st.caption(words("frame.needs_name"))
                return
            state.choose(state.GROUP, made.id)
            st.rerun()


def _new_course(here: Here) -> None:
    with st.form("new_course", border=False):
        title = st.text_input(here.words("frame.course_title"), max_chars=120)
        if st.form_submit_button(here.words("frame.make_course")) and title.strip():
            made = service().app_desk.add_course(title, here.person.id)
            state.choose(state.COURSE, made.id)
            st.rerun()


def _hats(words: Words) -> None:
    worn = state.hat()
    chosen = st.segmented_control(
        words("frame.hat"),
        list(Hat),
        default=worn,
        format_func=lambda hat: words(f"hat.{hat.value}"),
        help=words("frame.hat_help"),
        required=True,
    )
    if chosen and chosen != worn:
        state.wear(chosen)
        st.rerun()


def _language(words: Words) -> None:
    names = {code: Words(code)("app.language_name") for code in languages()}
    chosen = st.selectbox(
        words("app.language"),
        list(names),
        index=list(names).index(words.language),
        format_func=lambda code: names[code],
        label_visibility="collapsed",
    )
    if chosen != words.language:
        state.choose(state.LANGUAGE, chosen)
        st.rerun()
