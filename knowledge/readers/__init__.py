"""One reader for each format; they run in a process of their own (`python -m knowledge.readers`).

A reader is a module with `read(source: Source, writer: Writer) -> Facts`.
"""
