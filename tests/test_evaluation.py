"""Evaluation: cases, variants, evaluators, figures; with reviewers that say what they are told."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from reviewer.domain.evaluation import Identity, Report, Score
from reviewer.errors import InputError
from reviewer.evaluation import variants
from reviewer.evaluation.agreement import spearman, weighted_kappa
from reviewer.evaluation.comparison import compare
from reviewer.evaluation.dataset import (
    SHIPPED,
    Case,
    Dataset,
    Edit,
    Note,
    Plant,
    load_dataset,
    load_labels,
)
from reviewer.evaluation.evaluators.evaluator import CaseRun, Evaluator
from reviewer.evaluation.evaluators.form import FORM
from reviewer.evaluation.evaluators.notes import NOTES
from reviewer.evaluation.evaluators.points import POINTS
from reviewer.evaluation.evaluators.scores import SCORES
from reviewer.evaluation.evaluators.stability import STABILITY
from reviewer.evaluation.intervals import cluster_interval
from reviewer.evaluation.matching import bears, makes_point
from reviewer.evaluation.observation import Cited, Observation, Seen
from reviewer.evaluation.report import figures_of, judge, measures_of

WEAK = "Every order is written to one table that is never split, and we like it that way."
SOUND = "Every order is written to a table that is split by day, with a test each month."
PLANT = Plant(
    id="sca-one-table",
    role="scalability",
    checks=("SCA-05",),
    also=("SCA-06",),
    point="One table takes every order and is never split.",
    patterns=("one table", "partition|split"),
    shape="wrong",
    split="tune",
    edits=(Edit(find=SOUND, replace=WEAK),),
)
CASE = Case(
    name="orders",
    file="design.md",
    content=f"# Orders\n\n## Load\n\n{SOUND}\n\n## Time\n\nA limit holds.\n".encode(),
    plants=(PLANT,),
)


def seen(**given: object) -> Seen:
    base = {
        "id": "SCA-05:text",
        "roles": ("scalability",),
        "checks": ("SCA-05",),
        "severity": "high",
        "title": "One table",
        "text": "",
        "shown": True,
        "absent": False,
        "model": False,
    }
    return Seen.model_validate({**base, **given})


def saw(*findings: Seen, total: float | None = 50.0, **given: object) -> Observation:
    base = {"total": total, "findings": findings, "verdicts": {"SCA-05": "met", "LAT-01": "met"}}
    return Observation.model_validate({**base, **given})


def scores(run: CaseRun, evaluator: Evaluator) -> dict[str, float | None]:
    found, failures = judge(run, (evaluator,))
    assert not failures
    return {s.measure: s.value for s in found}


class TestCases:
    def test_the_shipped_cases_are_many_and_balanced(self) -> None:
        dataset = load_dataset(SHIPPED)
        assert len(dataset.cases) >= 12
        for case in dataset.cases:
            roles = Counter(plant.role for plant in case.plants)
            assert len(case.plants) >= 12
            assert all(roles[r] >= 3 for r in ("scalability", "latency", "compliance"))
            assert roles["legacy_integration"] >= 3
            assert roles["reliability"] >= 1
            shapes = Counter(plant.shape for plant in case.plants)
            assert shapes["missing"] >= len(case.plants) // 4

    def test_no_kind_of_weakness_is_both_tuned_on_and_held_out(self) -> None:
        plants = [plant for case in load_dataset(SHIPPED).cases for plant in case.plants]
        kinds = {split: {p.kind for p in plants if p.split == split} for split in ("tune", "held")}
        assert not kinds["tune"] & kinds["held"]
        assert all(len(kinds[split]) > 20 for split in kinds)

    def test_all_weaknesses_fit_into_one_design(self) -> None:
        for case in load_dataset(SHIPPED).cases:
            _, together = variants.all_planted(case)
            assert len(together) >= len(case.plants) - 2

    def test_words_do_not_tell_a_weakness_from_sound_text(self) -> None:
        """A classifier of words, trained on the other designs, stays close to chance."""
        assert _mean_auc(load_dataset(SHIPPED)) <= 0.65

    @pytest.mark.parametrize(
        ("yaml", "told"),
        [
            ("plants: [{id: a, role: latency, edits: [{find: nowhere, replace: x}]}]", "0 times"),
            ("plants: [{id: a, edits: []}]", "line 1"),
            ("plants: [{id: a, shade: red, edits: [{find: One, replace: x}]}]", "shade"),
            ("weaknesses: [{id: a, patterns: ['(']}]", "pattern"),
            ("weaknesses: [{id: a}, {id: a}]", "given twice"),
            ("[]", "expected fields"),
            ("file: ../design.md", "not in that folder"),
        ],
    )
    def test_a_wrong_case_is_told_with_its_place(
        self, tmp_path: Path, yaml: str, told: str
    ) -> None:
        (tmp_path / "design.md").write_text("# One\n\nOne line.\n", encoding="utf-8")
        (tmp_path / "cases.yaml").write_text(yaml + "\n", encoding="utf-8")
        with pytest.raises(InputError, match=r"cases\.yaml") as raised:
            load_dataset(tmp_path)
        assert told in str(raised.value)

    def test_a_published_design_with_notes_is_a_case(self, tmp_path: Path) -> None:
        (tmp_path / "shop.md").write_text("# Shop\n\nA nightly file.\n", encoding="utf-8")
        note = {"id": "w1", "severity": "high", "point": "p", "quotes": ["A nightly file."]}
        roles = {
            "legacy-integration": {
                "level": "major",
                "weaknesses": [note],
                "well_covered": [{"id": "ok", "point": "p", "quote": "q"}],
            }
        }
        (tmp_path / "shop.gold.json").write_text(json.dumps({"roles": roles}), encoding="utf-8")
        (tmp_path / "checks.yaml").write_text("w1: [LEG-01]\n", encoding="utf-8")
        [case] = load_dataset(tmp_path).cases
        assert case.weaknesses[0].role == "legacy_integration"
        assert case.weaknesses[0].checks == ("LEG-01",)
        assert case.levels == {"legacy_integration": "major"}

    @pytest.mark.parametrize("text", ["{}", "nonsense", '{"roles": {"a": 3}}'])
    def test_notes_that_are_none_are_told(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "shop.md").write_text("# Shop\n\nText.\n", encoding="utf-8")
        (tmp_path / "shop.gold.json").write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match="is not a file of notes"):
            load_dataset(tmp_path)

    def test_an_empty_folder_and_an_unknown_name_are_told(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="holds no case"):
            load_dataset(tmp_path)
        with pytest.raises(InputError, match="There is no case named shop"):
            Dataset(name="d", cases=(CASE,)).only(["shop"])

    def test_labels_of_citations(self, tmp_path: Path) -> None:
        file = tmp_path / "labels.yaml"
        file.write_text("- {check: SCA-05, passage: P-1, bears: true, reason: r}\n")
        assert load_labels(file) == {("SCA-05", "P-1"): True}
        file.write_text("- {check: SCA-05, passage: P-1, bears: perhaps}\n")
        with pytest.raises(InputError, match="line 1"):
            load_labels(file)


class TestVariants:
    def test_a_weakness_changes_its_own_text_only(self) -> None:
        text = variants.planted(CASE, PLANT).content.decode()
        assert text == (CASE.text or "").replace(SOUND, WEAK)

    def test_reordering_keeps_every_line(self) -> None:
        for case in load_dataset(SHIPPED).cases:
            text = case.text or ""
            moved = variants.reordered(text)
            assert moved != text
            assert Counter(moved.split()) == Counter(text.split())

    def test_a_comment_in_a_code_block_is_no_heading(self) -> None:
        text = "## One\n\n```\n# no heading\n```\n\n## Two\n\nText.\n"
        assert len(variants.split_sections(text)[1]) == 2

    def test_other_words_leave_code_and_headings_alone(self) -> None:
        text = "## Also about it\n\n```\nalso about\n```\n\nAlso about ten people.\n"
        said = variants.paraphrased(text)
        assert said.startswith("## Also about it\n\n```\nalso about\n```\n")
        assert said.endswith("As well roughly ten persons.\n")

    def test_longer_says_no_more(self) -> None:
        text = CASE.text or ""
        said = variants.longer(text)
        assert len(said) > 1.5 * len(text)
        assert set(text.split()) <= set(said.split())


class TestMatching:
    def test_by_check_in_the_right_role(self) -> None:
        assert makes_point(seen(), PLANT)
        assert not makes_point(seen(roles=("latency",)), PLANT)
        assert makes_point(seen(roles=("latency",)), PLANT, any_role=True)
        assert not makes_point(seen(checks=("SCA-06",)), PLANT)
        assert makes_point(seen(checks=("SCA-06",)), PLANT, any_role=True)

    def test_free_text_of_a_model_by_patterns(self) -> None:
        free = {"checks": (), "model": True}
        assert makes_point(seen(**free, text="One table without partitions"), PLANT)
        assert not makes_point(seen(**free, title="x", text="One table"), PLANT)
        assert makes_point(seen(**free, title="x", text="One table", quotes=(WEAK,)), PLANT)
        assert not makes_point(seen(checks=(), text="One table without partitions"), PLANT)

    def test_evidence_bears_where_it_quotes_the_planted_text(self) -> None:
        assert bears(seen(quotes=(WEAK,)), PLANT)
        assert not bears(seen(quotes=("A limit holds.",)), PLANT)
        missing = PLANT.model_copy(update={"shape": "missing"})
        assert bears(seen(absent=True, searched=3), missing)
        assert not bears(seen(absent=True, searched=3), PLANT)


class TestEvaluators:
    def test_noticed_when_planted_and_silent_when_not(self) -> None:
        run = CaseRun(CASE, {"base": saw(), PLANT.id: saw(seen(quotes=(WEAK,)))})
        told = scores(run, POINTS)
        assert (told["recall"], told["clean"], told["paired"], told["located"]) == (1, 0, 1, 1)

    def test_a_point_that_is_always_raised_is_no_success(self) -> None:
        run = CaseRun(CASE, {"base": saw(seen()), PLANT.id: saw(seen())})
        told = scores(run, POINTS)
        assert (told["recall"], told["clean"], told["paired"], told["located"]) == (1, 1, 0, 0)

    def test_folded_findings_are_not_noticed(self) -> None:
        run = CaseRun(CASE, {"base": saw(), PLANT.id: saw(seen(shown=False))})
        told = scores(run, POINTS)
        assert (told["recall"], told["recall_folded"]) == (0, 1)

    def test_what_was_not_reviewed_is_unscored(self) -> None:
        told = scores(CaseRun(CASE, {"base": saw()}), POINTS)
        assert told["recall"] is None
        assert told["paired"] is None
        assert told["clean"] == 0

    def test_a_reviewer_without_roles_is_judged_by_any_role(self) -> None:
        bare = saw(seen(roles=("chair",), checks=(), model=True, text="one table, not split"),
                   verdicts={}, total=None)  # fmt: skip
        empty = saw(verdicts={}, total=None)
        told = scores(CaseRun(CASE, {"base": empty, PLANT.id: bare}), POINTS)
        assert (told["recall"], told["recall_any"], told["paired"]) == (None, 1, 1)

    @pytest.mark.parametrize(
        ("after", "held", "lowered"), [(49.0, 1, 1), (50.0, 1, 0), (51.0, 0, 0), (None, None, None)]
    )
    def test_a_weakness_does_not_raise_the_score(
        self, after: float | None, held: int | None, lowered: int | None
    ) -> None:
        seen_all = {"base": saw(), PLANT.id: saw(total=after), "all": saw(total=after)}
        told = scores(CaseRun(CASE, seen_all, (PLANT,)), SCORES)
        assert (told["monotone"], told["lowered"], told["monotone_all"]) == (held, lowered, lowered)

    def test_stability(self) -> None:
        other = saw(total=47.0, verdicts={"SCA-05": "met", "LAT-01": "unmet"})
        run = CaseRun(
            CASE,
            {"base": saw(seen()), "reordered": other, "longer": saw(total=52.0), PLANT.id: other},
            repeats=(saw(seen(), seconds=9.0), other),
        )
        found, _ = judge(run, (STABILITY,))
        told = {(s.measure, s.subject): s.value for s in found}
        assert told["repeat", "repeat 1"] == 1
        assert told["repeat", "repeat 2"] == 0
        assert told["still_score", "reordered"] == 3
        assert told["still_findings", "reordered"] == 0
        assert told["length_score", "longer"] == 2
        assert told["others_kept", PLANT.id] == 0

    def test_form(self) -> None:
        first = seen(citations=(Cited(passage="P-1", source="s", kind="summary"),), quotes=("q",))
        again = seen(id="x", roles=("latency",), verbatim=False)
        run = CaseRun(CASE, {"base": saw(first, again)}, labels={("SCA-05", "P-1"): False})
        told = scores(run, FORM)
        assert told["verbatim"] == 0
        assert told["supported"] == 0.5
        assert told["duplicates"] == 0.5
        assert told["cited"] == 0.5
        assert told["citation_bears"] == 0

    def test_unlabelled_citations_are_unscored(self) -> None:
        cited = seen(citations=(Cited(passage="P-2", source="s", kind="summary"),))
        assert scores(CaseRun(CASE, {"base": saw(cited)}), FORM)["citation_bears"] is None

    def test_a_gravest_weakness_is_to_come_first(self) -> None:
        whole = saw(seen(), priorities=("SCA-05:text",))
        run = CaseRun(CASE, {"base": saw(), "all": whole}, (PLANT,))
        assert scores(run, FORM)["gravest_first"] == 1

    def test_notes_on_published_designs(self) -> None:
        case = CASE.model_copy(
            update={
                "plants": (),
                "weaknesses": (Note(id="w", role="scalability", checks=("SCA-05",)),),
                "well_covered": (Note(id="a", checks=("LAT-01",)), Note(id="b")),
            }
        )
        absent = seen(checks=("LAT-01",), absent=True, roles=("latency",))
        found, _ = judge(CaseRun(case, {"base": saw(seen(), absent)}), (NOTES,))
        told = {(s.measure, s.subject): s.value for s in found}
        assert told["noted", "w"] == 1
        assert told["covered_raised", "a"] == 1
        assert told["covered_raised", "b"] is None

    def test_a_failed_evaluator_is_a_value(self) -> None:
        def fails(run: CaseRun) -> list[Score]:
            raise ZeroDivisionError("no cases")

        run = CaseRun(CASE, {"base": saw()})
        found, failures = judge(run, (Evaluator("odd", (), fails), POINTS))
        assert found
        assert failures[0].evaluator == "odd"
        assert failures[0].reason == "ZeroDivisionError: no cases"


class TestFigures:
    def test_unscored_is_not_zero(self) -> None:
        measure = POINTS.measures[:1]
        values = [("a", 1.0), ("a", None), ("b", 0.0), ("b", None)]
        given = [Score(measure="recall", case=c, value=v, split="held") for c, v in values]
        figure = figures_of(given, measure)[0]
        assert (figure.value, figure.scored, figure.unscored) == (0.5, 2, 2)

    def test_intervals_are_of_designs_and_repeatable(self) -> None:
        values, cases = [1.0, 1.0, 1.0, 0.0, 0.0, 0.0], ["a", "a", "a", "b", "b", "b"]
        assert cluster_interval(values, cases) == (0.0, 1.0)
        assert cluster_interval(values, cases) == cluster_interval(values, cases)
        assert cluster_interval([1.0, 0.0], ["a", "a"]) == (None, None)
        alone = cluster_interval([0.5] * 20, [str(n) for n in range(20)])
        assert alone == (0.5, 0.5)

    def test_two_runs_are_compared_point_by_point(self) -> None:
        before = report({"p1": 0.0, "p2": 1.0, "p3": None})
        after = report({"p1": 1.0, "p2": 1.0, "p4": 0.0})
        found = compare(before, after)
        whole = found.differences[0]
        assert (whole.before, whole.after, whole.value, whole.scored) == (0.5, 1.0, 0.5, 2)
        assert found.only_one == 1

    def test_agreement(self) -> None:
        assert spearman([1, 2, 3, 4], [10, 20, 30, 40]) == pytest.approx(1)
        assert spearman([1, 2, 2, 3], [3, 2, 2, 1]) == pytest.approx(-1)
        assert spearman([1, 1], [1, 2]) is None
        assert weighted_kappa([0, 3, 5], [0, 3, 5]) == pytest.approx(1)
        assert weighted_kappa([0, 5], [5, 0]) == pytest.approx(-1)
        assert weighted_kappa([2, 2], [2, 2]) is None


def report(values: dict[str, float | None]) -> Report:
    given = tuple(
        Score(measure="recall", case=f"case {name}", subject=name, value=value, split="held")
        for name, value in values.items()
    )
    return Report(
        reviewer=Identity(name="r", model="offline"),
        dataset="d",
        cases={},
        part="quick",
        reviews=0,
        seconds=0,
        cpu_seconds=0,
        measures=measures_of(),
        figures=figures_of(given, measures_of()),
        scores=given,
    )


def _mean_auc(dataset: Dataset) -> float:
    """Leave one design out: how well its planted texts are told from the clean ones by words."""
    texts = [
        (case.name, planted, " ".join(getattr(e, field) for e in plant.edits).casefold())
        for case in dataset.cases
        for plant in case.plants
        for planted, field in ((1.0, "replace"), (0.0, "find"))
    ]
    vocabulary = {
        word: n for n, word in enumerate(sorted({w for _, _, t in texts for w in t.split()}))
    }
    features = np.zeros((len(texts), len(vocabulary)))
    for row, (_, _, text) in enumerate(texts):
        features[row, [vocabulary[w] for w in set(text.split())]] = 1
    features = features[:, features.sum(axis=0) > 1]
    truth, names = np.array([t[1] for t in texts]), np.array([t[0] for t in texts])
    found = []
    for name in sorted(set(names)):
        rest = names != name
        weights = np.zeros(features.shape[1])
        for _ in range(100):  # logistic regression by gradient descent, with a ridge
            error = 1 / (1 + np.exp(-features[rest] @ weights)) - truth[rest]
            weights -= 0.05 * (features[rest].T @ error + 0.5 * weights)
        marks = features[~rest] @ weights
        high, low = marks[truth[~rest] == 1][:, None], marks[truth[~rest] == 0]
        found.append(float((high > low).mean() + (high == low).mean() / 2))
    return float(np.mean(found))
