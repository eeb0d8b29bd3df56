"""From a file to a `Design`: text in numbered spans, sections, the data-flow map."""

from reviewer.intake.reading import design_from_text, read_design

__all__ = ["design_from_text", "read_design"]
