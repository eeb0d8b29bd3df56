"""What the reviewer talks about; no input, no output, no vendor types."""
