"""A token and money budget that stops before the call that would overrun it."""

from __future__ import annotations

import math

from reviewer.backends.prices import Price
from reviewer.domain.design import Frozen
from reviewer.domain.review import Usage
from reviewer.domain.tokens import estimate_tokens
from reviewer.errors import BudgetExceeded, SettingsError
from reviewer.ports import ChatBackend, Completion, Prompt

_MESSAGE_TOKENS = 8  # what chat formats add around one message
_MARGIN = 1.2  # an estimate may be a fifth too low before a reservation is


def estimate_prompt(prompt: Prompt) -> int:
    """Roughly how many input tokens a prompt takes, its schema included."""
    text = sum(estimate_tokens(m.content) + _MESSAGE_TOKENS for m in prompt.messages)
    return text + estimate_tokens(str(prompt.answer_schema))


class Reservation(Frozen):
    """What one call in flight may use at most."""

    tokens: int
    cost: float


class Budget:
    """What a review may use; `spent` is what it has used. None means no limit.

    Calls in flight hold a reservation of their estimated input and their largest output, so calls
    that start together cannot overrun the budget together.
    """

    def __init__(
        self,
        *,
        max_tokens: int | None = None,
        max_cost: float | None = None,
        price: Price | None = None,
    ) -> None:
        if max_cost is not None and price is None:
            raise SettingsError(
                "A money budget (REVIEWER_MAX_COST) needs the model's price, which is not known.",
                hint="Add the model to a YAML file and name it in REVIEWER_PRICES.",
            )
        self.spent = Usage()
        self._max_tokens = max_tokens
        self._max_cost = max_cost
        self._price = price
        self._held_tokens = 0
        self._held_cost = 0.0

    def cost(self, usage: Usage) -> float | None:
        """The price of that usage; None where the model's price is not known."""
        return None if self._price is None else self._price.cost(usage)

    def reserve(self, tokens_in: int, tokens_out: int) -> Reservation:
        """Hold what a call may use; BudgetExceeded where the budget cannot take it."""
        tokens = tokens_in + tokens_out
        cost = self.cost(Usage(input=tokens_in, output=tokens_out)) or 0.0
        used = self.spent.input + self.spent.output
        if self._max_tokens is not None and used + self._held_tokens + tokens > self._max_tokens:
            raise BudgetExceeded(
                f"The next call may take {tokens:,} tokens; of the budget of "
                f"{self._max_tokens:,}, {used + self._held_tokens:,} are used or reserved."
            )
        paid = (self.spent.cost or 0.0) + self._held_cost
        if self._max_cost is not None and paid + cost > self._max_cost:
            raise BudgetExceeded(
                f"The next call may cost {cost:.4f}; of the budget of {self._max_cost:g}, "
                f"{paid:.4f} is spent or reserved."
            )
        self._held_tokens += tokens
        self._held_cost += cost
        return Reservation(tokens=tokens, cost=cost)

    def settle(self, reservation: Reservation, usage: Usage) -> None:
        """Replace a reservation by what the call used (nothing, where it failed)."""
        self._held_tokens -= reservation.tokens
        self._held_cost -= reservation.cost
        self.spent = self.spent + usage


class BudgetedBackend:
    """Reserves before each call, settles after it, and puts the price on the usage.

    `extra_output` is what a reasoning model may write beyond the answer.
    """

    def __init__(self, inner: ChatBackend, budget: Budget, *, extra_output: int = 0) -> None:
        self.name = inner.name
        self._inner = inner
        self._budget = budget
        self._extra_output = extra_output

    async def complete(self, prompt: Prompt) -> Completion:
        """The inner backend's completion; BudgetExceeded before a call that may overrun."""
        tokens_in = math.ceil(estimate_prompt(prompt) * _MARGIN)
        held = self._budget.reserve(tokens_in, prompt.max_output_tokens + self._extra_output)
        used = Usage()
        try:
            completion = await self._inner.complete(prompt)
            used = self._priced(completion.usage)
            if not used.input + used.output:  # the server does not count: charge the estimate
                used = self._estimated(prompt, completion)
                return completion
            return completion.model_copy(update={"usage": used})
        finally:
            self._budget.settle(held, used)

    async def aclose(self) -> None:
        """Give back the inner backend's connections."""
        await self._inner.aclose()

    def _priced(self, usage: Usage) -> Usage:
        if usage.cost is not None:
            return usage
        return usage.model_copy(update={"cost": self._budget.cost(usage)})

    def _estimated(self, prompt: Prompt, completion: Completion) -> Usage:
        guess = Usage(
            input=estimate_prompt(prompt), output=estimate_tokens(completion.text), calls=1
        )
        return self._priced(guess)
