"""One tree of errors; each class says whether a retry helps, what to do, and the exit code."""

from __future__ import annotations


class ReviewerError(Exception):
    """Something went wrong that a person can act on; the message is one clear sentence."""

    retryable: bool = False
    hint: str = ""
    exit_code: int = 2

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        if hint is not None:
            self.hint = hint


class InputError(ReviewerError):
    """A file or a value that a person handed in cannot be used."""


class UnreadableDesign(InputError):
    """The design file cannot be read as text."""

    hint = "Hand in Markdown, plain text, DOCX, PDF with a text layer, or YAML (reviewer new FILE)."


class DataFlowError(InputError):
    """The data-flow map names something that does not exist, or has a value in a wrong unit."""

    hint = "See the comments of the template that `reviewer new FILE` writes."


class SettingsError(ReviewerError):
    """A setting is missing or wrong."""

    hint = "Run `reviewer doctor` to see every setting and what is wrong with it."


class CatalogueError(ReviewerError):
    """A data file under prompts/ is wrong; the message names file and line."""

    hint = "Mend the file, then run `reviewer rubric` to check it."


class KnowledgeUnusable(ReviewerError):
    """The knowledge base cannot be opened or kept; the message is its own."""

    hint = "Run `reviewer doctor`; the index can always be built anew."


class BackendError(ReviewerError):
    """A model could not answer."""

    exit_code = 4


class BackendUnreachable(BackendError):
    """The model's server cannot be reached, or timed out."""

    retryable = True
    hint = "Check the base URL and the network, or review with --model offline."


class BackendBusy(BackendError):
    """The model's server is over its limit; a later call may succeed."""

    retryable = True
    hint = "Wait, or lower REVIEWER_MAX_CONCURRENCY."

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class BackendRefusedKey(BackendError):
    """The model's server did not accept the key."""

    exit_code = 2
    hint = "Set the key of this provider in the environment (for OpenAI: OPENAI_API_KEY)."


class BackendRejected(BackendError):
    """The model's server rejected the request (unknown model, context too long, bad parameter)."""

    exit_code = 2
    hint = "Check the model's name with its provider; `reviewer doctor --model M` tries it."


class BackendOutOfCredit(BackendRejected):
    """The account with the model's provider has no credit left."""

    hint = "Add credit with the provider, use another key, or review with --model offline."


class BackendRubbish(BackendError):
    """The model answered, but not in the agreed form."""

    retryable = True
    hint = "Try a larger model, or switch on REVIEWER_ID_ENUMS for a local server."


class BudgetExceeded(BackendError):
    """The next call would go over the token or money budget."""

    exit_code = 2
    hint = "Raise REVIEWER_MAX_TOKENS or REVIEWER_MAX_COST, or use --panel single."


class StoreError(ReviewerError):
    """What a class handed in and got back cannot be kept or found."""


class StoreUnreachable(StoreError):
    """The server of the database does not answer, or does not let us in."""

    retryable = True
    exit_code = 4
    hint = "Check REVIEWER_DATABASE_URL and that the server is running; nothing was changed."


class StoreBusy(StoreError):
    """Another process is writing to the database."""

    retryable = True
    exit_code = 4
    hint = "Try again in a moment; nothing was changed."


class StoreUnusable(StoreError):
    """The database cannot be opened, read or written."""

    hint = "Check that it can be written to and that the disk has room; nothing was changed."


class StoreTooNew(StoreError):
    """The database was written by a newer version of this program."""

    hint = "Use that newer version, or point REVIEWER_HOME to another directory."


class StoreElsewhere(StoreError):
    """Another machine is using the SQLite file of this home."""

    hint = "Stop the program there, or share a Postgres database (REVIEWER_DATABASE_URL)."


class NotFound(StoreError):
    """There is no course, group, person, submission or review with that id."""

    hint = "It may have been deleted; look it up in the list."


class DraftConflict(StoreError):
    """Somebody else changed the same fields meanwhile; both values are kept here.

    `mine` and `theirs` are values by field, `revisions` the number of each field's last change, to
    be handed back as the base of whichever value a person decides for.
    """

    hint = "Compare both values and save the one to keep."

    def __init__(
        self,
        message: str,
        *,
        mine: dict[str, object],
        theirs: dict[str, object],
        revisions: dict[str, int],
    ) -> None:
        super().__init__(message)
        self.mine = mine
        self.theirs = theirs
        self.revisions = revisions


class BackupUnusable(StoreError):
    """A backup is damaged, was made by a newer version, or would overwrite what is there."""

    hint = "Nothing was changed."
