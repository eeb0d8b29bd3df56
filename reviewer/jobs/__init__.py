"""Durable reviews: a queue, workers that may die at any moment, and nothing paid for twice."""

from __future__ import annotations

from reviewer.jobs.parts import Parts
from reviewer.jobs.worker import Pace, Worker

__all__ = ["Pace", "Parts", "Worker"]
