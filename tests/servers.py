"""A scripted server that speaks OpenAI's chat protocol, for tests and benchmarks.

It answers every check of a prompt in the agreed form, counts what happens, and fails on demand.
Run as a program (`python -m tests.servers --latency 1.0`) it prints its base URL and serves until
it is stopped; `GET /stats` gives its counters as JSON, `POST /reset` sets them to zero.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web

Body = dict[str, Any]
FAULTS = ("429", "500", "broken", "truncated", "disconnect", "half", "empty", "html", "slow",
          "refusal", "content_filter", "quota", "401", "403", "404", "context", "silent")  # fmt: skip


def valid_answer(body: Body) -> dict[str, Any]:
    """An answer in the agreed form to every check of the prompt, resting on spans that exist."""
    texts = [m["content"] for m in body["messages"] if m["role"] == "user"]
    whole = "\n".join(texts)
    checks = re.findall(r"^- \[([\w.-]+)\]", texts[1] if len(texts) > 1 else whole, re.MULTILINE)
    spans = re.findall(r"^(S\d+)\|", texts[0], re.MULTILINE) or ["S1"]
    sections = re.findall(r"^\[(H\d+)\]", texts[0], re.MULTILINE) or ["H1"]
    answers = [
        {
            "check": check,
            "evidence": [spans[n % len(spans)]] if n % 2 else [],
            "searched": [] if n % 2 else [sections[n % len(sections)]],
            "note": "Scripted.",
            "verdict": "met" if n % 2 else "unmet",
            "passages": [],
        }
        for n, check in enumerate(checks)
    ]
    answer: dict[str, Any] = {"answers": answers, "points": [], "questions": [], "abstained": ""}
    if "BEGIN FINDINGS" in whole:
        answer |= {"merges": [], "tradeoffs": []}
    return answer


def messages_hash(body: Body) -> str:
    """What a request sends, as one hash."""
    digest = hashlib.sha256()
    for message in body["messages"]:
        digest.update(f"{message['role']}\0{message['content']}\0".encode())
    return f"sha256:{digest.hexdigest()}"


@dataclass
class Behaviour:
    """What the server does. `fault` gives the fault of the n-th request (from 0), or None.

    `refuse` names request parameters that get a 400; a form of response_format by its type.
    """

    latency: float = 0.0
    fault: Callable[[int], str | None] = lambda _: None
    refuse: tuple[str, ...] = ()
    usage: bool = True
    retry_after: str = "0.05"
    answer: Callable[[Body], dict[str, Any] | str] = valid_answer


@dataclass
class Counts:
    """What has happened since the server started."""

    requests: int = 0
    answered: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    refused: int = 0
    in_flight: int = 0
    most_in_flight: int = 0
    first_at: float | None = None  # seconds since the epoch


class ScriptedServer:
    """Serves on a free loopback port, in a thread of its own, while used as a context."""

    def __init__(self, behaviour: Behaviour | None = None) -> None:
        self.behaviour = behaviour or Behaviour()
        self.counts = Counts()
        self.bodies: list[Body] = []
        self.keys: list[str] = []
        self.asked: Counter[str] = Counter()  # by the hash of the messages, as calls are kept
        self.keep_bodies = True
        self._seen: list[str] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._runner: web.AppRunner | None = None
        self.url = ""

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(0), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def serve(self, port: int) -> None:
        """Serve in this thread until the process is stopped; prints the base URL."""

        async def for_ever() -> None:
            await self._start(port)
            print(self.url, flush=True)
            await asyncio.Event().wait()

        self._loop.run_until_complete(for_ever())

    async def _start(self, port: int) -> None:
        app = web.Application(client_max_size=64 * 2**20)
        app.router.add_post("/v1/chat/completions", self._chat)
        app.router.add_get("/stats", self._stats)
        app.router.add_post("/reset", self._reset)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        host, bound = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{bound}/v1"

    async def _stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _stats(self, _: web.Request) -> web.Response:
        return web.json_response(vars(self.counts))

    async def _reset(self, _: web.Request) -> web.Response:
        self.counts = Counts()
        return web.json_response({})

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        began = time.monotonic()
        body = await request.json()
        counts = self.counts
        number, counts.requests = counts.requests, counts.requests + 1
        self.keys.append(request.headers.get("Authorization", ""))
        self.asked[messages_hash(body)] += 1
        if self.keep_bodies:
            self.bodies.append(body)
        counts.first_at = counts.first_at or time.time()
        counts.in_flight += 1
        counts.most_in_flight = max(counts.most_in_flight, counts.in_flight)
        try:
            text = self._text(body)  # the server's own work is part of its latency
            await asyncio.sleep(max(0.0, self.behaviour.latency - (time.monotonic() - began)))
            return await self._reply(request, body, text, number)
        finally:
            counts.in_flight -= 1

    async def _reply(
        self, request: web.Request, body: Body, text: str, number: int
    ) -> web.StreamResponse:
        refused = self._refused(body)
        if refused is not None:
            self.counts.refused += 1
            return _error(400, *refused)
        kind = self.behaviour.fault(number)
        if kind is not None:
            self.counts.faults[kind] = self.counts.faults.get(kind, 0) + 1
            return await self._fail(request, body, text, kind)
        self.counts.answered += 1
        return web.json_response(self._completion(body, text, "stop"))

    def _refused(self, body: Body) -> tuple[str, str] | None:
        sent = {key for key in body if key in self.behaviour.refuse}
        form = body.get("response_format", {}).get("type")
        if form in self.behaviour.refuse:
            return f"'response_format' of type '{form}' is not supported.", "response_format"
        schema = json.dumps(body.get("response_format", {}).get("json_schema", {}))
        for keyword in ("pattern", "maxItems"):
            if keyword in self.behaviour.refuse and f'"{keyword}":' in schema:
                return f"Invalid schema: '{keyword}' is not permitted.", "response_format"
        if sent:
            name = min(sent)
            return f"Unsupported parameter: '{name}' is not supported with this model.", name
        return None

    async def _fail(
        self, request: web.Request, body: Body, text: str, kind: str
    ) -> web.StreamResponse:
        if kind in ("broken", "truncated", "half"):
            finish = {"broken": "stop", "truncated": "length", "half": None}[kind]
            return web.json_response(self._completion(body, text[: len(text) // 2], finish))
        if kind == "disconnect":
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        if kind == "slow":
            await asyncio.sleep(30)
        if kind == "html":
            return web.Response(text="<html>A proxy's page</html>", content_type="text/html")
        if kind == "empty":
            return web.json_response({**self._completion(body, "", "stop"), "choices": []})
        if kind == "silent":
            return web.json_response(self._completion(body, "", "stop"))
        if kind == "refusal":
            answer = self._completion(body, "", "stop")
            answer["choices"][0]["message"]["refusal"] = "I cannot help with that."
            return web.json_response(answer)
        if kind == "content_filter":
            return web.json_response(self._completion(body, text, "content_filter"))
        return _failure(kind, self.behaviour.retry_after, self.keys[-1])

    def _text(self, body: Body) -> str:
        answer = self.behaviour.answer(body)
        return answer if isinstance(answer, str) else json.dumps(answer)

    def _completion(self, body: Body, text: str, finish: str | None) -> Body:
        message: Body = {"role": "assistant", "content": text}
        if "tools" in body:
            name = body["tools"][0]["function"]["name"]
            call = {"id": "c1", "type": "function", "function": {"name": name, "arguments": text}}
            message = {"role": "assistant", "content": None, "tool_calls": [call]}
        answer: Body = {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 0,
            "model": body["model"],
            "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        }
        if self.behaviour.usage:
            answer["usage"] = self._usage(body, text)
        return answer

    def _usage(self, body: Body, text: str) -> Body:
        prompt = "\n".join(m["content"] for m in body["messages"])
        shared = max((_shared(prompt, seen) for seen in self._seen), default=0)
        self._seen = [*self._seen[-20:], prompt] if self.keep_bodies else []
        return {
            "prompt_tokens": len(prompt) // 4,
            "completion_tokens": len(text) // 4,
            "total_tokens": (len(prompt) + len(text)) // 4,
            "prompt_tokens_details": {"cached_tokens": shared // 4},
        }


def _shared(one: str, other: str) -> int:
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[:middle] == other[:middle] else (low, middle - 1)
    return low


def _failure(kind: str, retry_after: str, key: str) -> web.Response:
    if kind == "429":
        response = _error(429, "Rate limit reached.", None)
        response.headers["Retry-After"] = retry_after
        return response
    if kind == "quota":
        return _error(429, "You exceeded your quota.", None, code="insufficient_quota")
    if kind == "context":
        return _error(400, "This model's maximum context length is 8192 tokens.", None)
    told = {
        "500": "The server had an error.",
        "401": f"Incorrect API key provided: {key}.",
        "403": "No access.",
        "404": "The model does not exist.",
    }
    return _error(int(kind) if kind in told else 200, told.get(kind, ""), None)


def _error(status: int, message: str, param: str | None, code: str | None = None) -> web.Response:
    error = {"message": message, "type": "error", "param": param, "code": code}
    return web.json_response({"error": error}, status=status)


def main() -> None:
    """Serve from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", type=float, default=0.0)
    given = parser.parse_args()
    server = ScriptedServer(Behaviour(latency=given.latency))
    server.keep_bodies = False
    server.serve(given.port)


if __name__ == "__main__":
    main()
