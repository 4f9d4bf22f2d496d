"""Forks workers from a process that has imported what they need: `python3 -m eclip_torch.fork_server MODEL...`.

docs/protocol.md describes the messages on its channel, descriptor 3. Threads and CUDA contexts do not survive a fork,
so this process starts no thread and never touches CUDA. It cannot keep a library from starting one.
"""

from __future__ import annotations

import importlib
import json
import os
import selectors
import signal
import socket
import sys
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import IO, Any, NoReturn

from . import SHARED_MEMORY
from .errors import one_line
from .worker import (
    BAD_USAGE,
    Stopped,
    die_with_parent,
    end_with,
    listen,
    read_options,
    removed_at_end,
    serve,
    stop_on_signals,
)

CHANNEL = 3
CHUNK_BYTES = 1 << 16
MOST_WORDS_BYTES = 4096
"""The end of what a worker says on stderr that is kept for its last line."""


def main() -> NoReturn:
    # A library's idle thread is no danger to a worker, and the warning would stand in its last words.
    warnings.filterwarnings("ignore", ".*use of fork\\(\\)", DeprecationWarning)
    # Until there is something to clean up, signals end the process at once. An exception could get lost in an import.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    die_with_parent(os.getppid(), signal.SIGTERM)
    import_libraries(sys.argv[1:])
    stop_on_signals()
    server = ForkServer(socket.socket(fileno=CHANNEL))
    try:
        server.serve()
    finally:
        server.close()


def import_libraries(models: Sequence[str]) -> None:
    """Imports what workers need for models. What cannot be imported fails again in a worker, which then says why."""
    # Without these, libraries ask CUDA whether there is a GPU, and start a thread for each core.
    os.environ.update(PYTORCH_NVML_BASED_CUDA_CHECK="1", OPENBLAS_NUM_THREADS="1")
    with suppress(Exception):
        importlib.import_module(f"{__package__}.session")
        from .models import Request
        from .sources import import_library

        for model in models:
            with suppress(Exception):
                import_library(Request(model).specification)


class ForkServer:
    """Forks a worker for each message that asks for one, and tells how each has ended."""

    def __init__(self, channel: socket.socket) -> None:
        self._pid = os.getpid()
        self._channel = channel
        self._unread = b""
        self._children: dict[int, Child] = {}
        self._selector = selectors.DefaultSelector()
        self._watch(channel, self._receive)

    def serve(self) -> NoReturn:
        """Serves until the client closes the channel or a signal comes, and then raises Stopped."""
        while True:
            for key, _ in self._selector.select():
                key.data()

    def close(self) -> None:
        """Ends the workers, whatever they are doing, and removes their shared memory."""
        # A signal may reach a fork before it has become a worker. The others are not its own.
        if os.getpid() != self._pid:
            return
        ignore_signals()
        for child in self._children.values():
            os.kill(child.pid, signal.SIGKILL)
        for child in self._children.values():
            os.waitpid(child.pid, 0)
            for path in SHARED_MEMORY.glob(f"eclip-{child.pid}-*"):
                path.unlink(missing_ok=True)

    def _watch(self, file: Any, call: Callable[[], None]) -> None:
        self._selector.register(file, selectors.EVENT_READ, call)

    def _receive(self) -> None:
        received = self._channel.recv(CHUNK_BYTES)
        if not received:
            ignore_signals()
            raise Stopped(0)
        *lines, self._unread = (self._unread + received).split(b"\n")
        for line in lines:
            self._take(json.loads(line))

    def _take(self, message: dict[str, Any]) -> None:
        identifier = message["id"]
        if "signal" in message:
            if identifier in self._children:
                os.kill(self._children[identifier].pid, signal.Signals[message["signal"]])
            return
        try:
            child = self._fork(message["arguments"], message["environment"])
        except OSError as error:
            self._send(identifier, error=one_line(error))
            return
        self._children[identifier] = child
        self._watch(child.stderr, lambda: self._listen_to(identifier))
        self._watch(child.handle, lambda: self._collect(identifier))
        self._send(identifier, pid=child.pid)

    def _fork(self, arguments: list[str], environment: dict[str, str]) -> Child:
        """Starts a worker whose socket takes connections at once. Raises OSError."""
        try:
            options = read_options(arguments)
        except Stopped as stopped:
            if stopped.code != BAD_USAGE:
                raise
            raise OSError("expected options of a worker") from None
        said, says = (open(end, mode, buffering=0) for end, mode in zip(os.pipe(), ("rb", "wb")))
        with listen(options.socket) as listener, says:
            pid = os.fork()
            if pid == 0:
                said.close()
                end_with(lambda: self._become_worker(options, listener, environment, says))
        try:
            return Child(pid, said)
        except OSError:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            said.close()
            raise

    def _become_worker(
        self, options: Any, listener: socket.socket, environment: dict[str, str], says: IO[bytes]
    ) -> int:
        """Gives up what is the server's, and serves like a worker that was started by itself."""
        with removed_at_end(options.socket), listener:
            die_with_parent(self._pid, signal.SIGKILL)
            os.dup2(says.fileno(), sys.stderr.fileno())
            says.close()
            for key in self._selector.get_map().values():
                os.close(key.fd)
            self._selector.close()
            os.environ.clear()
            os.environ.update(environment)
            return serve(listener, options)

    def _listen_to(self, identifier: int) -> None:
        child = self._children.get(identifier)
        if child is not None and not child.listen():
            self._selector.unregister(child.stderr)

    def _collect(self, identifier: int) -> None:
        child = self._children.pop(identifier)
        _, status = os.waitpid(child.pid, 0)
        code = os.waitstatus_to_exitcode(status)
        how = {"code": code} if code >= 0 else {"signal": signal_name(-code)}
        self._send(identifier, **how, lastWords=child.last_words())
        self._selector.unregister(child.handle)
        with suppress(KeyError):
            self._selector.unregister(child.stderr)
        child.close()

    def _send(self, identifier: int, **values: Any) -> None:
        self._channel.sendall(json.dumps({"id": identifier, **values}).encode() + b"\n")


def ignore_signals() -> None:
    """Lets nothing cut the clean-up short: the system sends a signal, too, when the client dies."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def signal_name(number: int) -> str:
    """The name of a signal, or its number if it has none, as a real-time one."""
    return signal.Signals(number).name if number in set(signal.Signals) else str(number)


class Child:
    """A worker process, and the end of what it says on stderr."""

    def __init__(self, pid: int, stderr: IO[bytes]) -> None:
        self.pid = pid
        self.stderr = stderr
        self.handle = os.pidfd_open(pid)
        self._said = b""
        os.set_blocking(stderr.fileno(), False)

    def listen(self) -> bool:
        """Takes what it has said since the last time. Returns whether that was anything."""
        said = self.stderr.read(CHUNK_BYTES) or b""
        self._said = (self._said + said)[-MOST_WORDS_BYTES:]
        return said != b""

    def last_words(self) -> str:
        """The last line that it has said."""
        while self.listen():
            pass
        lines = self._said.decode(errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")

    def close(self) -> None:
        os.close(self.handle)
        self.stderr.close()


if __name__ == "__main__":
    end_with(main)
