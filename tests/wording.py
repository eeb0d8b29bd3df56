"""What a passage states beyond its facts: numbers, hedges beside them, and names."""

from __future__ import annotations

import re

SMALL = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
SMALL += " fifteen sixteen seventeen eighteen nineteen"
WORDS = {word: value for value, word in enumerate(SMALL.split())}
TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
WORDS |= {word: value for value, word in zip(range(20, 100, 10), TENS.split(), strict=True)}
MAGNITUDES = {"hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9}
UNITS = {
    "%": "%|per cent|percent",
    "ms": "ms|milliseconds?",
    "s": "s|seconds?",
    "min": "minutes?",
    "h": "h|hours?",
    "day": "days?",
    "week": "weeks?",
    "month": "months?",
    "year": "years?",
    "mb": "mb|megabytes?",
    "gb": "gb|gigabytes?",
    "tb": "tb|terabytes?",
    "pb": "pb|petabytes?",
    "eur": "euros?",
    "times": "times|x|-fold",
    "byte": "bytes?",
}
UNIT = "|".join(f"(?P<u{place}>(?:{words})(?![a-z]))" for place, words in enumerate(UNITS.values()))
AMOUNT = r"\d+(?:\.\d+)*"
SCALE = "|".join(MAGNITUDES)
NUMBER = re.compile(
    rf"(?<!\d)(?P<low>{AMOUNT})(?:\s?(?:-|–|to)\s?(?P<high>{AMOUNT}))?"
    rf"(?P<part>(?:\([0-9a-z]+\))*)(?:[\s-]?(?P<scale>{SCALE})\b)?(?:[\s-]?(?:{UNIT}))?"
)
MONTHS = "january february march april june july august september october november december"
VAGUE = f"tens hundreds thousands millions billions trillions half third quarter twice {MONTHS}"
CURRENCY = re.compile(r"\b(usd|eur|cad|r\$)\s?(?=\d)")


def _digits(text: str) -> str:
    """The text in lower case with number words as digits and without thousands separators."""
    text = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text.lower())
    units = "|".join([*UNITS.values(), SCALE])
    text = re.sub(rf"\bone(?=[\s-](?:{units})\b)", "1", text)
    words = "|".join(word for word in WORDS if word != "one")  # "one" is mostly a pronoun
    text = re.sub(rf"\b({words})\b", lambda found: str(WORDS[found[0]]), text)
    return re.sub(r"\b([2-9])0-(\d)(?![\d.])", r"\1\2", text) if "-" in text else text


def numbers(text: str) -> set[str]:
    """The numbers of a text in one spelling, with their unit where they have one.

    `200,000` is `200000`, `44 %` and `44 per cent` are `44 %`, `two months` is `2 month`;
    `5-7 seconds` are `5 s` and `7 s`; `Art. 12(3)` is `12(3)`.
    """
    text = _digits(text)
    found = {word for word in VAGUE.split() if re.search(rf"\b{word}\b", text)}
    found |= set(re.findall(r"(?<=\d )may(?= \d{4})", text))
    found |= {f"{name} currency" for name in CURRENCY.findall(text)}
    for match in NUMBER.finditer(text):
        scale = MAGNITUDES.get(match["scale"] or "", 1)
        unit = next((u for n, u in enumerate(UNITS) if match[f"u{n}"]), "")
        for value in filter(None, (match["low"], match["high"])):
            amount = f"{float(value) * scale:.15g}" if scale > 1 else value
            part = match["part"] if value == (match["high"] or match["low"]) else ""
            found.add(f"{amount}{part} {unit}".strip())
    return found


def offered(text: str) -> set[str]:
    """The numbers that a text supports: its own, and each of them without its unit or part."""
    own = numbers(text)
    return own | {re.split(r"[ (]", number)[0] for number in own}


def foreign_numbers(passage: str, support: str) -> set[str]:
    return numbers(passage) - offered(support)


HEDGES = {
    "about": "about|roughly|around|nearly|almost|close to|on the order of",
    "at most": "up to|at most|no more than|at the latest|never exceed|may reach|capped at|within",
    "at least": "at least|more than|over|above",
    "below": "fewer than|less than|below",
}


def hedges(text: str) -> set[tuple[str, str]]:
    """The pairs of a hedge or bound and the first number after it (at most two words between)."""
    found = set()
    for name, words in HEDGES.items():
        for match in re.finditer(rf"\b(?:{words})\s+((?:[a-z$]+\s+){{0,2}}?)(?=\d)", _digits(text)):
            number = NUMBER.match(_digits(text), match.end())
            if number:
                found.add((name, number["low"]))
    return found


def lost_hedges(passage: str, support: str) -> set[tuple[str, str]]:
    """Hedges beside a number of the facts that a passage states without the hedge."""
    bare = {re.split(r"[ (]", number)[0] for number in numbers(passage)}
    return {pair for pair in hedges(support) - hedges(passage) if pair[1] in bare}


def names(text: str) -> set[str]:
    """The words with a capital inside a sentence: names, mostly."""
    found: set[str] = set()
    for sentence in re.split(r"(?<=[.:;?!])\s+", text):
        words = re.findall(r"[A-Za-z][\w+.-]*\w|\b[A-Z]\b", sentence)
        found |= {word.removesuffix("'s") for word in words[1:] if re.search(r"[A-Z]", word)}
    return found


def foreign_names(passage: str, support: str) -> set[str]:
    return {name for name in names(passage) if name.lower() not in support.lower()}
