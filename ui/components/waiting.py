"""Work of the service that a page waits for: at once where it is quick, watched where it is not."""

from __future__ import annotations

import time
from typing import Any

import streamlit as st

from reviewer.service.background import Task, Tasks
from ui import state
from ui.plain import plain
from ui.words import Words

_AT_ONCE = 0.35  # seconds a page waits before it shows that it waits
_EVERY = 0.7
_SLOW = 3.0


def change(name: str, begun: Task, told: str) -> None:
    """Remembers a change under a name; `told` is said when it is done. The page runs anew."""
    state.keep(_key(name), "page", (begun.id, told, time.monotonic()))
    begun.wait(_AT_ONCE)
    st.rerun()


def changing(name: str, tasks: Tasks, words: Words) -> Task | None:
    """The change under this name once it is over, and once only; meanwhile how far it is.

    An error is shown until the next change.
    """
    kept = state.kept(_key(name), "page")
    task = tasks.get(kept[0]) if kept else None
    if kept is None or task is None:
        return None
    if not task.over:
        _watch(task, words, kept[2])
        return None
    if task.error:
        st.error(plain(task.error), icon=":material/error:")
        return None
    state.keep(_key(name), "page", None)
    if kept[1]:
        st.toast(plain(kept[1]))
    return task


def busy(name: str, tasks: Tasks) -> bool:
    """Whether the change under this name is under way."""
    kept = state.kept(_key(name), "page")
    task = tasks.get(kept[0]) if kept else None
    return task is not None and not task.over


def answered(asked: Task, words: Words) -> Any:
    """What came of a question, or None while it is not answered; the page runs anew when it is."""
    if not asked.wait(_AT_ONCE):
        _watch(asked, words, time.monotonic())
        return None
    if asked.error:
        st.error(plain(asked.error), icon=":material/error:")
        return None
    return asked.result


def _watch(task: Task, words: Words, since: float) -> None:
    @st.fragment(run_every=_EVERY)
    def watching() -> None:
        if task.over:
            st.rerun()
        _line(task, words, time.monotonic() - since)

    watching()


def _line(task: Task, words: Words, seconds: float) -> None:
    if task.waiting:
        st.warning(words("waiting.elsewhere"), icon=":material/hourglass_empty:")
        return
    if task.kind == "add" and task.current:
        told = words("waiting.files", done=task.done, of=task.of, name=plain(task.current))
    else:
        told = words(f"waiting.{task.kind}")
    share = task.done / task.of if task.of else 0.0
    more = words("waiting.seconds", n=round(seconds)) if seconds > _SLOW else ""
    st.progress(min(share, 1.0), text=" · ".join(filter(None, (told, more))))


def _key(name: str) -> str:
    return f"change.{name}"
