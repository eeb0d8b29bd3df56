"""The panel: roles, grounding, chair."""
