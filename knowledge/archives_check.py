"""Whether an archive would unpack to too much; asked before anything is unpacked."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence

from knowledge.document_types import Limits

_FREE = 20_000_000  # an archive this small may be packed as tightly as it likes


def too_much(infos: Sequence[zipfile.ZipInfo], limits: Limits) -> str:
    """Why not to unpack, or "". Python never unpacks more of a member than it declares."""
    if len(infos) > limits.entries:
        return f"holds {len(infos):,} files, more than {limits.entries:,}"
    unpacked = sum(i.file_size for i in infos)
    if unpacked > limits.unpacked:
        return (
            f"unpacks to {unpacked / 1e6:,.0f} MB, more than the {limits.unpacked // 1_000_000:,} MB "
            "that are allowed"
        )
    packed = sum(i.compress_size for i in infos)
    if unpacked > _FREE and unpacked > limits.ratio * max(1, packed):
        times = unpacked // max(1, packed)
        return (
            f"unpacks to far more than it holds, {times:,} times its size, as only a zip bomb does"
        )
    return ""
