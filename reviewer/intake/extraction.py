"""The process that reads one DOCX or PDF: `python -m reviewer.intake.extraction KIND FILE`.

Prints one JSON object: `blocks`, `title` and `warnings`, or `error`, the end of a sentence.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from reviewer.errors import UnreadableDesign
from reviewer.intake.docxfile import docx_blocks
from reviewer.intake.pdffile import pdf_blocks

if sys.platform != "win32":
    import resource

_MEMORY = 2 * 1024**3
_MOST_OUTPUT = 2_000_000


def _answer(kind: str, path: Path) -> dict[str, object]:
    read = docx_blocks if kind == "docx" else pdf_blocks
    try:
        blocks, title, warnings = read(path)
    except UnreadableDesign as error:
        return {"error": str(error)}
    except MemoryError:
        return {"error": "needs too much memory: it is damaged or far too large."}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, SyntaxError):
        return {"error": "is damaged: it could not be read."}
    kept, length = [], 0
    for block in blocks:
        length += len(block.text)
        if length > _MOST_OUTPUT:
            return {"error": "has more text than the 2 MB that can be reviewed."}
        kept.append([block.kind, block.text, block.level])
    return {"blocks": kept, "title": title[:200], "warnings": warnings}


def _limit_memory() -> None:
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))


def main() -> None:
    """Entry point of the reading process."""
    _limit_memory()
    answer = json.dumps(_answer(sys.argv[1], Path(sys.argv[2])))
    sys.stdout.write(answer)


if __name__ == "__main__":
    main()
