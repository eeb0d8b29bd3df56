"""Answerers for many reviews: connections, prompts and limits are made once and shared."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from reviewer.domain.review import Usage
from reviewer.service.models import OFFLINE, connect_model, limit_of, prompts

if TYPE_CHECKING:
    from reviewer.agents.chat_prompts import ChatPrompts
    from reviewer.backends.allowance import Allowance
    from reviewer.backends.prices import PriceList
    from reviewer.jobs.parts import CallTold
    from reviewer.ports import Answerer, ChatBackend
    from reviewer.service import ReviewService
    from reviewer.store.rates import Limits, Rates


class Answerings:
    """Gives an answerer for each review: with a budget of its own, everything else in common."""

    def __init__(self, service: ReviewService) -> None:
        self._service = service
        self._settings = service.settings
        self._raw: dict[str, ChatBackend] = {}
        self._allowances: dict[str, Allowance | None] = {}

    def __call__(self, model: str, used: Usage, told: CallTold) -> Answerer:
        """Whoever answers under a model's name for a review that has used so much already.

        Raises `SettingsError` where the name, its key or its price will not do.
        """
        if model == OFFLINE:
            return self._offline()
        from reviewer.agents.chat import ChatAnswerer
        from reviewer.backends.budget import Budget
        from reviewer.backends.guard import guarded
        from reviewer.backends.meter import MeteredBackend
        from reviewer.backends.retry import RetryPolicy

        settings = self._settings
        budget = Budget(
            max_tokens=settings.max_tokens,
            max_cost=settings.max_cost,
            price=self._prices.price(model),
        )
        budget.spent = used
        raw = self._connected(model)
        backend = guarded(
            MeteredBackend(raw, told),
            budget=budget,
            limit=limit_of(settings.max_concurrency),
            policy=RetryPolicy(retries=settings.max_retries, timeout=settings.timeout),
            allowance=self._allowances[model],
        )
        return ChatAnswerer(
            backend,
            self._prompts,
            warm_cache=settings.warm_cache,
            checks_per_call=settings.checks_per_call,
        )

    def warm(self, model: str) -> None:
        """Loads what answers under a model's name, so that the first review need not wait for it.

        Raises `SettingsError` as a review would.
        """
        if model == OFFLINE:
            self._offline()
        else:
            self(model, Usage(), lambda *_: None)

    async def aclose(self) -> None:
        """Gives back the running loop's connections."""
        for raw in self._raw.values():
            await raw.aclose()

    def _offline(self) -> Answerer:
        from reviewer.backends.offline.answerer import OfflineAnswerer

        model, checks = self._offline_parts
        return OfflineAnswerer(self._service.embedder, model, checks)

    @cached_property
    def _offline_parts(self) -> tuple[Any, Any]:
        from reviewer.backends.offline.model import load_model
        from reviewer.catalogue import load_examples

        return load_model(), load_examples(self._service.questionnaire.checks)

    @cached_property
    def _prompts(self) -> ChatPrompts:
        from reviewer.agents.chat_prompts import ChatPrompts

        return ChatPrompts(prompts(), id_enums=self._settings.id_enums)

    @cached_property
    def _prices(self) -> PriceList:
        from reviewer.backends.prices import load_prices

        return load_prices(self._settings.prices)

    def _connected(self, model: str) -> ChatBackend:
        if model not in self._raw:
            raw = connect_model(model, self._settings)
            allowance = self._allowance(model)
            if allowance is not None and hasattr(raw, "before_another"):
                raw.before_another = allowance.leave
            self._raw[model], self._allowances[model] = raw, allowance
        return self._raw[model]

    def _allowance(self, model: str) -> Allowance | None:
        from reviewer.store.rates import Limits

        settings = self._settings
        if settings.requests_per_minute is None and settings.tokens_per_minute is None:
            return None
        limits = Limits(settings.requests_per_minute, settings.tokens_per_minute)
        return allowance_of(self._service.store.rates, self._account(model), limits)

    def _account(self, model: str) -> str:
        """Provider, address and key of a model, as one hash: what the provider counts together."""
        provider, _, _ = model.partition(":")
        key = url = ""
        if provider == "openai":
            secret = self._settings.openai_api_key
            key = secret.get_secret_value() if secret else ""
            url = self._settings.openai_base_url or ""
        told = "\0".join((provider, url, key))
        return f"sha256:{hashlib.sha256(told.encode()).hexdigest()}"


def allowance_of(rates: Rates, account: str, limits: Limits) -> Allowance:
    """The allowance of an account, by the database that all workers share."""
    from reviewer.backends.allowance import Allowance

    def take(tokens: Sequence[int]) -> tuple[Sequence[int], float]:
        granted = rates.take(account, tokens, limits)
        return granted.numbers, granted.wait

    return Allowance(take, rates.correct)
