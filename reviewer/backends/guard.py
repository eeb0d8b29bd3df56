"""Everything that a call passes through on its way to a model, in the right order."""

from __future__ import annotations

from reviewer.backends.allowance import Allowance
from reviewer.backends.budget import Budget, BudgetedBackend
from reviewer.backends.retry import ConcurrencyLimit, RetryingBackend, RetryPolicy
from reviewer.ports import ChatBackend


def guarded(
    raw: ChatBackend,
    *,
    budget: Budget,
    limit: ConcurrencyLimit,
    policy: RetryPolicy | None = None,
    allowance: Allowance | None = None,
) -> ChatBackend:
    """A raw backend within a budget, a concurrency limit, time-outs and retries.

    The raw backend and the limit are shared by all reviews of a process; the budget belongs to one
    review. The budget stands inside the retry loop: every try that is paid is counted.
    """
    # Reasoning models write more than the answer; their adapter says how much at most.
    counted = BudgetedBackend(raw, budget, extra_output=getattr(raw, "extra_output", 0))
    return RetryingBackend(counted, policy or RetryPolicy(), limit, allowance=allowance)
