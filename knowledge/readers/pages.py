"""Lists of pages as people write them."""

from __future__ import annotations

from collections.abc import Iterable

_MOST = 8


def page_list(pages: Iterable[int]) -> str:
    """A phrase like " (pages 1-3, 7)", or nothing."""
    ranges: list[list[int]] = []
    for page in sorted(pages):
        if ranges and page == ranges[-1][1] + 1:
            ranges[-1][1] = page
        else:
            ranges.append([page, page])
    if not ranges:
        return ""
    said = ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in ranges[:_MOST])
    more = " and others" if len(ranges) > _MOST else ""
    many = len(ranges) > 1 or ranges[0][0] != ranges[0][1]
    return f" ({'pages' if many else 'page'} {said}{more})"
