"""The offline reviewer: checks answered with no language model."""
