"""The process that reads documents: one request a message on standard input, answers on output."""

from __future__ import annotations

import gc
import hashlib
import importlib
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any, BinaryIO

from knowledge.framing import receive, send
from knowledge.language import language_of
from knowledge.limits import Limits, allowance
from knowledge.readers.sniff import media_of
from knowledge.readers.source import Facts, Refusal, Source, content_of
from knowledge.readers.writing import Writer

if sys.platform != "win32":
    import resource

_DAMAGE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NotImplementedError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
)
_MOST_REQUEST = 1_000_000
_MOST_WRITTEN = 256_000_000  # the language model unpacks itself into a temporary file


def main() -> None:
    """Read files until the input ends; after any failure but a plain refusal, end the process."""
    answers = _own_output()
    _fence_in()
    gc.disable()  # a document makes many objects and hardly a cycle; collected between files
    while (request := receive(sys.stdin.buffer, _MOST_REQUEST)) is not None:
        answer, sound = _answer(request, answers)
        _stop_clock()
        send(answers, {**answer, "sound": sound})
        if not sound:
            break
        del answer
        gc.collect()


def _own_output() -> BinaryIO:
    """Standard output for answers alone: what a library prints goes nowhere."""
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    return answers


def _fence_in() -> None:
    """No core is dumped and no large file written, whatever a library is talked into."""
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (_MOST_WRITTEN, _MOST_WRITTEN))
        signal.signal(signal.SIGPROF, signal.SIG_DFL)


def _answer(request: dict[str, Any], answers: BinaryIO) -> tuple[dict[str, Any], bool]:
    limits = Limits(**request["limits"])
    _limit_memory(limits)

    def announce(pages: int) -> None:
        seconds = allowance(limits, pages)
        _start_clock(seconds)
        send(answers, {"seconds": seconds, "pages": pages})

    announce(1)
    try:
        return _read(Path(request["path"]), request["name"], limits, announce), True
    except Refusal as refusal:
        return {"refused": str(refusal)}, True
    except MemoryError:
        return {"refused": f"needs more than {limits.memory // 1_000_000} MB to read."}, False
    except RecursionError:
        return {"refused": "is nested too deeply to be a document."}, False
    except _DAMAGE:
        return {
            "refused": "is damaged: it could not be read.",
            "cause": traceback.format_exc()[-900:],
        }, False


def _read(path: Path, name: str, limits: Limits, announce: Any) -> dict[str, Any]:
    data = content_of(path, limits)
    media = media_of(data, name)
    reader = importlib.import_module(f"knowledge.readers.{_MODULES[media]}")
    writer = Writer(limits)
    facts: Facts = reader.read(Source(name, data, limits, announce), writer)
    text = writer.text
    if not writer.blocks:
        raise Refusal(_nothing(writer))
    _stop_clock()
    return {
        "sha256": hashlib.sha256(data).hexdigest(),
        "media": media,
        "text": text,
        "blocks": writer.blocks,
        "paths": writer.paths,
        "hidden": [[reason, page, n] for (reason, page), n in writer.hidden.items()],
        "language": language_of(text, facts.language),
        "title": writer.seen(facts.title)[:500],
        "authors": [writer.seen(a)[:200] for a in facts.authors[:200]],
        "year": facts.year,
        "doi": facts.doi,
        "pages": facts.pages,
        "warnings": facts.warnings[:50],
    }


_MODULES = {
    "pdf": "pdf",
    "docx": "docx",
    "pptx": "pptx",
    "html": "html",
    "md": "markdown",
    "txt": "text",
}


def _nothing(writer: Writer) -> str:
    if writer.hidden:
        return "has no text that a reader could see, only hidden text: it was left out."
    return "has no text."


def _limit_memory(limits: Limits) -> None:
    if sys.platform != "win32":
        most = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (limits.memory, most))


def _start_clock(seconds: float) -> None:
    """End this process, even in the middle of C code, once it has computed for so long."""
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _stop_clock() -> None:
    _start_clock(0)


if __name__ == "__main__":
    main()
