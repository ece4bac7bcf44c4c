"""A stand-in for Discord's webhook API on a real socket: it keeps messages, and Discord's rules.

By https://docs.discord.com/developers: Webhook, Message (embed limits), Reference (uploading
files), Rate Limits. It knows nothing of how the program makes its messages.
"""

import gzip
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count, cycle
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from support import PASSWORD

WEBHOOK = 200000000000000001
THREAD = 300000000000000001
PNG = b"\x89PNG\r\n\x1a\n"
LARGEST_FILE = 10 * 1024 * 1024
_PATH = re.compile(r"/api/v10/webhooks/(\d+)/([\w-]+)(?:/messages/(\d+))?")


class Answer(NamedTuple):
    """What is answered instead of what was asked for."""

    status: int
    document: Any = None
    headers: Mapping[str, str] = MappingProxyType({})


def too_many(
    seconds: float, *, shared: bool = False, all_routes: bool = False, code: int | None = None
) -> Answer:
    """A 429 as Discord gives it."""
    scope = "global" if all_routes else "shared" if shared else "user"
    headers = {"Retry-After": str(int(seconds + 0.999)), "X-RateLimit-Scope": scope}
    if all_routes:
        headers["X-RateLimit-Global"] = "true"
    else:
        headers |= {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": str(seconds)}
    said = {
        "message": "You are being rate limited.", "retry_after": seconds, "global": all_routes
    }  # fmt: skip
    return Answer(429, said | ({} if code is None else {"code": code}), headers)


def unknown(what: str, code: int) -> Answer:
    return Answer(404, {"message": f"Unknown {what}", "code": code})


NO_WEBHOOK = unknown("Webhook", 10015)
NO_MESSAGE = unknown("Message", 10008)
BAD_TOKEN = Answer(401, {"message": "Invalid Webhook Token", "code": 50027})


@dataclass
class Message:
    """A message that stands in the channel, or in a thread."""

    thread: int | None
    embed: dict[str, Any]
    pictures: dict[str, bytes]
    edits: int = 0


@dataclass
class Asked:
    method: str
    thread: int | None
    headers: dict[str, str]


@dataclass
class Discord:
    """One webhook.

    Attributes:
        asked: every request.
        answers: those given next, in place of what was asked for; None to take the request.
        drops: answers that get lost: the request is carried out, and the connection closed.
        silent: no answer is given until all is over.
        stalls: answers that stop half way: the request is carried out, the rest never comes.
        takes: seconds until an answer is given.
        remaining: told with every answer, with the seconds until it is more.
    """

    url: str
    token: str = PASSWORD
    messages: dict[int, Message] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    answers: list[Answer | None] = field(default_factory=list)
    drops: int = 0
    silent: bool = False
    stalls: int = 0
    takes: float = 0.0
    remaining: tuple[int, float] = (4, 0.5)
    over: threading.Event = field(default_factory=threading.Event)
    ids: Iterator[int] = field(default_factory=lambda: count(400000000000000001))
    forms: Iterator[str] = field(default_factory=lambda: cycle(("gzip", "chunked", "plain")))

    @property
    def only(self) -> Message:
        (message,) = self.messages.values()
        return message

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        """Take a request."""
        parts = urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        thread = int(query["thread_id"]) if "thread_id" in query else None
        self.asked.append(Asked(method, thread, headers))
        planned, *self.answers = self.answers or [None]
        if planned is not None:
            return planned
        found = _PATH.fullmatch(parts.path)
        if found is None or int(found[1]) != WEBHOOK:
            return NO_WEBHOOK
        if found[2] != self.token:
            return BAD_TOKEN
        if thread not in (None, THREAD):
            return unknown("Channel", 10003)
        try:
            embed, pictures = checked(*_parts(headers, body))
        except Refused as refused:
            return refused.answer
        if method == "POST" and found[3] is None:
            return self._post(thread, embed, pictures, waits=query.get("wait") == "true")
        if method == "PATCH" and found[3] is not None:
            return self._edit(int(found[3]), thread, embed, pictures)
        return Answer(405, {"message": "405: Method Not Allowed", "code": 0})

    def _post(
        self, thread: int | None, embed: Any, pictures: dict[str, bytes], *, waits: bool
    ) -> Answer:
        number = next(self.ids)
        self.messages[number] = Message(thread, embed, pictures)
        return Answer(200, _shown(number, self.messages[number])) if waits else Answer(204)

    def _edit(
        self, number: int, thread: int | None, embed: Any, pictures: dict[str, bytes]
    ) -> Answer:
        message = self.messages.get(number)
        if message is None or message.thread != thread:
            return NO_MESSAGE
        message.embed, message.pictures = embed, pictures
        message.edits += 1
        return Answer(200, _shown(number, message))


def _shown(number: int, message: Message) -> dict[str, Any]:
    """Return a message as Discord answers it, the id not among the first words."""
    return {
        "type": 0,
        "content": "",
        "mentions": [],
        "mention_roles": [],
        "attachments": [
            {"id": str(number + 1), "filename": name, "size": len(picture), "url": "https://x/" * 9}
            for name, picture in message.pictures.items()
        ],
        "embeds": [{"type": "rich", **message.embed}],
        "timestamp": "2026-01-05T12:15:00.000000+00:00",
        "edited_timestamp": None,
        "flags": 0,
        "components": [],
        "id": str(number),
        "channel_id": str(message.thread or WEBHOOK - 1),
        "author": {"id": str(WEBHOOK), "username": "Leaderboard", "avatar": None, "bot": True},
        "pinned": False,
        "mention_everyone": False,
        "tts": False,
        "webhook_id": str(WEBHOOK),
    }


class Refused(Exception):
    def __init__(self, where: str, why: str, status: int = 400) -> None:
        super().__init__(where)
        errors = {where: {"_errors": [{"code": why, "message": why}]}}
        self.answer = Answer(
            status, {"message": "Invalid Form Body", "code": 50035, "errors": errors}
        )


def checked(
    payload: dict[str, Any], files: dict[str, bytes]
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return the embed and the pictures of a message that keeps all rules."""
    if len(payload.get("content") or "") > 2000:
        raise Refused("content", "BASE_TYPE_MAX_LENGTH")
    if payload.get("allowed_mentions") != {"parse": []}:
        raise Refused("allowed_mentions", "THIS_STAND_IN_WANTS_NOBODY_MENTIONED")
    named = {f"files[{one['id']}]": one["filename"] for one in payload.get("attachments", [])}
    if named.keys() != files.keys():
        raise Refused("attachments", "ATTACHMENT_NOT_FOUND")
    if any(len(one.get("description", "")) > 1024 for one in payload.get("attachments", [])):
        raise Refused("attachments", "BASE_TYPE_MAX_LENGTH")
    pictures = {named[part]: content for part, content in files.items()}
    for content in pictures.values():
        if len(content) > LARGEST_FILE:
            raise Refused("files", "Request entity too large", 413)
        if not content.startswith(PNG):
            raise Refused("files", "NO_PNG")
    (embed,) = payload["embeds"]
    _check_embed(embed, set(pictures))
    return embed, pictures


def _check_embed(embed: dict[str, Any], pictures: set[str]) -> None:
    _check_lengths(embed)
    if "image" in embed and embed["image"]["url"].removeprefix("attachment://") not in pictures:
        raise Refused("embeds.0.image.url", "ATTACHMENT_NOT_FOUND")
    moment = embed.get("timestamp")
    if moment is not None and not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", moment):
        raise Refused("embeds.0.timestamp", "DATE_TIME_TYPE_PARSE")
    if not 0 <= embed.get("color", 0) <= 0xFFFFFF:
        raise Refused("embeds.0.color", "NUMBER_TYPE_MAX")


def _check_lengths(embed: dict[str, Any]) -> None:
    """Count as Discord does: characters of Python, without white space around a text."""
    fields = embed.get("fields", [])
    texts = [
        ("title", embed.get("title", ""), 256),
        ("description", embed.get("description", ""), 4096),
        ("footer.text", embed.get("footer", {}).get("text", ""), 2048),
        *(("fields.name", one["name"], 256) for one in fields),
        *(("fields.value", one["value"], 1024) for one in fields),
    ]
    for name, text, limit in texts:
        if len(text.strip()) > limit:
            raise Refused(f"embeds.0.{name}", "BASE_TYPE_MAX_LENGTH")
    if len(fields) > 25:
        raise Refused("embeds.0.fields", "BASE_TYPE_MAX_LENGTH")
    if not (texts[0][1] + texts[1][1]).strip():
        raise Refused("embeds.0", "BASE_TYPE_REQUIRED")
    if sum(len(text) for _, text, _ in texts) > 6000:
        raise Refused("embeds", "MAX_EMBED_SIZE_EXCEEDED")


def _parts(headers: dict[str, str], body: bytes) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Take a multipart body apart: the document, and the files by the names of their parts."""
    kind = headers.get("Content-Type", "")
    if not kind.startswith("multipart/form-data"):
        raise Refused("_misc", "NO_MULTIPART")
    whole = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body, policy=HTTP)
    payload, files = {}, {}
    for part in whole.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if name == "payload_json":
            payload = json.loads(content)
        elif re.fullmatch(r"files\[\d+\]", name) and part.get_filename():
            files[name] = content
        else:
            raise Refused("_misc", "UNKNOWN_PART")
    return payload, files


def _as_bytes(made: Discord, answer: Answer) -> tuple[dict[str, str], bytes]:
    """Return the headers and the body as they are sent: Discord's come zipped and in chunks."""
    said = b"" if answer.document is None else json.dumps(answer.document).encode()
    left, seconds = made.remaining
    headers = {
        "Content-Type": "application/json",
        "X-RateLimit-Remaining": str(left),
        "X-RateLimit-Reset-After": str(seconds),
        **answer.headers,
    }
    form = next(made.forms) if said and "Transfer-Encoding" not in headers else "plain"
    if form == "gzip":
        said = gzip.compress(said)
        headers["Content-Encoding"] = "gzip"
    if form == "plain":
        return headers | {"Content-Length": str(len(said))}, said
    chunks = (said[:7], said[7:90], said[90:])
    said = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in chunks if part)
    return headers | {"Transfer-Encoding": "chunked"}, said + b"0\r\n\r\n"


@contextmanager
def discord() -> Iterator[Discord]:
    """Serve on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def __getattr__(self, name: str) -> Callable[[], None]:
            if name.startswith("do_"):
                return self.serve
            raise AttributeError(name)

        protocol_version = "HTTP/1.1"

        def serve(self) -> None:
            self.close_connection = True
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            answer = made.answer(self.command, self.path, dict(self.headers), body)
            if made.over.wait(None if made.silent else made.takes):
                return
            if made.drops:
                made.drops -= 1
                return
            self.give(answer)

        def give(self, answer: Answer) -> None:
            headers, said = _as_bytes(made, answer)
            self.send_response(answer.status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            if made.stalls:
                made.stalls -= 1
                self.wfile.write(said[: len(said) // 2])
                made.over.wait()
                return
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    origin = f"http://127.0.0.1:{server.server_port}"
    made = Discord(f"{origin}/api/webhooks/{WEBHOOK}/{PASSWORD}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield made
    finally:
        made.over.set()
        server.shutdown()
        thread.join()
        server.server_close()
