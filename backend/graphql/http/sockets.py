"""Operations over WebSockets, as the protocol `graphql-transport-ws` has it: many at a time on one socket.

A socket is who its `connection_init` says, by a bearer token. Where it says nobody, the cookie of the portal counts, on
sockets of this site's own pages alone; no other header tells. Operations run as those over HTTP do, with the same
limits, points and documents; subscriptions are the same streams of the same hub. Whose access ended is told so by
closing, upon which clients connect again with the token or the cookie that they have then.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from typing import Any

import orjson
from starlette.types import Receive, Scope, Send

from backend.graphql.http.answers import errors_text, result_text
from backend.graphql.http.callers import Caller, caller
from backend.graphql.http.executing import execute
from backend.graphql.http.reading import Asked, Gone, Unreadable, asked_in
from backend.graphql.live.following import AccessEnded, next_result
from backend.graphql.live.hub import Hub, Stream
from backend.graphql.planner import problem
from backend.identity import customer_view
from backend.viewer import Viewer

PROTOCOL = "graphql-transport-ws"
INIT_SECONDS = 10.0
"""How long a client may take to say who it is."""
MOST_OPERATIONS = 100
"""Operations at a time on one socket."""
MOST_OF_ONE = 100
"""Sockets of one credential."""
MOST = 10_000
"""Sockets of one process."""
LONGEST_ID = 200
LONGEST_REASON = 123
"""Bytes that a close frame has room for."""
END_SECONDS = 2.0
HEADERS = frozenset({b"origin", b"host", b"cookie", b"sec-fetch-site"})
"""What counts of a handshake."""
VIEW = "waymarkView"
"""What `connection_init` calls the header `Waymark-View`."""
NOBODY = "Send a token as authorization: Bearer … in the payload of connection_init."
logger = logging.getLogger(__name__)


class Closing(Exception):
    """The socket is to be closed, with a code and a reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


class Sockets:
    """The sockets of one process."""

    def __init__(self) -> None:
        self._open: dict[_Socket, asyncio.Task[Any]] = {}
        self._of: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._open)

    def enter(self, socket: _Socket, task: asyncio.Task[Any]) -> None:
        """Count a socket. Raises Closing where there are too many."""
        if len(self._open) >= MOST:
            raise Closing(1013, "Too many sockets are open.")
        self._open[socket] = task

    def admit(self, credential: str) -> None:
        """Count a socket that has said whose it is. Raises Closing where that one has too many."""
        if self._of[credential] >= MOST_OF_ONE:
            raise Closing(1013, f"{MOST_OF_ONE} sockets at a time; close one of them.")
        self._of[credential] += 1

    def leave(self, socket: _Socket, credential: str | None) -> None:
        """Forget a socket."""
        self._open.pop(socket, None)
        if credential is not None:
            self._of[credential] -= 1
            if not self._of[credential]:
                del self._of[credential]

    async def end(self) -> None:
        """Close all sockets: the process stops, and clients connect to another one."""
        tasks = list(self._open.values())
        for socket, task in self._open.items():
            socket.is_stopping = True
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=END_SECONDS)


class GraphQLSocket:
    """Serves GraphQL over WebSockets: an ASGI application."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket until either side closes it."""
        await receive()  # that the client connects
        if PROTOCOL not in scope["subprotocols"]:
            await send({"type": "websocket.accept"})
            await send(_close(Closing(4406, f"Speak the subprotocol {PROTOCOL}.")))
            return
        await send({"type": "websocket.accept", "subprotocol": PROTOCOL})
        closing = await _Socket(scope, receive, send).serve()
        if closing is not None:
            try:
                await send(_close(closing))
            except (OSError, RuntimeError):
                return  # it is closed already


class _Socket:
    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._state: dict[str, Any] = scope["state"]
        self._sockets: Sockets = self._state["sockets"]
        self._request_id: str = self._state.get("request_id", "")
        self._headers = {name: value.decode("latin-1") for name, value in scope["headers"] if name in HEADERS}
        self._viewer: Viewer | None = None
        self._credential: str | None = None
        self._tasks = asyncio.TaskGroup()
        self._operations: dict[str, asyncio.Task[None]] = {}
        self.is_stopping = False

    async def serve(self) -> Closing | None:
        """Take messages until the socket ends; how it is to be closed, None where the client is gone."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - the server runs each socket in a task
        try:
            self._sockets.enter(self, task)
            async with self._tasks:
                await self._read()
        except Closing as closing:
            return closing
        except BaseExceptionGroup as group:
            return _why(group)
        except asyncio.CancelledError:
            if not self.is_stopping:
                raise
            task.uncancel()
            return Closing(1001, "The server stops; connect again.")
        finally:
            self._sockets.leave(self, self._credential)
        return None

    async def _read(self) -> None:
        try:
            async with asyncio.timeout(INIT_SECONDS) as patience:
                while True:
                    message = await self._message()
                    if message.get("type") == "connection_init":
                        if patience.when() is None:
                            raise Closing(4429, "Too many initialisation requests")
                        patience.reschedule(None)
                        await self._begin(_object(message, "payload") or {})
                    else:
                        await self._take(message)
        except TimeoutError:
            raise Closing(4408, "Connection initialisation timeout") from None

    async def _message(self) -> dict[str, Any]:
        """The next message. Raises Gone, and Closing for what is none."""
        received = await self._receive()
        if received["type"] == "websocket.disconnect":
            raise Gone
        text = received.get("text")
        try:
            message = orjson.loads(text) if text is not None else None
        except orjson.JSONDecodeError:
            message = None
        if not isinstance(message, dict):
            raise Closing(4400, "A message must be a JSON object, sent as text.")
        return message

    async def _take(self, message: dict[str, Any]) -> None:
        """Do what a message says that is not the first."""
        match message.get("type"):
            case "subscribe":
                await self._subscribe(message)
            case "complete":
                operation = self._operations.pop(_id(message), None)
                if operation is not None:
                    operation.cancel()
            case "ping":
                payload = _object(message, "payload")
                try:
                    echo = b',"payload":' + orjson.dumps(payload) if payload else b""
                except orjson.JSONEncodeError:  # more levels can be read than written
                    raise Closing(4400, "payload is nested too deeply.") from None
                await self._say(b'{"type":"pong"%b}' % echo)
            case "pong":
                _object(message, "payload")
            case _:
                raise Closing(4400, "No such type of message.")

    async def _begin(self, payload: dict[str, Any]) -> None:
        """Find out whose socket this is."""
        given = [value for name, value in payload.items() if name.lower() == "authorization"]
        if given:
            if len(given) != 1 or not isinstance(given[0], str):
                raise Closing(4403, NOBODY)
            self._headers[b"authorization"] = given[0]
        view = payload.get(VIEW)
        if view is not None:
            if not isinstance(view, str):
                raise Closing(4403, f"{VIEW} must be text.")
            self._headers[customer_view.HEADER] = view
        try:
            who = await caller(self._scope, self._headers)
        except Unreadable as unreadable:
            raise Closing(4403, str(unreadable)) from None
        if not who.is_known:
            raise Closing(4403, NOBODY)
        self._sockets.admit(who.buckets[0].key)
        self._credential, self._viewer = who.buckets[0].key, who.viewer
        await self._say(b'{"type":"connection_ack"}')

    async def _subscribe(self, message: dict[str, Any]) -> None:
        if self._viewer is None:
            raise Closing(4401, "Unauthorized")
        name = _id(message)
        if name in self._operations:
            raise Closing(4409, f"Subscriber for {name} already exists")
        fields = _object(message, "payload")
        try:
            asked = asked_in(fields or {}, is_safe=False)
        except Unreadable as unreadable:
            raise Closing(4400, str(unreadable)) from None
        if len(self._operations) >= MOST_OPERATIONS:
            told = f"{MOST_OPERATIONS} operations at a time on one socket; end one of them."
            await self._refuse(name, [problem("THROTTLED", told)])
        else:
            self._operations[name] = self._tasks.create_task(self._operate(name, asked))

    async def _operate(self, name: str, asked: Asked) -> None:
        """Run an operation and tell what comes of it."""
        try:
            who = await self._who_now()
            charged, stream = await execute(self._state, asked, who, self._request_id, takes_streams=True)
            outcome = charged.outcome
            if stream is not None:
                await self._follow(name, stream)
            elif outcome.data is None:
                await self._refuse(name, outcome.errors)
                return
            else:
                await self._next(name, result_text(outcome.data, charged.charge, outcome.errors, self._request_id))
            self._forget(name)
            await self._say(b'{"id":%b,"type":"complete"}' % orjson.dumps(name))
        except (Gone, Closing):
            raise
        except AccessEnded as ended:
            raise Closing(4403, ended.message) from None
        except Unreadable as unreadable:
            await self._refuse(name, [unreadable.error])
        except Exception:
            logger.exception("an operation failed")
            await self._refuse(name, [problem("INTERNAL_SERVER_ERROR", "Something went wrong.")])
        finally:
            self._forget(name)

    async def _follow(self, name: str, stream: Stream) -> None:
        async def viewer_now() -> Viewer:
            return (await self._who_now()).viewer

        assert self._viewer is not None  # noqa: S101 - only who has begun subscribes
        hub: Hub = self._state["hub"]
        try:
            while (result := await next_result(stream, self._viewer, viewer_now)) is not None:
                if result:  # while there is none, the server's own pings keep the connection
                    await self._next(name, result)
        finally:
            hub.leave(stream)

    async def _who_now(self) -> Caller:
        try:
            who = await caller(self._scope, self._headers)
        except Unreadable:
            raise AccessEnded from None
        if who.viewer != self._viewer:
            raise AccessEnded
        return who

    def _forget(self, name: str) -> None:
        """Let the name of this very operation be used again."""
        if self._operations.get(name) is asyncio.current_task():
            del self._operations[name]

    async def _next(self, name: str, result: bytes) -> None:
        await self._say(b'{"id":%b,"type":"next","payload":%b}' % (orjson.dumps(name), result))

    async def _refuse(self, name: str, errors: list[dict[str, Any]]) -> None:
        self._forget(name)
        text = errors_text(errors, self._request_id)
        await self._say(b'{"id":%b,"type":"error","payload":%b}' % (orjson.dumps(name), text))

    async def _say(self, text: bytes) -> None:
        try:
            await self._send({"type": "websocket.send", "text": text.decode()})
        except (OSError, RuntimeError):  # the client is gone, or the server has closed the connection
            raise Gone from None


def _id(message: dict[str, Any]) -> str:
    found = message.get("id")
    if not isinstance(found, str) or not 0 < len(found) <= LONGEST_ID:
        raise Closing(4400, f"id must be text of 1 to {LONGEST_ID} characters.")
    return found


def _object(message: dict[str, Any], field: str) -> dict[str, Any] | None:
    found = message.get(field)
    if found is not None and not isinstance(found, dict):
        raise Closing(4400, f"{field} must be an object.")
    return found


def _why(group: BaseExceptionGroup[BaseException]) -> Closing | None:
    """How a socket is to be closed of which several parts may have failed."""
    gone, rest = group.split(Gone)
    if rest is None:
        return None
    told, faults = rest.split(Closing)
    if faults is not None:
        logger.error("a socket failed", exc_info=faults)
        return Closing(4500, "Something went wrong.")
    first = told.exceptions[0] if told is not None else None
    return first if isinstance(first, Closing) and gone is None else None


def _close(closing: Closing) -> dict[str, Any]:
    reason = closing.reason.encode()[:LONGEST_REASON].decode(errors="ignore")
    return {"type": "websocket.close", "code": closing.code, "reason": reason}
