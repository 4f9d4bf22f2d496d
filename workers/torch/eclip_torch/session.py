"""One client's session: reads frames, sends answers, and decides what runs on which thread."""

from __future__ import annotations

import queue
import sys
import threading
from contextlib import suppress
from typing import Any

from .commands import Commands, Reply
from .errors import WorkerError, as_worker_error, is_sticky, one_line
from .frames import Connection, FrameTooLarge, Truncated, parse

JOIN_TIMEOUT_S = 5.0
MOST_WAITING = 1024
"""The most commands that may wait for the management thread. Further ones are refused."""

Request = tuple[Any, dict[str, Any]]


class Session:
    """One thread reads a client's requests, and runs those of a sole worker. Another thread runs management commands.

    The main thread waits for both, so that a signal ends the process whatever they are doing.
    """

    def __init__(self, connection: Connection, commands: Commands) -> None:
        self._connection = connection
        self._commands = commands
        self._requests: queue.Queue[Request | None] = queue.Queue()
        self._manager = threading.Thread(target=self._manage, name="manager", daemon=True)
        self._reader = threading.Thread(target=self._read, name="reader", daemon=True)
        self._exit_code = 0

    def serve(self) -> int:
        """Serves until shutdown, end of the connection or a fatal error. Returns the exit code."""
        self._manager.start()
        self._reader.start()
        self._reader.join()
        return self._exit_code

    def _read(self) -> None:
        try:
            self._commands.enter_thread()
            self._exit_code = self._take_all() or self._exit_code
        except BaseException as error:
            self._fatal(error)

    def _take_all(self) -> int:
        while True:
            try:
                body = self._connection.receive()
            except Truncated:
                complain("the client closed the connection inside a frame")
                return 1
            except FrameTooLarge as error:
                self._refuse(None, error)
                complain(str(error))
                return 1
            if body is None:
                return 0
            self._take(body)

    def finish(self) -> None:
        """Stops both threads, unless they stay busy for long."""
        self._connection.stop_receiving()
        self._requests.put(None)
        for thread in (self._reader, self._manager):
            if thread.is_alive():
                thread.join(JOIN_TIMEOUT_S)

    def _take(self, body: bytes) -> None:
        identifier: Any = None
        try:
            message = parse(body)
            identifier = message.get("id")
            if isinstance(identifier, bool) or not isinstance(identifier, int):
                identifier = None
                raise WorkerError("bad-message", "id: expected an integer")
            command = message.get("command")
            if not isinstance(command, str):
                raise WorkerError("bad-message", "command: expected a text")
            if command == "infer":
                self._commands.infer(message, self._reply_to(identifier))
            elif self._requests.qsize() >= MOST_WAITING:
                raise WorkerError("busy", f"{MOST_WAITING} commands wait already")
            else:
                self._requests.put((identifier, message))
        except WorkerError as error:
            self._refuse(identifier, error)

    def _manage(self) -> None:
        try:
            self._commands.enter_thread()
            while (request := self._requests.get()) is not None:
                self._answer(*request)
        except BaseException as error:
            self._fatal(error)

    def _answer(self, identifier: int, message: dict[str, Any]) -> None:
        reply = self._reply_to(identifier)
        try:
            answer = self._commands.run(message)
        except BaseException as error:
            reply(error)
            return
        reply(answer)
        if message["command"] == "shutdown":
            self._connection.stop_receiving()

    def _reply_to(self, identifier: int) -> Reply:
        def reply(outcome: dict[str, Any] | BaseException) -> None:
            if isinstance(outcome, BaseException):
                self._refuse(identifier, as_worker_error(outcome))
                if is_sticky(outcome):
                    self._fatal(outcome)
            else:
                self._connection.send({"id": identifier, "ok": True, **outcome})

        return reply

    def _refuse(self, identifier: int | None, error: WorkerError) -> None:
        body = {"code": error.code, "message": one_line(error)}
        self._connection.send({"id": identifier, "ok": False, "error": body})

    def _fatal(self, error: BaseException) -> None:
        complain(f"the worker cannot go on: {one_line(error)}")
        self._exit_code = 1
        self._connection.stop_receiving()


def complain(text: str) -> None:
    """Prints one line on stderr, if anybody listens."""
    with suppress(OSError, AttributeError):
        print(f"eclip_torch: {text}", file=sys.stderr, flush=True)
