"""Length-prefixed JSON frames over a stream socket (docs/protocol.md, Frames)."""

from __future__ import annotations

import json
import socket
import struct
import threading
from contextlib import suppress
from typing import Any

from .errors import WorkerError

MAX_FRAME_BYTES = 16 * 1024 * 1024

_ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False)
_PREFIX = struct.Struct("<I")
_PEER = struct.Struct("3i")
"""The process, user and group at the other end of a Unix socket, on Linux."""


class Truncated(Exception):
    """The connection ended inside a frame."""


class FrameTooLarge(WorkerError):
    """A frame above the limit, after which the stream cannot be resynchronised."""

    def __init__(self, length: int) -> None:
        super().__init__("frame-too-large", f"frame of {length} bytes, at most {MAX_FRAME_BYTES} are allowed")


class Connection:
    """One client. One thread reads its frames, and any thread may send them."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        # A frame takes two reads, which buffering turns into one system call.
        self._incoming = connected.makefile("rb")
        self._sending = threading.Lock()

    @property
    def peer(self) -> int:
        """The id of the client's process."""
        pid: int = _PEER.unpack(self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))[0]
        return pid

    def receive(self) -> bytes | None:
        """The next frame's body; None if the client closed the connection between frames.

        Raises Truncated and FrameTooLarge.
        """
        prefix = self._read(_PREFIX.size, at_boundary=True)
        if prefix is None:
            return None
        (length,) = _PREFIX.unpack(prefix)
        if length > MAX_FRAME_BYTES:
            raise FrameTooLarge(length)
        return self._read(length, at_boundary=False)

    def send(self, message: dict[str, Any]) -> None:
        """Sends one frame. A client that is gone is not an error here, because the reader notices it."""
        body = _ENCODER.encode(message).encode()
        if len(body) > MAX_FRAME_BYTES:
            error = {"code": "bad-argument", "message": f"the answer has {len(body)} bytes, too many for a frame"}
            body = json.dumps({"id": message.get("id"), "ok": False, "error": error}).encode()
        with self._sending:
            try:
                self._socket.sendall(_PREFIX.pack(len(body)) + body)
            except OSError:
                self.stop_receiving()

    def stop_receiving(self) -> None:
        """Makes a blocked `receive` return None."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RD)

    def close(self) -> None:
        self._incoming.close()
        self._socket.close()

    def _read(self, length: int, at_boundary: bool) -> bytes | None:
        try:
            data = self._incoming.read(length)
        except ConnectionError:
            data = b""
        if len(data) == length:
            return data
        if at_boundary and not data:
            return None
        raise Truncated


def parse(body: bytes) -> dict[str, Any]:
    """The object in a frame. Raises WorkerError bad-message."""
    try:
        message = json.loads(body)
    # A ValueError means that it is not JSON, not UTF-8, or has an integer with more digits than Python converts.
    except (ValueError, RecursionError) as error:
        raise WorkerError("bad-message", f"not JSON: {str(error)[:200]}") from None
    if not isinstance(message, dict):
        raise WorkerError("bad-message", f"expected an object, found {type(message).__name__}")
    return message
