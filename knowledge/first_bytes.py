"""What a file is by its first bytes, and the text of one that is text."""

from __future__ import annotations

import codecs
import re

from knowledge.readers.source import Refusal

_WORD = re.compile(rb"[A-Za-z\x80-\xff]{2,}")
_OTHER = {
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"II*\x00": "a picture",
    b"MM\x00*": "a picture",
    b"{\\rtf": "an RTF file: save it as .docx",
    b"\x1f\x8b": "a compressed file: unpack it first",
    b"7z\xbc\xaf": "a compressed file: unpack it first",
    b"Rar!": "a compressed file: unpack it first",
    b"SQLite format 3": "a database",
    b"\x7fELF": "a program",
    b"MZ": "a program",
}


def foreign_format(data: bytes) -> str:
    """What a file is that nobody here reads, and perhaps what to do; "" for any other."""
    return next((what for start, what in _OTHER.items() if data.startswith(start)), "")


def is_encrypted(data: bytes) -> bool:
    """Whether a file of the old Office kind is a document that a password protects."""
    return "EncryptedPackage".encode("utf-16-le") in data


def decoded(data: bytes, declared: str = "") -> tuple[str, str]:
    """Text by its byte order mark, as declared, as UTF-8 or as Latin-1; and a warning or ''.

    Raises:
        Refusal: too much of it is no text.
    """
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return _checked(data.decode(encoding, errors="replace"))
    for encoding in (declared, "utf-8", *_wide(data)):
        try:
            if encoding:
                return _checked(data.decode(encoding))
        except (UnicodeDecodeError, LookupError):
            continue
    encoding, name = ("cp1251", "Cyrillic") if _mostly_high(data) else ("cp1252", "Latin-1")
    text, _ = _checked(data.decode(encoding, errors="replace"))
    return text, f"It is not UTF-8 and was read as {name}, so letters may be wrong."


def _mostly_high(data: bytes) -> bool:
    """Whether most letters are in the upper half, where Latin scripts have their accents only."""
    words = [w for w in _WORD.findall(data[:200_000]) if max(w) > 0x7F]
    high = sum(c >= 0xC0 for w in words for c in w)
    letters = sum(map(len, words))
    return letters > 0 and bool(high * 3 > 2 * letters)


def _wide(data: bytes) -> tuple[str, ...]:
    """UTF-16 without a mark, told by its many zero bytes on one side."""
    even, odd = data[:4000:2].count(0), data[1:4000:2].count(0)
    half = len(data[:4000]) // 2
    if odd * 3 > half > even * 10:
        return ("utf-16-le",)
    return ("utf-16-be",) if even * 3 > half > odd * 10 else ()


def _checked(text: str) -> tuple[str, str]:
    sample = text[:20_000]
    odd = sum(1 for c in sample if (c < " " and c not in "\t\n\r\f") or c in "\x7f\ufffd")
    if odd * 50 > len(sample):
        raise Refusal("is not a text file.")
    broken = text.count("\ufffd")
    return text, f"{broken} characters could not be decoded." if broken else ""
