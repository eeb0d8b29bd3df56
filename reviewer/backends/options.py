"""What an adapter needs to know of a model; the service fills it from the settings."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr

from reviewer.domain.design import Frozen


class ModelOptions(Frozen):
    """How to reach a model. `base_url` and `api_key` matter for `openai:NAME` only.

    `timeout` is in seconds for one request. `temperature` is sent where the model accepts it;
    None sends none.
    """

    base_url: str | None = None
    api_key: SecretStr | None = None
    timeout: float = Field(120.0, gt=0)
    temperature: float | None = 0.0
    structured_output: Literal["auto", "json_schema", "tool"] = "auto"
