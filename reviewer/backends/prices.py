"""Prices of models, from a YAML file that a person keeps up to date."""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from pydantic import Field, ValidationError

from reviewer.domain.design import Frozen
from reviewer.domain.review import Usage
from reviewer.errors import SettingsError
from reviewer.paths import PROMPTS

_MILLION = 1_000_000


class Price(Frozen):
    """Money per million tokens; `cached` is the price of input that the provider had cached."""

    input: float = Field(ge=0)
    output: float = Field(ge=0)
    cached: float | None = Field(None, ge=0)

    def cost(self, usage: Usage) -> float:
        """The price of that usage, in the currency of the list."""
        cached = self.input if self.cached is None else self.cached
        fresh = usage.input - usage.cached
        return (fresh * self.input + usage.cached * cached + usage.output * self.output) / _MILLION


class PriceList(Frozen):
    """Prices by model name (`PROVIDER:NAME`), the day they were noted, and their currency."""

    as_of: str
    currency: str = "USD"
    note: str = ""
    models: dict[str, Price]

    def price(self, model: str) -> Price | None:
        """The price of a model or of its dated release; None where it is not listed."""
        if model in self.models:
            return self.models[model]
        release = re.sub(r"[-@](?:\d{4}-?\d{2}-?\d{2}|\d{3,4}|latest)$", "", model)
        return self.models.get(release)


def load_prices(path: Path | None = None) -> PriceList:
    """The packaged list, with the entries of a user's file laid over it.

    Raises:
        SettingsError: the file cannot be read, or a field in it is wrong.
    """
    packaged = _read(PROMPTS / "prices.yaml")
    if path is None:
        return packaged
    own = _read(path)
    return own.model_copy(update={"models": {**packaged.models, **own.models}})


def _read(path: Path) -> PriceList:
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as exc:
        raise SettingsError(f"The price list {path} cannot be read: {exc}.") from None
    except yaml.YAMLError as exc:
        raise SettingsError(f"The price list {path} is not YAML: {exc}") from None
    try:
        return PriceList.model_validate(data)
    except ValidationError as exc:
        first = exc.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "the whole file"
        raise SettingsError(
            f"The price list {path} is wrong at {field}: {first['msg']}.",
            hint="See prompts/prices.yaml for the form: as_of, currency, models.",
        ) from None
