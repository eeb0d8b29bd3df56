"""The design page: a form along the lesson's tasks that saves itself, and the way to the review."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from reviewer.domain.draft import TEXT_FIELDS
from reviewer.domain.questionnaire import LessonTask
from reviewer.errors import ReviewerError
from ui import state
from ui.components.completeness import TASKS, Standing, share, standings
from ui.components.drafting import Drafting, decisions
from ui.components.filling import filling
from ui.components.live import live
from ui.components.map_editor import map_editor
from ui.components.table import table
from ui.components.writing import Field, writing
from ui.door import service
from ui.frame import Here
from ui.plain import plain
from ui.words import Words

_OFFLINE = "offline"
_MEASURES = ("scalability", "latency", "compliance", "reliability")
_OPTIONS = ("name", "scalability", "latency", "cost", "compliance", "integration")
_TARGETS = ("subject", "comparison", "value", "percentile", "node", "region")
_SUBJECTS = (
    "freshness", "latency", "availability", "retention", "growth", "recovery_time",
    "recovery_point", "residency", "cost", "error_rate",
)  # fmt: skip


def show(here: Here) -> None:
    """The draft of the group."""
    words = here.words
    if here.group is None:
        st.title(words("page.design"))
        st.write(words("design.no_group"))
        if st.button(words("review.to_home"), type="primary"):
            state.go("home")
        return
    drafting = Drafting.of(here.group.id, here.person.id)
    _head(drafting, words)
    decisions(drafting, words, {name: words(f"field.{name}") for name in _named()})
    filling(drafting, words)
    all_tasks = standings(drafting.draft.values)
    _meter(drafting, all_tasks, words)
    _task(drafting, all_tasks, words)


def _named() -> tuple[str, ...]:
    return (*TEXT_FIELDS, "map.nodes", "map.flows", "targets", "comparison.options")


def _head(drafting: Drafting, words: Words) -> None:
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        st.title(words("page.design"))
        base = drafting.revision("title")
        st.text_input(
            words("field.title"),
            value=drafting.text("title"),
            key=f"title.{drafting.group}.{base}",
            max_chars=200,
            placeholder=words("design.title_placeholder"),
            on_change=_save_title,
            args=(drafting, f"title.{drafting.group}.{base}", base),
        )
    with right:
        _ask(drafting, words)


def _save_title(drafting: Drafting, key: str, base: int) -> None:
    drafting.save("title", st.session_state[key], base)


def _ask(drafting: Drafting, words: Words) -> None:
    """The one primary button, with what it will take."""
    models = list(dict.fromkeys([service().settings.model, _OFFLINE]))
    model = models[0]
    if len(models) > 1:
        model = st.selectbox(words("design.model"), models) or model
    empty = not any(drafting.draft.values.values())
    if st.button(
        words("design.ask"), type="primary", icon=":material/rate_review:", disabled=empty
    ):
        _hand_in(drafting, model, words)
    if model == _OFFLINE:
        st.caption(words("design.offline_cost"))
    elif not empty:
        _estimate(drafting, model, words)


def _estimate(drafting: Drafting, model: str, words: Words) -> None:
    """What a chat model will take, computed when somebody wants to know."""
    menu = st.popover(
        words("design.estimate"), icon=":material/payments:", key="estimate", on_change="rerun"
    )
    if not menu.open:
        return
    try:
        design = service().app_desk.design(drafting.draft.values)
        told = service().estimate(design, model=model, panel=None) or ""
    except ReviewerError as error:
        told = f"{error} {error.hint}"
    menu.write(plain(told))


def _hand_in(drafting: Drafting, model: str, words: Words) -> None:
    try:
        design = service().app_desk.design(drafting.draft.values)
        handed_in = service().app_desk.hand_in(drafting.group, design, by=drafting.person)
        job = service().review_desk.submit(handed_in.id, model=model, by=drafting.person)
    except ReviewerError as error:
        st.error(f"{plain(str(error))} {plain(error.hint)}", icon=":material/error:")
        st.caption(words("error.safe"))
        return
    state.choose(state.REVIEW, job.id)
    state.go("review")


def _meter(drafting: Drafting, all_tasks: tuple[Standing, ...], words: Words) -> None:
    done, of = sum(s.done for s in all_tasks), sum(s.of for s in all_tasks)
    st.progress(share(all_tasks), text=words("design.meter", done=done, of=of))
    if line := live(drafting.draft.values).line:
        st.caption(f":material/speed: {plain(line)}")


def _task(drafting: Drafting, all_tasks: tuple[Standing, ...], words: Words) -> None:
    by_task = {standing.task: standing for standing in all_tasks}
    asked = {task.id: task for task in service().questionnaire.tasks}
    first = next((s.task for s in all_tasks if not s.complete), TASKS[0])
    chosen = st.segmented_control(
        words("design.tasks"),
        TASKS,
        default=first,
        format_func=lambda task: f"{_mark(by_task[task])} {words(f'task.{task}')}",
        key=f"task.{drafting.group}",
        label_visibility="collapsed",
        required=True,
    )
    task = chosen or first
    if task in asked:
        _help(asked[task], words)
    _FIELDS[task](drafting, words)
    _missing(by_task[task], words)


def _mark(standing: Standing) -> str:
    if standing.complete:
        return ":material/check_circle:"
    return ":material/timelapse:" if standing.done else ":material/radio_button_unchecked:"


def _help(task: LessonTask, words: Words) -> None:
    st.write(plain(task.ask))
    with st.expander(words("design.help")):
        st.write(plain(task.help))
        st.caption(words("design.example"))
        st.write(plain(task.example))


def _missing(standing: Standing, words: Words) -> None:
    if standing.complete:
        st.caption(f":material/check_circle: {words('design.complete')}")
        return
    st.markdown(f"**{words('design.missing')}**")
    for point in standing.missing:
        st.markdown(f"- {words(f'missing.{point}')}")


def _text(drafting: Drafting, name: str, words: Words, rows: int = 8) -> None:
    field = Field(
        key=f"{drafting.group}.{name}",
        value=drafting.text(name),
        revision=drafting.revision(name),
        label=words(f"field.{name}"),
        placeholder=words("writing.placeholder"),
        rows=rows,
        state="conflict" if drafting.waiting(name) else "",
    )
    writing(field, words, lambda text, base: _save(drafting, name, text, base))


def _save(drafting: Drafting, name: str, text: str, base: int) -> None:
    drafting.save(name, text, base)


def _scenario(drafting: Drafting, words: Words) -> None:
    _text(drafting, "scenario", words, rows=10)


def _data_flow(drafting: Drafting, words: Words) -> None:
    map_editor(drafting, words)
    _text(drafting, "data_flow.description", words, rows=6)


def _architecture(drafting: Drafting, words: Words) -> None:
    _text(drafting, "architecture", words, rows=10)
    st.markdown(f"**{words('design.measures')}**")
    columns = st.columns(2)
    for place, measure in enumerate(_MEASURES):
        with columns[place % 2]:
            _text(drafting, f"measurement.{measure}", words, rows=4)
    _text(drafting, "practices", words, rows=4)
    st.markdown(f"**{words('field.targets')}**")
    table(drafting, "targets", {name: _target_column(name, words) for name in _TARGETS})
    st.caption(words("design.targets_help"))


def _target_column(name: str, words: Words) -> Any:
    label = words(f"cell.{name}")
    choices: Mapping[str, list[str]] = {
        "subject": list(_SUBJECTS),
        "comparison": ["at_most", "at_least", "value"],
    }
    if name in choices:
        return st.column_config.SelectboxColumn(label, options=choices[name])
    return st.column_config.TextColumn(label, max_chars=120)


def _challenges(drafting: Drafting, words: Words) -> None:
    _text(drafting, "challenges", words, rows=12)


def _impact(drafting: Drafting, words: Words) -> None:
    _text(drafting, "impact", words, rows=10)


def _comparison(drafting: Drafting, words: Words) -> None:
    st.markdown(f"**{words('field.comparison.options')}**")
    shown = {
        n: st.column_config.TextColumn(words(f"cell.option_{n}"), max_chars=300) for n in _OPTIONS
    }
    table(drafting, "comparison.options", shown)
    st.caption(words("design.options_help"))
    _text(drafting, "comparison.summary", words, rows=5)


_FIELDS = {
    "scenario": _scenario,
    "data_flow": _data_flow,
    "architecture": _architecture,
    "challenges": _challenges,
    "impact": _impact,
    "comparison": _comparison,
}
