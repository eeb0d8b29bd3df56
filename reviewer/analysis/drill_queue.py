"""Queues as cumulative curves: arrivals, releases, service, losses and waiting times.

All curves are cumulative records at the points of one time grid, zero at its first point. A queue
with capacity c obeys D[i] = min(G[i], D[i-1] + c dt), whose closed form is the min-plus
convolution D = C + running minimum of (G - C); only a queue whose bound is reached needs a loop.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Curve = NDArray[np.float64]
Mask = NDArray[np.bool_]


def accumulate(steps: Curve) -> Curve:
    """Amounts by step as a cumulative curve over the grid's points."""
    curve = np.empty(len(steps) + 1)
    curve[0] = 0.0
    np.cumsum(steps, out=curve[1:])
    return curve


def last_open(opens: Curve, times: Curve, *, strict: bool = False) -> Curve:
    """The latest opening at or before each time (before it, if `strict`); -inf before the first."""
    index = np.searchsorted(opens, times, side="left" if strict else "right") - 1
    found = opens[np.maximum(index, 0)] if len(opens) else np.full(len(times), -np.inf)
    return np.where(index >= 0, found, -np.inf)


def value_at(curve: Curve, times: Curve, when: Curve) -> Curve:
    """The curve at other times; what it starts with before the grid begins."""
    return np.interp(when, times, curve)


def released(arrived: Curve, times: Curve, opened: Curve) -> Curve:
    """What a gate has let through that last opened at `opened`."""
    return np.where(np.isfinite(opened), value_at(arrived, times, opened), 0.0)


def serve(due: Curve, arrived: Curve, room: Curve, bound: Curve | None) -> tuple[Curve, Curve]:
    """Records served and records dropped, both cumulative.

    `due` may be served, `room` is what each step can serve (infinite without a capacity). No more
    than `bound` may wait; the oldest are dropped.
    """
    served = _serve_unbounded(due, room)
    dropped = np.zeros_like(due)
    if bound is None or np.all(arrived - served <= bound + 1e-9 * (arrived[-1] + 1.0)):
        return served, dropped
    return _serve_bounded(due, arrived, room, bound)


def _serve_unbounded(due: Curve, room: Curve) -> Curve:
    # A step that serves everything serves more than can ever be there.
    offered = accumulate(np.minimum(room, due[-1] + 1.0))
    served = offered + np.minimum.accumulate(due - offered)
    return np.maximum.accumulate(np.minimum(np.maximum(served, 0.0), due))


def _serve_bounded(due: Curve, arrived: Curve, room: Curve, bound: Curve) -> tuple[Curve, Curve]:
    done, lost = 0.0, 0.0
    served, dropped = [0.0], [0.0]
    rows = zip(
        due[1:].tolist(), arrived[1:].tolist(), room.tolist(), bound[1:].tolist(), strict=True
    )
    for ready, come, most, limit in rows:
        done += max(0.0, min(ready - done - lost, most))
        lost += max(0.0, come - done - lost - limit)
        served.append(done)
        dropped.append(lost)
    return np.asarray(served), np.asarray(dropped)


def delayed(curve: Curve, times: Curve, delay: Curve) -> Curve:
    """What has come out after a processing time that may change; nothing overtakes."""
    return np.maximum.accumulate(np.interp(times - delay, times, curve, left=0.0))


def head_times(arrived: Curve, gone: Curve, times: Curve, limit: Curve) -> Curve:
    """When the record now at the head of the queue arrived; `limit` where nobody waits.

    This is the inverse of `arrived` at `gone`, taken as late as possible but not after `limit`,
    the last moment at which the node looked at its queue.
    """
    slack = 1e-9 * (arrived[-1] + 1e-3)
    after = np.searchsorted(arrived, gone + slack, side="right")
    last = len(times) - 1
    low, high = np.clip(after - 1, 0, last), np.clip(after, 0, last)
    rise = arrived[high] - arrived[low]
    part = np.divide(gone - arrived[low], rise, out=np.zeros_like(gone), where=rise > 0)
    inside = times[low] + np.clip(part, 0.0, 1.0) * (times[high] - times[low])
    met: Curve = np.minimum(np.where(after > last, times[-1], inside), limit)
    return met


def last_true(times: Curve, mask: Mask) -> Curve:
    """At each point, the latest time at which the mask held; the first time before it ever did."""
    index = np.maximum.accumulate(np.where(mask, np.arange(len(times)), 0))
    return times[index]
