"""Evaluators: each judges the reviews of one case and gives scores."""
