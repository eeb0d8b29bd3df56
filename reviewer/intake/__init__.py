"""From a file to a `Design`: text in numbered spans, sections, the data-flow map."""

from reviewer.intake.reading import design_from_text, read_design
from reviewer.intake.template import write_template

__all__ = ["design_from_text", "read_design", "write_template"]
