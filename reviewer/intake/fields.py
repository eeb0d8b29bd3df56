"""Types of the fields of a form: quantities with units, yes or no, texts, personal data."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from reviewer.domain.design import Mode, NodeKind, Quantity
from reviewer.errors import DataFlowError
from reviewer.quantities import EXAMPLES, Dimension, find, parse

_YES = frozenset(("yes", "true", "on", "y"))
_NO = frozenset(("no", "false", "off", "n", "none"))
_MODES = {
    "batch": Mode.BATCH,
    "file": Mode.BATCH,
    "micro-batch": Mode.MICRO_BATCH,
    "microbatch": Mode.MICRO_BATCH,
    "micro batch": Mode.MICRO_BATCH,
    "mini-batch": Mode.MICRO_BATCH,
    "stream": Mode.STREAM,
    "streaming": Mode.STREAM,
    "event": Mode.STREAM,
    "event-driven": Mode.STREAM,
    "events": Mode.STREAM,
    "real-time": Mode.STREAM,
    "real time": Mode.STREAM,
    "realtime": Mode.STREAM,
    "cdc": Mode.STREAM,
    "request": Mode.REQUEST,
    "on request": Mode.REQUEST,
    "on demand": Mode.REQUEST,
    "request-response": Mode.REQUEST,
    "synchronous": Mode.REQUEST,
    "api": Mode.REQUEST,
    "rest": Mode.REQUEST,
    "http": Mode.REQUEST,
    "https": Mode.REQUEST,
    "grpc": Mode.REQUEST,
    "graphql": Mode.REQUEST,
}
_MODE_WORD = re.compile(
    r"\b(" + "|".join(re.escape(m) for m in sorted(_MODES, key=len, reverse=True)) + r")\b"
)


def mode_in(text: str) -> tuple[Mode | None, Quantity | None]:
    """The mode and the interval that a few words state: `nightly batch`, `every 5 min`, `stream`."""
    word = _MODE_WORD.search(text.lower())
    mode = _MODES[word[1]] if word else None
    interval = next((f.quantity for f in find(text) if f.dimension == "interval"), None)
    if interval is not None and mode is None:
        mode = Mode.BATCH
    return mode, interval


def _quantity(dimension: Dimension, zero: bool = False) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if isinstance(value, Quantity):
            return value
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise ValueError(f'a value such as "{EXAMPLES[dimension]}" is expected')
        try:
            return parse(str(value), dimension, zero=zero)
        except DataFlowError as error:
            raise ValueError(str(error).rstrip(".")) from error

    return read


def _yes_or_no(value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return value
    word = str(value).strip().lower()
    if word in _YES or word in _NO:
        return word in _YES
    raise ValueError(f'"{value}" is neither yes nor no')


def _text(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("a text is expected here: put it in quotes")
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list) and all(isinstance(v, str | int | float) for v in value):
        return "\n".join(f"- {v}" for v in value)
    return value


def _name(value: Any) -> Any:
    if isinstance(value, list):
        return ", ".join(str(v) for v in value)
    value = _text(value)
    return " ".join(value.split()) if isinstance(value, str) else value


def _personal(value: Any) -> Any:
    if value is True:
        return ("personal data",)
    if value is False:
        return ()
    if isinstance(value, str):
        word = value.strip().lower()
        if word in _NO:
            return ()
        if word in _YES:
            return ("personal data",)
        return tuple(v.strip() for v in re.split(r"[,;]", value) if v.strip())
    if isinstance(value, list):
        return tuple(str(v) for v in value)
    return value


def _encrypted(value: Any) -> Any:
    if isinstance(value, str):
        word = re.sub(r"[\s_-]+", "_", value.strip().lower())
        if word in ("in_transit", "at_rest", "both"):
            return word
        if word in ("in_transit_and_at_rest", "at_rest_and_in_transit"):
            return "both"
    if isinstance(value, list):
        return "both" if len(value) > 1 else _encrypted(value[0] if value else False)
    try:
        return _yes_or_no(value)
    except ValueError:
        raise ValueError(f'"{value}" is none of yes, no, in_transit, at_rest, both') from None


def _mode(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    mode = _MODES.get(value.strip().lower().replace("_", "-")) or mode_in(value)[0]
    if mode is None:
        raise ValueError(f'"{value}" is none of batch, micro-batch, stream, request')
    return mode


def _kind(value: Any) -> Any:
    word = str(value).strip().lower()
    for kind in NodeKind:
        if word in (kind.value, kind.value + "s"):
            return kind
    raise ValueError(f'"{value}" is none of {", ".join(k.value for k in NodeKind)}')


def _schema(dimension: Dimension, *types: str) -> WithJsonSchema:
    kinds: Any = list(types or ("string",))
    return WithJsonSchema(
        {
            "type": kinds if len(kinds) > 1 else kinds[0],
            "description": f"For example: {EXAMPLES[dimension]}",
            "examples": [EXAMPLES[dimension]],
        }
    )


def _of(dimension: Dimension) -> tuple[BeforeValidator, WithJsonSchema]:
    return BeforeValidator(_quantity(dimension)), _schema(dimension)


def _number(value: Any) -> Any:
    """A plain number: of a factor (`10x`, `10`), a share (`10 %`, `0.1`) or a count."""
    return value.value if isinstance(value, Quantity) else value


Time = Annotated[Quantity, *_of("time")]
TimeOrZero = Annotated[Quantity, BeforeValidator(_quantity("time", zero=True)), _schema("time")]
Interval = Annotated[Quantity, *_of("interval")]
Data = Annotated[Quantity, *_of("data")]
Rate = Annotated[Quantity, *_of("rate")]
EventRate = Annotated[Quantity, *_of("event_rate")]
TokenRate = Annotated[Quantity, *_of("token_rate")]
Tokens = Annotated[
    Quantity, BeforeValidator(_quantity("tokens")), _schema("tokens", "string", "number")
]
PerToken = Annotated[Quantity, *_of("money_per_token")]
PerEvent = Annotated[Quantity, *_of("money_per_event")]
PerByte = Annotated[Quantity, *_of("money_per_byte")]
PerTime = Annotated[Quantity, *_of("money_per_time")]
PerStorage = Annotated[Quantity, *_of("money_per_storage")]
Factor = Annotated[
    float,
    BeforeValidator(lambda v: _number(_quantity("factor")(v))),
    _schema("factor", "string", "number"),
]
Share = Annotated[
    float,
    BeforeValidator(lambda v: _number(_quantity("share")(v))),
    _schema("share", "string", "number"),
]
Count = Annotated[
    int,
    BeforeValidator(lambda v: _number(_quantity("count")(v))),
    _schema("count", "string", "integer"),
]
YesNo = Annotated[
    bool, BeforeValidator(_yes_or_no), WithJsonSchema({"enum": [True, False, "yes", "no"]})
]
Text = Annotated[
    str,
    BeforeValidator(_text),
    WithJsonSchema({"type": ["string", "array"], "items": {"type": "string"}}),
]
Name = Annotated[str, BeforeValidator(_name), WithJsonSchema({"type": ["string", "number"]})]
PersonalData = Annotated[
    tuple[str, ...],
    BeforeValidator(_personal),
    WithJsonSchema(
        {
            "type": ["array", "boolean", "string"],
            "items": {"type": "string"},
            "description": "The fields, such as [name, email]; false states that there are none.",
        }
    ),
]
Encrypted = Annotated[
    bool | str,
    BeforeValidator(_encrypted),
    WithJsonSchema({"enum": [True, False, "yes", "no", "in_transit", "at_rest", "both"]}),
]
ModeField = Annotated[
    Mode, BeforeValidator(_mode), WithJsonSchema({"enum": [m.value for m in Mode]})
]
KindField = Annotated[
    NodeKind, BeforeValidator(_kind), WithJsonSchema({"enum": [k.value for k in NodeKind]})
]
