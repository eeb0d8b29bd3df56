"""The service behind every page, and the worker beside it."""

from __future__ import annotations

import time
from functools import lru_cache

from reviewer.errors import ReviewerError
from reviewer.service import ReviewService

_AFTER = 1.5  # seconds: the first page is painted before the worker's imports take the processor


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


def start_worker() -> None:
    """Starts the worker of this process; pages tell where it could not be started."""
    time.sleep(_AFTER)
    try:
        service().review_desk.start_worker()
    except ReviewerError as error:
        service().app_desk.worker_trouble = f"{error} {error.hint}".strip()
