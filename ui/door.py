"""The service behind every page, and the worker beside it."""

from __future__ import annotations

import importlib
import pkgutil
import time
from functools import lru_cache

from streamlit import runtime

import ui.views as views
from reviewer.errors import ReviewerError
from reviewer.service import ReviewService

_LOOK = 0.02  # seconds between two looks whether the server is up
_AFTER = 4.0  # seconds: the worker's imports come after the first page

_given: list[ReviewService] = []


def service() -> ReviewService:
    """The one door, the same for all sessions; settings are read at the first call."""
    return _given[0] if _given else _own()


def use(given: ReviewService | None) -> None:
    """Puts this service behind the pages; None puts the program's own back."""
    _given[:] = [given] if given else []


@lru_cache
def _own() -> ReviewService:
    return ReviewService()


def warm(*, worker: bool) -> None:
    """While the browser loads its scripts: what the first page needs, then the worker."""
    while not runtime.exists():
        time.sleep(_LOOK)
    for page in pkgutil.iter_modules(views.__path__):
        importlib.import_module(f"{views.__name__}.{page.name}")
    try:
        own = service()
        _ = (own.store, own.questionnaire)
        if worker:
            time.sleep(_AFTER)
            own.review_desk.start_worker()
    except ReviewerError as error:  # pages tell it where it matters
        service().app_desk.worker_trouble = f"{error} {error.hint}".strip()
