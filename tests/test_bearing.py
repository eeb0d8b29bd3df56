"""Of passages that are close to a point, those that fit the design come first."""

from __future__ import annotations

from pathlib import Path

from knowledge.types import Hit, Passage, Source
from reviewer.agents.bearing import Bearing, Fit, asked_of
from reviewer.agents.retrieval import passages_of_checks
from reviewer.service import ReviewService
from reviewer.settings import Settings

TEXTS = {
    "log": "A log keeps the order of records inside each partition of a topic.",
    "table": "A table whose customers share one warehouse account grows hot at its busiest key.",
}


class Shelf:
    """Finds the same passages for every query, all equally close."""

    corpus = "sha256:shelf"

    def search(self, query: str, *, role: str | None = None, limit: int = 5) -> list[Hit]:
        return (
            [
                Hit(
                    passage=Passage(id=f"P-{name}", source=name, text=text, kind="summary"),
                    source=Source(id=name, title=name),
                    score=score,
                    dense=score,
                    lexical=0.0,
                )
                for name, text in TEXTS.items()
            ]
            if (score := self.closeness)
            else []
        )

    closeness = 0.7

    def search_many(
        self, queries: list[tuple[str, str | None]], *, limit: int = 5
    ) -> list[list[Hit]]:
        return [self.search(query, role=role) for query, role in queries]


def test_the_words_of_the_design_decide_between_passages_that_are_close(tmp_path: Path) -> None:
    service = ReviewService(Settings(home=tmp_path / "home"))
    check = service.check("SCA-07")
    path = tmp_path / "design.md"
    firsts = []
    for said in ("warehouse account", "topic order"):
        path.write_text(
            f"# Prices\n\n## Architecture\n\nThe busiest key of a partition is the {said}, which is "
            "hot and skewed.\n\nStores send sales.\n\nPrices are kept.\n\nEverything is drawn.\n\n"
            "Nobody waits.\n\nThe nightly file ends at six.\n"
        )
        design = service.read(path)
        assert Bearing(design).of(asked_of(check))
        found = passages_of_checks([check], Shelf(), design)[check.id]
        assert found == passages_of_checks([check], Shelf(), design)[check.id]
        firsts.append(found[0].passage.id)
    assert firsts == ["P-table", "P-log"]


def test_what_is_not_close_is_not_cited_whatever_the_design_says(tmp_path: Path) -> None:
    service = ReviewService(Settings(home=tmp_path / "home"))
    check = service.check("SCA-07")
    shelf = Shelf()
    shelf.closeness = 0.5
    assert passages_of_checks([check], shelf)[check.id] == ()
    shelf.closeness = 0.6
    assert len(passages_of_checks([check], shelf)[check.id]) == 2


def test_nothing_said_fits_nothing() -> None:
    hits = Shelf().search("")
    assert Fit(hits).of(hits[:1], frozenset()) == [0.0]
