"""Revisions through the service and the command line; a review's way back from its JSON."""

from __future__ import annotations

import itertools
import json
import random
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks.revisions import EDITS, moved, plants
from reviewer.cli import commands
from reviewer.domain.comparison import Change
from reviewer.domain.review import Review
from reviewer.errors import InputError
from reviewer.export.json import from_json, to_dict, to_json
from reviewer.service import ReviewService

ROOT = Path(__file__).parent.parent
PRICING = ROOT / "examples" / "dynamic-pricing.md"
FIX = "All personal data is encrypted at rest with keys that we rotate every 90 days."


@pytest.fixture(scope="module")
def service() -> ReviewService:
    return ReviewService()


@pytest.fixture(scope="module")
def pricing(service: ReviewService) -> Review:
    return service.review(PRICING)


def test_a_review_comes_back_from_its_json_as_it_was(pricing: Review) -> None:
    again = from_json(to_json(pricing))
    assert again == pricing
    assert to_json(again) == to_json(pricing)


def test_a_review_of_the_first_version_is_read(pricing: Review) -> None:
    """Reviews written before sections were told in full."""
    told = to_dict(pricing)
    design = told["design"]
    design["sections"] = [{k: s[k] for k in ("id", "level", "task")} for s in design["sections"]]
    for name in ("gaps", "warnings", "form"):
        del design[name]
    again = from_json(json.dumps(told))
    assert [s.id for s in again.design.sections] == [s.id for s in pricing.design.sections]
    assert again.checks == pricing.checks
    assert len(again.analysis.gaps) == len(pricing.analysis.gaps)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("# A design", "not JSON"),
        ("[]", "no schema"),
        ('{"schema": "lms/1"}', "not a review"),
        ('{"schema": "review/2"}', "newer"),
        ('{"schema": "review/0"}', "another version"),
        ('{"schema": "review/1"}', "'design' is missing"),
        ('{"schema": "review/1", "design": 5}', "damaged"),
        ("[" * 100_000, "too deeply"),
    ],
)
def test_what_is_no_review_is_told_in_a_sentence(text: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as told:
        from_json(text, "x.json")
    assert str(told.value).startswith("x.json")
    assert "\n" not in str(told.value)


def test_altered_and_unknown_fields_are_named(pricing: Review) -> None:
    told = to_dict(pricing)
    told["design"]["spans"][3]["text"] = "We encrypt everything."
    with pytest.raises(InputError, match="S4"):
        from_json(json.dumps(told), "x.json")
    told = to_dict(pricing)
    told["checks"][0]["confidence"] = 1
    with pytest.raises(InputError, match=r"checks\.0\.confidence"):
        from_json(json.dumps(told), "x.json")


def test_the_same_file_again_changes_nothing(service: ReviewService, pricing: Review) -> None:
    second = service.review_design(service.read(PRICING), earlier=pricing)
    assert second.model_dump(exclude={"manifest"}) == pricing.model_dump(exclude={"manifest"})
    comparison = service.revision_desk.compare(pricing, second)
    assert comparison.change == 0
    assert not comparison.of(Change.FIXED)
    assert not comparison.text


@pytest.mark.parametrize("name", EDITS)
def test_looks_move_no_score(
    service: ReviewService, pricing: Review, tmp_path: Path, name: str
) -> None:
    file = tmp_path / "new.md"
    file.write_text(EDITS[name](PRICING.read_text(encoding="utf-8"), random.Random(7)))
    second = service.review_design(service.read(file), earlier=pricing)
    comparison = service.revision_desk.compare(pricing, second)
    assert comparison.text_unchanged
    assert not moved(comparison)
    assert not comparison.of(Change.FIXED)


def test_a_mended_weakness_is_fixed_with_a_quote(service: ReviewService, tmp_path: Path) -> None:
    """Where the offline reviewer sees the mended text, memory holds nothing back."""
    marked = 0
    for _, base, text, plant in itertools.islice(plants(1), 3):
        files = tmp_path / "old.md", tmp_path / "new.md"
        for file, words in zip(files, (text, base), strict=True):
            file.write_text(words, encoding="utf-8")
        old = service.review(files[0])
        new = service.review_design(service.read(files[1]), earlier=old)
        asked = {*plant["checks"], *plant["also"]}
        fixed = service.revision_desk.compare(old, new).of(Change.FIXED)
        for point in fixed:
            assert point.quotes
            for quote in point.quotes:
                assert quote.text not in old.design.text
                assert new.design.text[quote.start : quote.end] == quote.text
        marked += any(p.check in asked for p in fixed)
    assert marked


def test_new_text_bears_on_few_checks(service: ReviewService) -> None:
    """A chat model is asked again only where a new statement comes close."""
    design = service.read(PRICING)
    span = design.spans[-1].model_copy(update={"text": FIX})
    checks = service.questionnaire.checks
    near = service.revision_desk.bearing(checks, [span])
    about = {c.id for c in checks if "encrypt" in c.question.lower()}
    assert about
    assert about <= near
    assert len(near) < len(checks) / 2
    assert not service.revision_desk.bearing(checks, [])


def run(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(commands, arguments, standalone_mode=False)
    if isinstance(done.exception, InputError):
        return done.exception.exit_code, "", str(done.exception)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


def test_compare_reviews_and_designs(pricing: Review, tmp_path: Path) -> None:
    old, new = tmp_path / "old.json", tmp_path / "new.md"
    old.write_text(to_json(pricing), encoding="utf-8")
    text = PRICING.read_text(encoding="utf-8")
    hostile = "<script>alert(1)</script> ![x](http://x.invalid/p.png) is encrypted at rest."
    new.write_text(text.replace("## 4. Challenges", f"{FIX} {hostile}\n\n## 4. Challenges"))
    code, out, _ = run("compare", str(old), str(new), "--json")
    told = json.loads(out)
    assert (code, told["schema"]) == (0, "comparison/1")
    assert any(FIX in t["new"]["text"] for t in told["text"] if t["kind"] == "added")
    code, out, _ = run("compare", str(old), str(new), "--format", "md")
    assert code == 0
    assert "![x](" not in out
    assert "<script>" not in out
    page = tmp_path / "page.html"
    assert run("compare", str(old), str(new), "--out", str(page))[0] == 0
    assert "<script>" not in page.read_text(encoding="utf-8")
    code, out, _ = run("compare", str(old), str(old))
    assert code == 0
    assert "says the same" in out
    review = tmp_path / "again.json"
    assert run("review", str(PRICING), "--earlier", str(old), "--out", str(review))[0] == 0
    assert from_json(review.read_text(encoding="utf-8")).checks == pricing.checks


def test_compare_tells_what_is_wrong_with_a_file(tmp_path: Path) -> None:
    wrong = tmp_path / "old.json"
    wrong.write_text("{}", encoding="utf-8")
    code, _, said = run("compare", str(wrong), str(PRICING))
    assert code == 2
    assert "old.json is not a review" in said
    code, _, said = run("compare", str(tmp_path / "none.json"), str(PRICING))
    assert (code, said) == (2, "none.json does not exist: check the path.")
    code, _, said = run("compare", str(PRICING), str(PRICING), "--out", str(tmp_path / "x.pdf"))
    assert code == 2
    assert "no ending that names a format" in said
