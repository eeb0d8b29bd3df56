"""Settings from the environment (`REVIEWER_*`), each with a description."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from reviewer.paths import default_home


class Settings(BaseSettings):
    """Read once, in the service."""

    model_config = SettingsConfigDict(env_prefix="REVIEWER_", extra="ignore", frozen=True)

    home: Path = Field(default_factory=default_home, description="Database, index and uploads.")
    model: str = Field("offline", description="The reviewing model: offline or PROVIDER:NAME.")
    panel: Literal["roles", "single"] = Field(
        "roles", description="One call a role, or one call for all (economy)."
    )
    openai_base_url: str | None = Field(
        None, description="Base URL of an OpenAI-compatible server (Ollama, vLLM, llama.cpp)."
    )
    openai_api_key: SecretStr | None = Field(
        None, validation_alias="OPENAI_API_KEY", description="Key for openai:NAME models."
    )
    timeout: float = Field(120.0, gt=0, description="Seconds to wait for one model answer.")
    max_retries: int = Field(6, ge=0, description="Retries of one call after 429, 5xx, time-outs.")
    max_concurrency: int = Field(8, ge=1, description="Model calls in flight at once.")
    max_tokens: int | None = Field(None, ge=1, description="Token budget of one review.")
    max_cost: float | None = Field(None, gt=0, description="Money budget of one review.")
    id_enums: bool = Field(
        False, description="Put the ids that exist into the schema (helps small local models)."
    )
    checks_per_call: int | None = Field(
        None,
        ge=1,
        description="Divide a role's checks over calls of this many (small local models).",
    )
    structured_output: Literal["auto", "json_schema", "tool"] = Field(
        "auto", description="How the schema reaches the model: json_schema, tool calling, or auto."
    )
    warm_cache: bool = Field(
        False, description="Let one role start first so that the others hit the prompt cache."
    )
    chroma_url: str | None = Field(
        None, description="A Chroma server for the index, instead of a directory in the home."
    )
    database_url: SecretStr | None = Field(
        None, description="A Postgres database, instead of a SQLite file in the home."
    )
    keep_prompts: bool = Field(
        False, description="Keep the text of every model call, not only its hash."
    )
    retention_days: int | None = Field(
        None, ge=1, description="Designs, reviews and replies older than this are deleted."
    )
    reviews_at_once: int = Field(4, ge=1, description="Reviews that one worker runs at a time.")
    requests_per_minute: int | None = Field(
        None, ge=1, description="Requests a minute that the model account allows."
    )
    tokens_per_minute: int | None = Field(
        None, ge=1, description="Tokens a minute that the model account allows."
    )
    prices: Path | None = Field(None, description="YAML file with prices per million tokens.")
    temperature: float | None = Field(
        0.0, ge=0, le=2, description="Sent where the model accepts it; empty sends none."
    )
