"""Facts computed from the data-flow map and the stated quantities of a design."""

from reviewer.analysis.report import analyse

__all__ = ["analyse"]
