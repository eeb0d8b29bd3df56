"""The estimate: what a review by a chat model may take, printed before it costs money."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from reviewer.agents.retrieval import brief_roles
from reviewer.agents.role import whole_brief
from reviewer.analysis import analyse
from reviewer.backends.prices import load_prices
from reviewer.domain.review import Usage
from reviewer.service.models import make_chat_answerer

if TYPE_CHECKING:
    from reviewer.domain.design import Design
    from reviewer.service import ReviewService


def estimate(
    service: ReviewService, design: Design, model: str, mode: Literal["roles", "single"]
) -> str:
    """One line: calls, tokens, and the price where it is known."""
    used = expected(service, design, model, mode)
    told = f"About {used.input:,} tokens in and {used.output:,} out in {used.calls} calls"
    if used.cost is None:
        return f"{told}; the price of {model} is not known."
    prices = load_prices(service.settings.prices)
    return f"{told}, about {used.cost:.3f} {prices.currency} (prices of {prices.as_of})."


def expected(
    service: ReviewService, design: Design, model: str, mode: Literal["roles", "single"]
) -> Usage:
    """Tokens and calls that a review of this design may take; `cost` where the price is known."""
    answerer = make_chat_answerer(model, service.settings)
    briefs = brief_roles(
        design, analyse(design), service.questionnaire, service.passages(), lambda *_: None
    )
    asked = [whole_brief(briefs)] if mode == "single" else list(briefs.values())
    used = sum((answerer.estimate(brief) for brief in asked), start=Usage())
    if not service.settings.warm_cache:
        # calls that start together cannot share what none has filled
        used = used.model_copy(update={"cached": 0})
    price = load_prices(service.settings.prices).price(model)
    return used.model_copy(update={"cost": None if price is None else price.cost(used)})
