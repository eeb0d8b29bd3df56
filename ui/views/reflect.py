"""The reflection page: my prompts, my reply, and the thread under the group's post."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import streamlit as st

from reviewer.domain.course import JobState, Reflection, ReviewJob
from reviewer.domain.reflection import ReflectionPrompt, ReplyFeedback
from reviewer.domain.review import Review
from reviewer.errors import DraftConflict, ReviewerError
from ui import state
from ui.components.thread import post_of, review_told, thread_html, thread_text
from ui.components.waiting import answered
from ui.components.writing import Field, writing
from ui.door import service
from ui.frame import Here
from ui.plain import plain
from ui.views.review import opened
from ui.words import Words

_FORMS: Final[tuple[tuple[str, str, Callable[..., str]], ...]] = (
    ("md", "text/markdown", thread_text),
    ("html", "text/html", thread_html),
)
_SAVED = "reply_saved"
_CONFLICT = "reply_conflict"
_CLARIFIED = "reply_clarified"


def show(here: Here) -> None:
    """Prompts and reply for the newest review of the person's group."""
    words = here.words
    st.title(words("page.reflect"))
    jobs = service().app_desk.history(here.group.id) if here.group else ()
    done = [job for job in jobs if job.state in (JobState.COMPLETE, JobState.PARTIAL)]
    if here.group is None or not done:
        st.write(words("reflect.empty"))
        if st.button(words("home.to_design" if here.group else "review.to_home"), type="primary"):
            state.go("design" if here.group else "home")
        return
    job = next((j for j in done if j.id == state.get(state.REVIEW)), done[0])
    review = opened(job.id, here.group.id)
    st.caption(words("reflect.about", title=plain(review.design.title), number=job.number))
    mine = service().app_desk.reflection(job.id, here.group, here.person.id)
    prompts = tuple(ReflectionPrompt.model_validate(prompt) for prompt in mine.prompts)
    left, right = st.columns([1, 1], gap="large")
    with left:
        _prompts(prompts, words)
    with right:
        _reply(mine, review, prompts, words)
    _thread(job, review, words)


def _prompts(prompts: tuple[ReflectionPrompt, ...], words: Words) -> None:
    st.header(words("reflect.prompts"))
    titles = {topic.id: topic.title for topic in service().questionnaire.topics}
    for number, prompt in enumerate(prompts, start=1):
        with st.container(border=True):
            st.caption(plain(titles.get(prompt.topic, prompt.topic)))
            st.markdown(f"**{number}.** {plain(prompt.lead)}")
            st.markdown(f"> {plain(prompt.quote.text)}")
            st.markdown(plain(prompt.ask))
            if prompt.model:
                st.caption(words("board.by_model"))


@st.fragment
def _reply(
    mine: Reflection, review: Review, prompts: tuple[ReflectionPrompt, ...], words: Words
) -> None:
    """The editor reruns alone: saving a reply leaves the rest of the page as it is."""
    st.header(words("reflect.reply"))
    now: Reflection = state.kept(_SAVED, mine.id) or mine
    conflict = state.kept(_CONFLICT, mine.id)
    field = Field(
        key=f"reply.{mine.id}",
        value=now.reply,
        revision=now.revision,
        label=words("reflect.reply_label"),
        placeholder=words("reflect.placeholder"),
        rows=14,
        state="conflict" if conflict else "",
    )
    writing(field, words, lambda text, base: _save(mine, text, base))
    if conflict:
        _decide(mine, conflict, words)
    _touches(now.reply, review, prompts, words)


def _save(mine: Reflection, text: str, base: int) -> None:
    try:
        kept = service().app_desk.reply(mine.review, mine.person, text, base)
    except DraftConflict as conflict:
        state.keep(_CONFLICT, mine.id, conflict)
        return
    state.keep(_SAVED, mine.id, kept)


def _decide(mine: Reflection, conflict: DraftConflict, words: Words) -> None:
    with st.container(border=True):
        st.markdown(f"**{words('reflect.conflict')}**")
        st.text(str(conflict.theirs["reply"]))
        revision = conflict.revisions["reply"]
        with st.container(horizontal=True):
            if st.button(words("conflict.keep_mine")):
                state.keep(_CONFLICT, mine.id, None)
                _save(mine, str(conflict.mine["reply"]), revision)
                st.rerun(scope="fragment")
            if st.button(words("conflict.keep_theirs")):
                state.keep(_CONFLICT, mine.id, None)
                _save(mine, str(conflict.theirs["reply"]), revision)
                st.rerun(scope="fragment")


@st.cache_resource(show_spinner=False, max_entries=128)
def _feedback(
    reply: str, review: str, _review: Review, _prompts: tuple[ReflectionPrompt, ...]
) -> ReplyFeedback:
    return service().reflection_desk.feedback(reply, _review, _prompts)


def _touches(
    reply: str, review: Review, prompts: tuple[ReflectionPrompt, ...], words: Words
) -> None:
    """What the reply touches; no grade, no style, no words for the person."""
    if not reply.strip():
        st.caption(words("reflect.touches_later"))
        return
    try:
        told = _feedback(reply, review.manifest.design, review, prompts)
    except ReviewerError as error:
        st.caption(plain(str(error)))
        return
    st.markdown(f"**{words('reflect.touches')}**")
    for topic in service().questionnaire.topics:
        touched = topic.id in told.topics
        mark = ":material/check_circle:" if touched else ":material/radio_button_unchecked:"
        st.markdown(f"{mark} {plain(topic.title)}")
    for name, there in (("example", told.example), ("evidence", told.evidence)):
        mark = ":material/check_circle:" if there else ":material/radio_button_unchecked:"
        st.markdown(f"{mark} {words(f'reflect.{name}')}")
    for note in told.notes:
        st.caption(plain(note))
    _clarify(reply, review, prompts, words)


def _clarify(
    reply: str, review: Review, prompts: tuple[ReflectionPrompt, ...], words: Words
) -> None:
    """One clarifying question of the configured model, for whoever asks for it."""
    model = service().settings.model
    if model == "offline":
        return
    about = review.manifest.design
    if st.button(words("reflect.ask_me"), icon=":material/contact_support:", type="tertiary"):
        state.keep(_CLARIFIED, about, reply)
    if state.kept(_CLARIFIED, about) != reply:
        return
    asked = service().pages_desk.clarify(reply, review, prompts, model)
    told: ReplyFeedback | None = answered(asked, words)
    if told is not None:
        st.markdown(plain(told.question) or words("reflect.nothing_to_ask"))
        st.caption(words("board.by_model"))


def _thread(job: ReviewJob, review: Review, words: Words) -> None:
    """The group's post with the replies under it, and the same for a discussion forum."""
    st.header(words("reflect.thread"))
    replies = service().app_desk.thread(job.id)
    with st.container(border=True):
        st.markdown(f"**{plain(review.design.title)}**")
        score, *first = review_told(review, words)
        st.caption(plain(score))
        st.markdown("\n".join(f"- {plain(title)}" for title in first))
        with st.expander(words("reflect.post")):
            st.text(post_of(review))
    for name, reply in replies:
        with st.chat_message("user", avatar=":material/person:"):
            st.caption(plain(name))
            st.text(reply)
    if not replies:
        st.caption(words("reflect.no_replies"))
    with st.popover(
        words("reflect.export"), icon=":material/download:", help=words("reflect.export_help")
    ):
        for ending, media, write in _FORMS:
            st.download_button(
                words(f"export.{ending}"),
                _made(write, review, replies, words),
                f"discussion.{ending}",
                media,
                key=f"thread.{ending}.{job.id}",
                type="tertiary",
                on_click="ignore",
            )


def _made(
    write: Callable[[Review, Sequence[tuple[str, str]], Words], str],
    review: Review,
    replies: Sequence[tuple[str, str]],
    words: Words,
) -> Callable[[], str]:
    return lambda: write(review, replies, words)
