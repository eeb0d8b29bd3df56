"""A review from its JSON: the way back from `review/1`, for files that people hand in."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from reviewer.domain.design import Design
from reviewer.domain.review import Review
from reviewer.errors import InputError

SCHEMA = "review/1"
_MOST_BYTES = 60_000_000
_NUMBERED = re.compile(r" \(\d+\)$")
_NEWER = "Use the version of the program that wrote it, or review the design again."


def read_review(path: Path) -> Review:
    """The review in a file; `InputError` says in one sentence why it cannot be read."""
    name = path.name or str(path)
    try:
        if path.is_dir():
            raise InputError(f"{name} is a folder: name a review's JSON file in it.")
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(f"{name} is larger than {_MOST_BYTES // 1_000_000} MB: no review is.")
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"{name} does not exist: check the path.") from None
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise InputError(f"{name} is not a review: it is not UTF-8 text.") from None
    return from_json(text, name)


def from_json(text: str, name: str = "the review") -> Review:
    """The review that `to_json` wrote, equal to the last digit; `name` is for messages.

    Raises:
        InputError: the text is no review, of a version that is not read, damaged, or altered.
    """
    try:
        told = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(
            f"{name}, line {error.lineno}: this is not JSON ({error.msg}), so it is no review.",
            hint="Give a file that `reviewer review DESIGN --format json` wrote.",
        ) from None
    except RecursionError:
        raise InputError(f"{name} is nested too deeply to be a review.") from None
    _check_schema(told, name)
    try:
        review = Review.model_validate(_fields(told))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole file"
        if first["type"] == "extra_forbidden":
            raise InputError(
                f"{name}, {where}: this program does not know the field.", hint=_NEWER
            ) from None
        raise InputError(f"{name}, {where}: {first['msg']}.") from None
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        what = f"{error} is missing" if isinstance(error, KeyError) else "the form is wrong"
        raise InputError(f"{name} is a damaged review: {what}.") from None
    _check_text(review.design, name)
    return review


def _check_schema(told: Any, name: str) -> None:
    schema = told.get("schema") if isinstance(told, dict) else None
    if schema == SCHEMA:
        return
    hint = "Give a file that `reviewer review DESIGN --format json` wrote."
    if not isinstance(schema, str) or not schema.startswith("review/"):
        what = f"its schema is {schema[:40]!r}" if isinstance(schema, str) else "it has no schema"
        raise InputError(f"{name} is not a review: {what}, not {SCHEMA}.", hint=hint)
    version = schema.removeprefix("review/")
    newer = version.isdigit() and int(version) > int(SCHEMA.removeprefix("review/"))
    raise InputError(
        f"{name} is a review of {'a newer' if newer else 'another'} version "
        f"({schema[:20]}); this program reads {SCHEMA}.",
        hint=_NEWER,
    )


def _fields(told: Mapping[str, Any]) -> dict[str, Any]:
    """The review's fields, as the document names them."""
    design = told["design"]
    same = (
        *("checks", "findings", "unsupported", "strengths", "questions", "notes"),
        *("conflicts", "priorities", "rubric"),
    )
    manifest = dict(told["manifest"])
    usage = {**manifest.pop("tokens", {}), "cost": manifest.pop("cost", None)}
    return {
        **{name: told[name] for name in same if name in told},
        "design": _design(design),
        "analysis": {
            "facts": [_fact(fact) for fact in design["facts"]],
            "gaps": design.get(
                "gaps", [{"name": "", "text": text} for text in design.get("not_computed", ())]
            ),
        },
        "roles": [{"role": role, **report} for role, report in told["roles"].items()],
        "manifest": {**manifest, "usage": usage},
    }


def _design(told: Mapping[str, Any]) -> dict[str, Any]:
    aside = ("facts", "not_computed", "gaps", "sections")
    spans = told["spans"]
    return {
        **{name: value for name, value in told.items() if name not in aside},
        "sections": [_section(s, spans) for s in told.get("sections", ())],
    }


def _section(told: Mapping[str, Any], spans: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A section; early reviews named it only, the rest is in its spans."""
    if "start" in told:
        return dict(told)
    inside = [s for s in spans if s["section"] == told["id"]]
    return {
        "title": _NUMBERED.sub("", told["id"]),
        "start": min((s["start"] for s in inside), default=0),
        "end": max((s["end"] for s in inside), default=0),
        **told,
    }


def _fact(told: Mapping[str, Any]) -> dict[str, Any]:
    fact = dict(told)
    fact["inputs"] = fact.pop("from")
    return fact


def _check_text(design: Design, name: str) -> None:
    """Quotes are only as good as the places they are taken from."""
    for span in design.spans:
        if design.text[span.start : span.end] != span.text:
            raise InputError(
                f"{name}, span {span.id}: the words are not those of the design's text, so the "
                "file was altered or damaged."
            )
