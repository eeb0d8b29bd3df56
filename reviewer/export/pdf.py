"""A review as PDF, set by typst: text of the design and of models is data, never markup."""

from __future__ import annotations

import json
from pathlib import Path

import matplotlib
import typst

from reviewer.domain.questionnaire import Questionnaire
from reviewer.domain.review import Review
from reviewer.export.paper import Paper

_TEMPLATE = Path(__file__).with_name("assets") / "review.typ"
_FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"  # DejaVu, for what Libertinus lacks


def to_pdf(review: Review, questionnaire: Questionnaire) -> bytes:
    """The document: tagged, searchable, the same bytes for the same review."""
    paper = json.dumps(Paper(review, questionnaire).content(), ensure_ascii=False)
    return typst.compile(
        _TEMPLATE,
        font_paths=[_FONTS],
        format="pdf",
        sys_inputs={"paper": paper},
        timestamp=0,
    )
