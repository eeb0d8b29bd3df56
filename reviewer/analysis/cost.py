"""Cost a month at 1x and at ten times the load, where unit costs are given."""

from __future__ import annotations

from collections import defaultdict

from reviewer.analysis import numbers, storage
from reviewer.analysis.graph import FlowMap
from reviewer.analysis.ledger import Ledger, fact_id, spans_of
from reviewer.analysis.load import Loads
from reviewer.domain.design import Node, Quantity, Requirement
from reviewer.domain.facts import Fact


def _currency(quantity: Quantity) -> str:
    return quantity.unit.split("/")[0]


def request_price(node: Node) -> tuple[float, str] | None:
    """Price of one model request from its tokens; None where tokens or prices are missing."""
    use = node.model
    if use is None:
        return None
    total, currency = 0.0, ""
    for tokens, price in ((use.tokens_in, use.price_in), (use.tokens_out, use.price_out)):
        if tokens is not None and price is not None:
            total += tokens.value * price.value
            currency = currency or _currency(price)
            if currency != _currency(price):
                return None
    return (total, currency) if currency else None


def monthly(node: Node, loads: Loads, times: float) -> dict[str, float]:
    """Cost of one node in each currency; a fixed cost does not grow with the load."""
    load, found = loads[node.id], defaultdict[str, float](float)
    cost, bytes_kept = node.cost, storage.kept(node, loads)
    if cost is not None:
        if cost.fixed is not None:
            found[_currency(cost.fixed)] += cost.fixed.value * numbers.MONTH
        if cost.per_event is not None and load.events is not None:
            amount = cost.per_event.value * load.events * times * numbers.MONTH
            found[_currency(cost.per_event)] += amount
        if cost.per_byte is not None and load.data is not None:
            amount = cost.per_byte.value * load.data * times * numbers.MONTH
            found[_currency(cost.per_byte)] += amount
        if cost.storage is not None and bytes_kept is not None:
            amount = cost.storage.value * bytes_kept * times * numbers.MONTH
            found[_currency(cost.storage)] += amount
    price = request_price(node)
    if price is not None and load.events is not None:
        found[price[1]] += price[0] * load.events * times * numbers.MONTH
    return dict(found)


def _total(
    ledger: Ledger, flow_map: FlowMap, loads: Loads, times: float, budget: Requirement | None
) -> None:
    parts = {n.id: monthly(n, loads, times) for n in flow_map.nodes.values()}
    currencies = sorted({c for part in parts.values() for c in part})
    name = "cost.month" if times == 1 else "cost.ten_x"
    for currency in currencies:
        paying = {n: part[currency] for n, part in parts.items() if part.get(currency)}
        total = sum(paying.values())
        most = sorted(paying, key=lambda n: (-paying[n], n))
        sums = " + ".join(
            f"{flow_map.nodes[n].name} {numbers.money(paying[n], currency)}" for n in most
        )
        holds, extra = None, ""
        if budget is not None and budget.value is not None and times == 1:
            allowed = budget.value.value * numbers.MONTH
            if budget.value.unit == f"{currency}/s":
                holds = total <= allowed * (1 + 1e-9)
                extra = f", against a budget of {budget.value.text}"
        when = "" if times == 1 else " at ten times the load (fixed costs unchanged)"
        ledger.add(
            Fact(
                id=fact_id(name, currency if len(currencies) > 1 else None),
                name=name,
                value=total,
                unit=currency,
                text=f"A month costs about {numbers.money(total, currency)}{when}, most of it "
                f"{flow_map.nodes[most[0]].name}{extra}."
                if most
                else f"A month costs nothing that is stated{when}.",
                formula=f"{sums} = {numbers.money(total, currency)} (month of 30 days)",
                inputs=(*most, *((budget.id,) if extra and budget else ())),
                spans=spans_of(*(flow_map.nodes[n] for n in most), budget if extra else None),
                holds=holds,
            )
        )


def analyse_cost(
    ledger: Ledger, flow_map: FlowMap, loads: Loads, budgets: list[Requirement]
) -> None:
    """Cost facts, and the price of one model request."""
    for node in flow_map.nodes.values():
        price, use = request_price(node), node.model
        if price is None or use is None:
            continue
        words = [
            f"{numbers.plain(tokens.value)} x {numbers.plain(each.value)}"
            for tokens, each in ((use.tokens_in, use.price_in), (use.tokens_out, use.price_out))
            if tokens is not None and each is not None
        ]
        ledger.add(
            Fact(
                id=fact_id("cost.model_request", node.id),
                name="cost.model_request",
                value=price[0],
                unit=price[1],
                text=f"One request to {node.name} costs {numbers.money(*price)}.",
                formula=f"tokens x price = {' + '.join(words)} = {numbers.plain(price[0])}",
                inputs=(node.id,),
                spans=spans_of(node),
                node=node.id,
            )
        )
    whole = [b for b in budgets if b.node is None and b.value is not None]
    budget = min(whole, key=lambda b: (b.value.value if b.value else 0, b.id), default=None)
    _total(ledger, flow_map, loads, 1, budget)
    _total(ledger, flow_map, loads, 10, None)
    if flow_map.nodes and not ledger.named("cost.month"):
        ledger.gap(
            "cost.month",
            "No unit costs, or no rates to multiply them with, are given, so the cost a month could not be "
            "computed.",
        )
