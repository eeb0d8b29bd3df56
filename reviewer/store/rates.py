"""How much a model account may be asked in a minute, shared by all workers of the database."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, extract, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from reviewer.store import work_tables as w
from reviewer.store.database import Database

Clock = Callable[[Connection], float]

_JUMP = 1.0  # seconds by which two clocks may disagree before one of them has jumped


@dataclass(frozen=True)
class Limits:
    """What an account allows within `window` seconds; None means no limit.

    `margin` is how long a request may take from its grant to the model's server: for so much
    longer than the window it counts, because the server's window begins when it arrives.
    """

    requests: int | None = None
    tokens: int | None = None
    window: float = 60.0
    margin: float = 1.0


@dataclass(frozen=True)
class Grants:
    """The first so many of the requests that asked may leave, under these numbers.

    `wait` is how many seconds it takes until the next of them may; 0 where all may.
    """

    numbers: tuple[int, ...]
    wait: float


class Rates:
    """A sliding window of requests for each account, in the database that all workers share.

    One clock decides: the database's, made steady by every process that asks. A clock that is set
    back stands still instead; one that is set forward is found out by whoever has asked before and
    saw less time pass, and the difference is taken off for everybody.
    """

    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        self._database = database
        self._clock = clock or _database_time
        self._seen: dict[str, tuple[float, float]] = {}  # account: its time, our monotonic time

    def take(self, account: str, tokens: Sequence[int], limits: Limits) -> Grants:
        """Grants as many of these requests as fit, in their order; each with its tokens.

        A request that alone has more tokens than the account allows leaves when no other counts.
        """
        with self._database.write() as connection:
            now = self._now(connection, account)
            mine = w.rate_grants.c.account == account
            held = limits.window + limits.margin
            connection.execute(delete(w.rate_grants).where(mine, w.rate_grants.c.at <= now - held))
            query = select(w.rate_grants.c.at, w.rate_grants.c.tokens).where(mine)
            counted = [(r.at, r.tokens) for r in connection.execute(query.order_by("at"))]
            numbers = []
            for some in tokens:
                if _too_much(counted, some, limits):
                    break
                row = {"account": account, "at": now, "tokens": some}
                made = insert(w.rate_grants).values(row).returning(w.rate_grants.c.seq)
                numbers.append(int(connection.execute(made).scalar_one()))
                counted.append((now, some))
        if len(numbers) == len(tokens):
            return Grants(tuple(numbers), 0.0)
        return Grants(tuple(numbers), _wait(counted, tokens[len(numbers)], limits, now))

    def correct(self, used: Mapping[int, int]) -> None:
        """Puts what requests really used in place of what was estimated, by their numbers."""
        with self._database.write() as connection:
            for number, tokens in used.items():
                change = update(w.rate_grants).filter_by(seq=number)
                connection.execute(change.values(tokens=tokens))

    def _now(self, connection: Connection, account: str) -> float:
        """The account's time, which never jumps; its row is locked until the transaction ends."""
        told = self._clock(connection)
        row = connection.execute(
            select(w.rate_accounts).filter_by(account=account).with_for_update()
        ).first()
        if row is None:
            made = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert
            values = {"account": account, "shift": 0.0, "latest": told}
            connection.execute(
                made(w.rate_accounts)
                .values(values)
                .on_conflict_do_nothing(index_elements=["account"])
            )
            row = connection.execute(
                select(w.rate_accounts).filter_by(account=account).with_for_update()
            ).one()
        told = max(told, self._clock(connection))  # the lock may have been waited for
        now: float = told + row.shift
        steady = time.monotonic()
        known = self._seen.get(account)
        if known is not None:
            passed = steady - known[1]
            # Another process may have moved the account's time on; never back behind it.
            now = min(now, max(known[0] + passed + _JUMP, row.latest + _JUMP))
        now = max(now, row.latest)
        self._seen[account] = (now, steady)
        values = {"shift": now - told, "latest": now}
        connection.execute(update(w.rate_accounts).filter_by(account=account).values(values))
        return now


def _too_much(counted: Sequence[tuple[float, int]], tokens: int, limits: Limits) -> bool:
    if limits.requests is not None and len(counted) >= limits.requests:
        return True
    used = sum(some for _, some in counted)
    return limits.tokens is not None and bool(counted) and used + tokens > limits.tokens


def _wait(counted: Sequence[tuple[float, int]], tokens: int, limits: Limits, now: float) -> float:
    """Seconds until enough of what counts has gone for one more request."""
    left = list(counted)
    while left and _too_much(left, tokens, limits):
        at, _ = left.pop(0)
        last = at
    return max(0.0, last + limits.window + limits.margin - now)


def _database_time(connection: Connection) -> float:
    """Seconds since the epoch: the server's, or of the machine that has the SQLite file."""
    if connection.dialect.name != "postgresql":
        return time.time()
    told = connection.execute(select(extract("epoch", func.clock_timestamp())))
    return float(told.scalar_one())
