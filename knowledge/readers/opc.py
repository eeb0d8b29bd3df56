"""Office files: the archive, checked against bombs, its parts and how they name each other."""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from functools import cached_property
from typing import Any

from lxml import etree  # type: ignore[import-untyped]  # it ships no types

from knowledge.archives_check import too_much
from knowledge.limits import Limits
from knowledge.readers.metadata import authors_from, doi_in, title_from, year_in
from knowledge.readers.source import Facts, Refusal, Source

R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
# The strict dialect of the standard differs in the names of its namespaces only.
_STRICT = {
    b"http://purl.oclc.org/ooxml/officeDocument/relationships":
        b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    b"http://purl.oclc.org/ooxml/wordprocessingml/main":
        b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    b"http://purl.oclc.org/ooxml/presentationml/main":
        b"http://schemas.openxmlformats.org/presentationml/2006/main",
    b"http://purl.oclc.org/ooxml/drawingml/main":
        b"http://schemas.openxmlformats.org/drawingml/2006/main",
}  # fmt: skip
_DC = "{http://purl.org/dc/elements/1.1/}"
_TERMS = "{http://purl.org/dc/terms/}"
_CP = "{http://schemas.openxmlformats.org/package/2006/metadata/core-properties}"
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    ValueError,
    NotImplementedError,
    EOFError,
    RuntimeError,
)
_PARTS_IN_50_PAGES = 4_000_000  # bytes of XML


class Package:
    """An Office file in memory."""

    def __init__(self, source: Source, kind: str) -> None:
        self.kind = kind
        self.limits: Limits = source.limits
        self.left = source.limits.unpacked
        try:
            self.archive = zipfile.ZipFile(io.BytesIO(source.data))
            infos = self.archive.infolist()
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise self.damaged() from error
        if any(i.flag_bits & 1 for i in infos):
            raise Refusal("is protected by a password: save it without one.")
        if reason := too_much(infos, source.limits):
            raise Refusal(f"{reason}: it was not unpacked.")
        if any(
            i.file_size > source.limits.part
            for i in infos
            if i.filename.endswith((".xml", ".rels"))
        ):
            raise Refusal("unpacks to far more text than a document has: it was not unpacked.")
        self.names = {i.filename for i in infos}
        xml = sum(i.file_size for i in infos if i.filename.endswith(".xml"))
        source.announce(1 + 50 * xml // _PARTS_IN_50_PAGES)

    def damaged(self) -> Refusal:
        """What to say about a package that is none."""
        return Refusal(f"is damaged: it cannot be opened as a {self.kind} file; save it anew.")

    def bytes(self, name: str) -> bytes:
        """The content of a part; empty where there is none."""
        if name not in self.names:
            return b""
        try:
            with self.archive.open(name) as part:
                data = part.read(min(self.left, self.limits.part) + 1)
        except _BROKEN as error:
            raise self.damaged() from error
        self.left -= len(data)
        if len(data) > self.limits.part or self.left <= 0:
            raise Refusal("unpacks to far more than a document: it was not read.")
        return data

    def xml(self, name: str) -> Any:
        """The root element of a part, or `None`."""
        data = self.bytes(name)
        if not data:
            return None
        if b"purl.oclc.org/ooxml" in data:
            for strict, usual in _STRICT.items():
                data = data.replace(strict, usual)
        try:
            return etree.fromstring(data, parser())
        except etree.XMLSyntaxError as error:
            if error.code == etree.ErrorTypes.ERR_NO_MEMORY:
                raise MemoryError from error
            raise self.damaged() from error
        except (etree.LxmlError, ValueError) as error:
            raise self.damaged() from error

    def relations(self, name: str) -> dict[str, tuple[str, str]]:
        """Kind and target of each relation of a part, by id; those to places outside left out."""
        folder, _, file = name.rpartition("/")
        root = self.xml(posixpath.join(folder, "_rels", f"{file}.rels"))
        found = {}
        for relation in root if root is not None else ():
            if not isinstance(relation.tag, str) or relation.get("TargetMode") == "External":
                continue
            target = relation.get("Target") or ""
            path = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
            kind = (relation.get("Type") or "").rpartition("/")[2]
            found[relation.get("Id") or ""] = (kind, posixpath.normpath(path))
        return found

    @cached_property
    def main(self) -> str:
        """The name of the part with the document itself."""
        for kind, target in self.relations("").values():
            if kind == "officeDocument" and target in self.names:
                return target
        raise Refusal(f"is a ZIP archive, but not a {self.kind} file.")

    def facts(self) -> Facts:
        """What the core properties say."""
        root = None
        for kind, target in self.relations("").values():
            if kind == "core-properties":
                root = self.xml(target)
        if root is None:
            return Facts()

        def value(name: str) -> str:
            return (root.findtext(name) or "").strip()

        return Facts(
            title=title_from(value(f"{_DC}title")),
            authors=authors_from(value(f"{_DC}creator")),
            year=year_in(value(f"{_TERMS}created") or value(f"{_TERMS}modified")),
            doi=doi_in(
                f"{value(f'{_DC}identifier')} {value(f'{_CP}keywords')} {value(f'{_DC}subject')}"
            ),
            language=value(f"{_DC}language"),
        )


def parser() -> Any:
    """A parser that resolves no entity, reads no other file and refuses giant trees."""
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True,
        remove_pis=True,
    )  # fmt: skip
