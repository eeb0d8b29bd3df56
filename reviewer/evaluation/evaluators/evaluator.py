"""What an evaluator is: measures, and a function from the reviews of a case to scores."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from reviewer.domain.evaluation import Measure, Score
from reviewer.evaluation.dataset import Case, Note, Plant
from reviewer.evaluation.observation import Observation
from reviewer.evaluation.variants import ALL, BASE


@dataclass(frozen=True)
class CaseRun:
    """A case and the reviews of its variants, by variant; `together` were planted at once."""

    case: Case
    seen: Mapping[str, Observation]
    together: tuple[Plant, ...] = ()
    repeats: tuple[Observation, ...] = ()
    labels: Mapping[tuple[str, str], bool] = field(default_factory=dict)

    @property
    def base(self) -> Observation | None:
        """The review of the design as it is."""
        return self.seen.get(BASE)

    @property
    def all(self) -> Observation | None:
        """The review of the design with every weakness planted."""
        return self.seen.get(ALL)

    def pairs(self) -> Iterable[tuple[Plant, Observation | None, Observation | None]]:
        """Each planted weakness with the reviews of the design with it and without it."""
        return ((plant, self.seen.get(plant.id), self.base) for plant in self.case.plants)


Judge = Callable[[CaseRun], Iterable[Score]]


@dataclass(frozen=True)
class Evaluator:
    """A judge and the measures that it scores."""

    name: str
    measures: tuple[Measure, ...]
    judge: Judge


def of_note(measure: str, run: CaseRun, note: Note, value: float | None, text: str = "") -> Score:
    """A score of one point of a case, under the heads that figures are divided by."""
    return Score(
        measure=measure,
        case=run.case.name,
        subject=note.id,
        value=value,
        split=note.split if isinstance(note, Plant) else "outside",
        role=note.role,
        severity=note.severity.value,
        shape=note.shape if isinstance(note, Plant) else "",
        note=text,
    )


def of_case(
    measure: str, run: CaseRun, value: float | None, subject: str = "", text: str = ""
) -> Score:
    """A score of a whole design or of a variant of it."""
    return Score(measure=measure, case=run.case.name, subject=subject, value=value, note=text)


def share(part: int, whole: int) -> float | None:
    """A share; unscored where there is nothing to have a share of."""
    return part / whole if whole else None
