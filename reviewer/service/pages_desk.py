"""The desk of the pages: everything that takes long happens beside them."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import filelock

from reviewer.errors import InputError, KnowledgeUnusable
from reviewer.service.background import Task, Tasks, wait_for
from reviewer.service.translation import knowledge_errors
from reviewer.service.uploads import digest_of, file_name, free_id, write_to, year_of

if TYPE_CHECKING:
    from knowledge.types import Entry, ImportReport, Passage, StoredDocument
    from reviewer.domain.course import Submission
    from reviewer.domain.design import Design
    from reviewer.domain.reflection import ReflectionPrompt
    from reviewer.domain.review import Review
    from reviewer.service import ReviewService

_LONGEST_NAME = 120
_AROUND = 700  # characters of a document that are shown on either side of a passage
_PATIENCE = 60.0  # seconds that a change waits for another program
_BUSY = (
    "Another program (a `reviewer knowledge` command, perhaps) is changing the knowledge base and "
    "did not finish within a minute."
)


@dataclass(frozen=True)
class Preview:
    """A passage in the text of its document; `before` and `after` are empty for summaries."""

    passage: Passage
    document: StoredDocument | None = None
    before: str = ""
    after: str = ""


class PagesDesk:
    """Changes are made one after the other, questions are answered beside them."""

    def __init__(self, service: ReviewService) -> None:
        self._service = service
        self.changes = Tasks("knowledge-changes")
        self.questions = Tasks("knowledge-questions")

    # What changes the knowledge base.

    def add(
        self,
        files: Sequence[tuple[str, BinaryIO]],
        collection: str,
        labels: Mapping[str, Any] | None = None,
    ) -> Task:
        """Imports files, given as name and content; of a name no folder counts.

        The result is an `ImportReport`. Raises `InputError` where there is no file.
        """
        if not files:
            raise InputError("There is no file to import.")
        given = dict(labels or {})
        about = f"{collection} {given} {digest_of([content for _, content in files])}"
        if known := self.changes.under_way("add", about):
            return known
        folder = Path(tempfile.mkdtemp(prefix="import-"))
        paths = []
        for number, (name, content) in enumerate(files):
            own = folder / str(number)  # two files of one name stay two
            own.mkdir()
            paths.append(own / file_name(name))
            write_to(content, paths[-1])

        def work(task: Task) -> ImportReport:
            try:
                desk = self._service.knowledge_desk
                return desk.add_quietly(paths, collection, given, task.told)
            finally:
                shutil.rmtree(folder, ignore_errors=True)

        task = self._change("add", about, work)
        task.of = task.of or len(paths)
        return task

    def take_in(self, content: BinaryIO, collection: str | None = None) -> Task:
        """Puts the content of a collection file in; the result is an `ImportReport`."""
        about = f"{collection} {digest_of([content])}"
        if known := self.changes.under_way("take_in", about):
            return known
        folder = Path(tempfile.mkdtemp(prefix="collection-"))
        path = folder / "collection.zip"
        write_to(content, path)

        def work(task: Task) -> ImportReport:
            try:
                return self._service.knowledge_desk.take_in(path, collection)
            finally:
                shutil.rmtree(folder, ignore_errors=True)

        return self._change("take_in", about, work)

    def confirm(self, values: Mapping[str, Mapping[str, str]]) -> Task:
        """Sets and confirms metadata by source; an empty value takes the old one away.

        Lists are given with commas, names of authors with semicolons. The result is the number of
        sources.
        """

        def work(task: Task) -> int:
            for number, (source, given) in enumerate(values.items()):
                task.told(number, len(values), "")
                self._confirm(source, given)
            return len(values)

        return self._change("confirm", repr(sorted(values.items())), work)

    def remove(self, source: str, collection: str | None = None) -> Task:
        """Takes a source out of one collection or all."""

        def work(task: Task) -> str:
            self._service.knowledge_desk.remove(source, collection)
            return source

        return self._change("remove", f"{source} {collection}", work)

    def switch(self, collection: str, *, on: bool) -> Task:
        """Has a collection searched, or left out."""

        def work(task: Task) -> bool:
            return self._service.knowledge_desk.collection(
                collection, title=None, enabled=on
            ).enabled

        return self._change("switch", f"{collection} {on}", work)

    def make_collection(self, title: str) -> Task:
        """Makes a collection; one of that title is left as it is. The result is its id."""
        title = " ".join(title.split())[:_LONGEST_NAME]
        if not title:
            raise InputError("The collection needs a name.")

        def work(task: Task) -> str:
            desk = self._service.knowledge_desk
            known = desk.collections()
            for one in known:
                if title.casefold() in (one.title.casefold(), one.id):
                    return one.id
            made = free_id(title, {one.id for one in known})
            return desk.collection(made, title=title, enabled=True).id

        return self._change("make", title.casefold(), work)

    def drop_collection(self, collection: str) -> Task:
        """Takes a collection out with every source that no other collection has."""

        def work(task: Task) -> str:
            with knowledge_errors():
                self._service.knowledge_desk.library.remove_collection(collection)
            return collection

        return self._change("drop", collection, work)

    def restore_starter(self) -> Task:
        """Brings back what was taken out of the starter collection."""

        def work(task: Task) -> str:
            with knowledge_errors():
                self._service.knowledge_desk.library.restore_starter()
            return "starter"

        return self._change("restore", "starter", work)

    # What is asked of it.

    def coverage(self) -> Task:
        """For each check what can be cited; see `KnowledgeDesk.coverage`."""
        desk = self._service.knowledge_desk
        return self._question("coverage", "", lambda task: desk.coverage())

    def seen(self, role: str, design: Design) -> Task:
        """For each check of a role what it is shown with a design; see `KnowledgeDesk.seen`."""
        desk = self._service.knowledge_desk
        about = f"{role} {hashlib.sha256(design.model_dump_json().encode()).hexdigest()}"
        return self._question("seen", about, lambda task: desk.seen(role, design))

    def search(self, question: str, role: str | None, collection: str | None, limit: int) -> Task:
        """What is found for a question, each with why; see `KnowledgeDesk.explain`."""
        desk = self._service.knowledge_desk

        def work(task: Task) -> Any:
            return desk.explain(question, role=role, collection=collection, limit=limit)

        return self._question("search", repr((question, role, collection, limit)), work)

    def clarify(
        self, reply: str, review: Review, prompts: Sequence[ReflectionPrompt], model: str
    ) -> Task:
        """At most one clarifying question of a model on a reply; the result is a `ReplyFeedback`."""
        desk = self._service.reflection_desk
        about = hashlib.sha256(f"{model} {review.manifest.design} {reply}".encode()).hexdigest()
        return self.questions.once(
            "clarify", about, lambda task: desk.feedback(reply, review, prompts, model=model)
        )

    def preview(self, source: str, passage: str) -> Preview:
        """A passage with the text around it; `InputError` where the source no longer has it."""
        entry, passages = self._service.knowledge_desk.entry(source)
        found = next((p for p in passages if p.id == passage), None)
        if found is None:
            raise InputError("This passage is no longer in the knowledge base.")
        return self._placed(entry, found)

    def designs(self, course: str) -> dict[str, tuple[str, Submission]]:
        """The newest design of each group of a course, by submission: the group's name and it."""
        store = self._service.store
        newest = {
            group.name: handed_in[-1]
            for group in store.courses.groups(course)
            if (handed_in := sorted(store.submissions.of(group.id), key=lambda s: s.number))
        }
        return {submission.id: (name, submission) for name, submission in newest.items()}

    def exported(self, collection: str) -> bytes:
        """A collection as one file."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "collection.zip"
            self._service.knowledge_desk.export(collection, path)
            return path.read_bytes()

    def _confirm(self, source: str, given: Mapping[str, str]) -> None:
        values: dict[str, Any] = {}
        for name, value in given.items():
            mark = {"authors": ";", "roles": ",", "topics": ","}.get(name)
            if mark:
                values[name] = tuple(p for part in value.split(mark) if (p := part.strip()))
            else:
                values[name] = value.strip()
        if "year" in values:
            values["year"] = year_of(values["year"])
        with knowledge_errors():
            self._service.knowledge_desk.library.edit(source, **values)

    def _placed(self, entry: Entry, passage: Passage) -> Preview:
        start, end = passage.start, passage.end
        if start is None or end is None:
            return Preview(passage)
        for document in entry.documents:
            if document.name != passage.document:
                continue
            with knowledge_errors():
                text = self._service.knowledge_desk.library.text(document)
            if text[start:end] == passage.text:
                before = text[max(0, start - _AROUND) : start]
                after = text[end : end + _AROUND]
                return Preview(
                    passage,
                    document,
                    before if start <= _AROUND else f"… {before.partition(' ')[2]}",
                    after if end + _AROUND >= len(text) else f"{after.rpartition(' ')[0]} …",
                )
        return Preview(passage)

    def _question(self, kind: str, about: str, work: Callable[[Task], Any]) -> Task:
        """A question is asked once for each state of the knowledge base."""
        with knowledge_errors():
            revision = self._service.knowledge_desk.library.revision
        return self.questions.once(kind, f"{revision} {about}", work)

    def _change(self, kind: str, about: str, work: Callable[[Task], Any]) -> Task:
        def alone(task: Task) -> Any:
            if not wait_for(self._free, task, _PATIENCE):
                raise KnowledgeUnusable(
                    _BUSY, hint="Wait until it is done, then try again; nothing was changed."
                )
            return work(task)

        return self.changes.begin(kind, about, alone)

    def _free(self) -> bool:
        """Whether no other program of this machine is changing the knowledge base."""
        try:
            with filelock.FileLock(self._service.home() / "writer.lock", timeout=0):
                return True
        except filelock.Timeout:
            return False
        except OSError:  # the change itself says what is wrong
            return True
