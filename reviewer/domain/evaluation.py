"""What an evaluation says: scores of single points, figures with intervals, the report."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from reviewer.domain.design import Frozen


class Measure(Frozen):
    """Something that is measured; `better` is the direction to improve in, empty for neither."""

    id: str
    title: str
    meaning: str
    better: Literal["higher", "lower", ""] = "higher"
    unit: Literal["share", "points", "number", "seconds", "tokens", "money"] = "share"
    main: bool = False  # stands in the first table


class Score(Frozen):
    """One value of one measure; `None` is "unscored", which is never counted as 0.

    `subject` is what was judged (a planted weakness, a variant). `split` is `tune` for kinds of
    weakness that rules and prompts may be written against, `held` for kinds that they may not,
    empty where the measure is of a whole design.
    """

    measure: str
    case: str
    subject: str = ""
    value: float | None
    split: str = ""
    role: str = ""
    severity: str = ""
    shape: str = ""
    note: str = ""


class Failure(Frozen):
    """An evaluator that could not judge a case, or a review that could not be made."""

    evaluator: str
    case: str
    reason: str


class Figure(Frozen):
    """The mean of the scores of a measure, with a bootstrap interval over designs (95 %)."""

    measure: str
    split: str = ""
    group: str = ""  # "role", "severity" or "shape"; empty for all
    member: str = ""
    value: float | None
    low: float | None = None
    high: float | None = None
    scored: int
    unscored: int = 0
    cases: int


class Identity(Frozen):
    """Who reviewed: everything that an answer depends on, beside the design."""

    name: str
    model: str
    panel: str = "roles"
    baseline: str = ""
    version: str = ""
    corpus: str = ""
    code: str = ""
    prompts: dict[str, str] = Field(default_factory=dict)


class Report(Frozen):
    """How one reviewer did on one set of cases (`evaluation/1`)."""

    form: Literal["evaluation/1"] = "evaluation/1"
    reviewer: Identity
    dataset: str
    cases: dict[str, str]  # name of a case -> content hash
    part: str
    repeats: int = 1
    reviews: int
    reused: int = 0
    seconds: float
    cpu_seconds: float
    measures: tuple[Measure, ...]
    figures: tuple[Figure, ...]
    scores: tuple[Score, ...]
    failures: tuple[Failure, ...] = ()

    def figure(
        self, measure: str, split: str = "", group: str = "", member: str = ""
    ) -> Figure | None:
        """The figure of that measure, if it was computed."""
        wanted = (measure, split, group, member)
        for figure in self.figures:
            if (figure.measure, figure.split, figure.group, figure.member) == wanted:
                return figure
        return None


class Difference(Frozen):
    """How a measure changed between two runs, over the points that both scored."""

    measure: str
    split: str = ""
    before: float
    after: float
    value: float
    low: float
    high: float
    scored: int
    cases: int


class Comparison(Frozen):
    """Two runs side by side; a difference is paired, point by point."""

    before: Identity
    after: Identity
    measures: tuple[Measure, ...]
    differences: tuple[Difference, ...]
    only_one: int = 0  # scores that only one of the runs has
