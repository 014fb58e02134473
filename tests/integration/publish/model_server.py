"""An OpenAI-compatible server of the tests' own, which can also lie, stall and break."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = dict[str, Any]
Writer = Callable[[Answer], str]


def honest(story: Answer) -> str:
    """A headline and summary in the words of the articles."""
    first = story["articles"][0]
    return json.dumps(
        {
            "headline": {
                "text": f"{story['headline'].rstrip('.')}, articles say",
                "articles": [first["article"]],
            },
            "summary": {
                "text": first["text"].split(". ")[0].rstrip(".") + ".",
                "articles": [first["article"]],
            },
            "key_points": [],
        }
    )


def lie(story: Answer) -> str:
    """Numbers, names and places from nowhere."""
    said = {"text": "Quentin Zamora says 98,765 fled Ulan Bator", "articles": [1]}
    return json.dumps({"headline": said, "summary": said, "key_points": [{"point": 0, "text": said["text"]}]})


@dataclass
class Model:
    """How the server behaves (`mode`), and what it was asked."""

    url: str = ""
    mode: str = "honest"
    asked: list[Answer] = field(default_factory=list)
    release: threading.Event = field(default_factory=threading.Event)


def content(mode: str, story: Answer) -> str:
    writers: dict[str, Writer] = {
        "lies": lie,
        "prose": lambda _: "Certainly! Here is your story.",
        "wrong": lambda _: '{"headline": 7}',
        "empty": lambda _: "",
    }
    return writers.get(mode, honest)(story)


def reply(mode: str, story: Answer) -> Answer:
    message: Answer = {"role": "assistant", "content": content(mode, story)}
    if mode == "refuses":
        message |= {"content": None, "refusal": "I cannot write about that."}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    usage = {"prompt_tokens": 400, "completion_tokens": 100, "total_tokens": 500}
    return {
        "id": "1",
        "object": "chat.completion",
        "created": 0,
        "model": "small",
        "choices": [choice],
        "usage": usage,
    }


ERRORS = {
    "limits": (429, {"retry-after": "0.2"}, "rate limit"),
    "breaks": (500, {}, "internal error"),
    "denies": (401, {}, "no such key"),
}


def handler(model: Model) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            story = json.loads(body["messages"][1]["content"])
            model.asked.append(body)
            if model.mode == "simple" and "response_format" in body:
                self._send(400, {}, {"error": {"message": "response_format is not supported"}})
            elif model.mode in ERRORS:
                code, headers, said = ERRORS[model.mode]
                self._send(code, headers, {"error": {"message": said}})
            elif model.mode == "stalls":
                model.release.wait(30)
            elif model.mode == "trickles":
                self._trickle()
            elif model.mode == "hangs up":
                self.connection.close()
            else:
                self._send(200, {}, reply(model.mode, story))

        def _send(self, code: int, headers: dict[str, str], said: Answer) -> None:
            data = json.dumps(said).encode()
            self.send_response(code)
            for name, value in (
                {"content-type": "application/json", "content-length": str(len(data))} | headers
            ).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def _trickle(self) -> None:
            """A byte now and then: never silent, never done."""
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.end_headers()
            while not model.release.is_set():
                try:
                    self.wfile.write(b" ")
                    self.wfile.flush()
                except OSError:
                    return
                time.sleep(0.05)

        def log_message(self, *_: object) -> None:
            """Nothing on the terminal."""

    return Handler


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Clients that go away are what these tests are about."""


@contextmanager
def model_server() -> Iterator[Model]:
    """The server on a free port of the loopback."""
    model = Model()
    server = Server(("127.0.0.1", 0), handler(model))
    model.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield model
    finally:
        model.release.set()
        server.shutdown()
        server.server_close()
        thread.join()
