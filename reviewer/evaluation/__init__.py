"""How good a reviewer is: cases with planted weaknesses, evaluators, reports."""
