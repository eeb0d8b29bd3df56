"""The class as the app and the commands see it: people, designs, reviews and replies."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reviewer.service import ReviewService
    from reviewer.store import Store


def open_class(service: ReviewService) -> Store:
    """The store that the settings name."""
    from reviewer.store import open_store

    url = service.settings.database_url
    return open_store(
        service.home(),
        database_url=url.get_secret_value() if url else None,
        keep_prompts=service.settings.keep_prompts,
    )
