"""The scripted and recorded backends, from files and from code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from briefs import prompt

from reviewer.backends.loops import run
from reviewer.backends.recorded import prompt_hash, recorded
from reviewer.backends.scripted import ScriptedBackend, scripted_from_file
from reviewer.domain.review import Usage
from reviewer.errors import BackendBusy, BackendRejected, SettingsError
from reviewer.ports import Completion, Prompt


def test_a_script_of_all_kinds() -> None:
    async def later(asked: Prompt) -> str:
        return asked.purpose

    backend = ScriptedBackend(["text", {"a": 1}, BackendBusy("busy"), later])
    assert run(backend.complete(prompt())).text == "text"
    assert run(backend.complete(prompt())).text == '{"a": 1}'
    with pytest.raises(BackendBusy):
        run(backend.complete(prompt()))
    assert run(backend.complete(prompt())).text == "role:test"
    with pytest.raises(BackendRejected, match="only 4 answers"):
        run(backend.complete(prompt()))
    assert len(backend.prompts) == 5


def test_a_script_file_by_purpose(tmp_path: Path) -> None:
    path = tmp_path / "script.json"
    path.write_text(
        json.dumps(
            [
                {"purpose": "chair", "answer": {"for": "chair"}},
                {"purpose": "role:*", "error": "busy"},
                {"purpose": "role:*", "text": "rubbish", "sleep": 0.001, "repeat": True},
            ]
        )
    )
    backend = scripted_from_file(path)
    assert backend.name == "scripted:script.json"
    with pytest.raises(BackendBusy):
        run(backend.complete(prompt()))
    assert run(backend.complete(prompt())).text == "rubbish"
    assert run(backend.complete(prompt())).text == "rubbish"
    chair = prompt().model_copy(update={"purpose": "chair"})
    assert run(backend.complete(chair)).text == '{"for": "chair"}'
    with pytest.raises(BackendRejected, match="no answer left for chair"):
        run(backend.complete(chair))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "cannot be read"),
        ("{", "the whole file"),
        ('[{"error": "odd"}]', "0.error"),
        ('[{"text": "a"}, {}]', "entry 2"),
        ('[{"text": "a", "answer": {}}]', "entry 1"),
    ],
)
def test_a_wrong_script_is_told(tmp_path: Path, text: str | None, words: str) -> None:
    path = tmp_path / "script.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(SettingsError, match=words):
        scripted_from_file(path)


def test_a_run_is_recorded_and_replayed_without_a_model(tmp_path: Path) -> None:
    path = tmp_path / "runs" / "run.jsonl"
    said = Completion(text='{"a": "line\u2028break"}', usage=Usage(input=5, output=2, calls=1))
    inner = ScriptedBackend([said, {"b": 2}], name="openai:small")
    recording = recorded(path, inner)
    assert recording.name == "openai:small"
    first = run(recording.complete(prompt("one")))
    run(recording.complete(prompt("two")))
    assert run(recording.complete(prompt("one"))) == first
    assert len(inner.prompts) == 2

    replay = recorded(path)
    assert replay.name == "recorded:run.jsonl"
    assert run(replay.complete(prompt("one"))) == said
    assert run(replay.complete(prompt("two"))).text == '{"b": 2}'
    with pytest.raises(BackendRejected, match="no answer to this role:test prompt"):
        run(replay.complete(prompt("three")))
    assert "one" not in path.read_text()


def test_a_failed_call_is_not_recorded(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    with pytest.raises(BackendBusy):
        run(recorded(path, ScriptedBackend([BackendBusy("busy")])).complete(prompt()))
    assert not path.exists()


def test_the_hash_knows_messages_and_schema_but_not_the_purpose() -> None:
    one = prompt("one")
    assert prompt_hash(one) != prompt_hash(prompt("two"))
    assert prompt_hash(one) != prompt_hash(one.model_copy(update={"answer_schema": {}}))
    assert prompt_hash(one) == prompt_hash(one.model_copy(update={"purpose": "other"}))


def test_a_missing_or_damaged_recording_is_told(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    with pytest.raises(SettingsError, match="cannot be read"):
        recorded(path)
    path.write_text('{"prompt": 1}\n')
    with pytest.raises(SettingsError, match="line 1"):
        recorded(path)
