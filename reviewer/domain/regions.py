"""Cloud regions and countries, and the jurisdiction that each lies in."""

from __future__ import annotations

import re

EU = "EU"
"""The European Economic Area, as residency promises mean it."""

_EU_COUNTRIES = (
    "germany france ireland netherlands sweden italy spain poland belgium finland austria denmark "
    "portugal greece norway czechia luxembourg"
)
_EU_CITIES = (
    "frankfurt dublin paris stockholm milan madrid amsterdam warsaw brussels berlin zaragoza helsinki "
    "munich hamburg vienna copenhagen lisbon oslo"
)
_PLACES: dict[str, str] = {
    **dict.fromkeys(_EU_COUNTRIES.split(), EU),
    **dict.fromkeys(_EU_CITIES.split(), EU),
    "united states": "US", "usa": "US", "virginia": "US", "oregon": "US", "ohio": "US",
    "california": "US", "iowa": "US", "texas": "US", "united kingdom": "UK", "uk": "UK",
    "london": "UK", "switzerland": "CH", "zurich": "CH", "canada": "CA", "montreal": "CA",
    "brazil": "BR", "india": "IN", "mumbai": "IN", "singapore": "SG", "japan": "JP", "tokyo": "JP",
    "australia": "AU", "sydney": "AU", "china": "CN", "korea": "KR", "seoul": "KR",
}  # fmt: skip
_EXACT: dict[str, str] = {
    "eu": EU, "eea": EU, "europe": EU, "us": "US", "u.s.": "US", "gb": "UK", "ch": "CH",
    "ca": "CA", "de": EU, "fr": EU, "ie": EU, "nl": EU,
}  # fmt: skip
# AWS, Google Cloud and Azure name regions differently; order matters (eu-west-2 is London).
_PATTERNS: tuple[tuple[str, str], ...] = (
    (r"eu-west-2|europe-west2|uksouth|ukwest|uk-?south|uk-?west", "UK"),
    (r"eu-central-2|europe-west6|switzerland(?:north|west)", "CH"),
    (r"(?:eu|europe)-(?:central|west|north|south|southwest)-?\d|europe-(?:west|north|central|southwest)\d+", EU),
    (r"(?:west|north)europe|germanywestcentral|francecentral|swedencentral|polandcentral"
     r"|italynorth|spaincentral", EU),
    (r"us-(?:gov-)?(?:east|west|central|south)-?\d|(?:east|west|central|northcentral|southcentral"
     r"|westcentral)us\d?|us-(?:east|west|central|south)\d", "US"),
    (r"ca-(?:central|west)-\d|canada(?:central|east)|northamerica-northeast\d", "CA"),
    (r"ap-south-\d|asia-south\d|centralindia|southindia", "IN"),
    (r"ap-southeast-1|asia-southeast1|southeastasia", "SG"),
    (r"ap-southeast-2|australia-southeast\d|australia(?:east|southeast)", "AU"),
    (r"ap-northeast-1|asia-northeast1|japan(?:east|west)", "JP"),
    (r"ap-northeast-2|asia-northeast3|korea(?:central|south)", "KR"),
    (r"sa-east-\d|southamerica-east\d|brazilsouth", "BR"),
    (r"cn-(?:north|northwest)-\d|china(?:east|north)\d?", "CN"),
)  # fmt: skip
REGION_CODE = re.compile(
    r"(?<![\w-])(?:" + "|".join(pattern for pattern, _ in _PATTERNS) + r")(?![\w-])", re.IGNORECASE
)
"""A region as a cloud provider writes it, in running text."""


def jurisdiction(region: str | None) -> str | None:
    """`eu-central-1`, `Frankfurt` and `EU` -> `EU`; None where the table does not know it."""
    text = (region or "").strip().lower()
    if text in _EXACT:
        return _EXACT[text]
    for pattern, where in _PATTERNS:
        if re.search(rf"(?<![\w-])(?:{pattern})(?![\w-])", text):
            return where
    found = {where for place, where in _PLACES.items() if re.search(rf"\b{place}\b", text)}
    found |= {_EXACT[word] for word in re.findall(r"\b(?:eu|eea|europe)\b", text)}
    if len(found) == 1:
        return found.pop()
    prefix = re.match(r"(eu|us|uk|ca)\b", text)
    return jurisdiction(prefix.group(1)) if prefix and not found else None


_COUNTRIES: tuple[tuple[str, str], ...] = (
    (
        r"eu-central-1|europe-west3|europe-west10|germany\w*|frankfurt|berlin|munich|hamburg",
        "Germany",
    ),
    (r"eu-west-1|northeurope|ireland|dublin", "Ireland"),
    (r"eu-west-3|europe-west9|france\w*|paris", "France"),
    (r"eu-north-1|swedencentral|sweden|stockholm", "Sweden"),
    (r"eu-south-1|europe-west8|europe-west12|italynorth|italy|milan", "Italy"),
    (r"eu-south-2|europe-southwest1|spaincentral|spain|madrid|zaragoza", "Spain"),
    (r"europe-west4|westeurope|netherlands|amsterdam", "Netherlands"),
    (r"europe-west1|belgium|brussels", "Belgium"),
    (r"europe-north1|finland|helsinki", "Finland"),
    (r"europe-central2|polandcentral|poland|warsaw", "Poland"),
)


def country(region: str | None) -> str | None:
    """The country of the EU that a region lies in; None where it is elsewhere or not one country."""
    text = (region or "").lower()
    found = {
        name
        for pattern, name in _COUNTRIES
        if re.search(rf"(?<![\w-])(?:{pattern})(?![\w-])", text)
    }
    return found.pop() if len(found) == 1 else None


def lies_outside(region: str | None, promised: str | None) -> bool:
    """Whether a region is known to lie outside the promised place; False where either is unknown."""
    where, wanted = jurisdiction(region), jurisdiction(promised)
    if where is None or wanted is None:
        return False
    mine, theirs = country(region), country(promised)
    return where != wanted or (mine is not None and theirs is not None and mine != theirs)
