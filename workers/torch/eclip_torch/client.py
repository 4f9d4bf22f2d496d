"""A worker process and a client for it, both in Python, for tests and for the checks on a GPU."""

from __future__ import annotations

import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import SHARED_MEMORY

ROOT = Path(__file__).resolve().parent.parent


class Refused(Exception):
    """An answer with `ok: false`."""

    def __init__(self, error: dict[str, str]) -> None:
        super().__init__(f"{error['code']}: {error['message']}")
        self.code = error["code"]
        self.message = error["message"]


class Client:
    """A connection to a worker process."""

    def __init__(self, path: Path, timeout_s: float = 60.0) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(timeout_s)
        self.socket.connect(str(path))
        self._next = 0

    def send(self, command: str, **values: Any) -> int:
        """Sends a request and returns its id."""
        self._next += 1
        self.send_raw(json.dumps({"id": self._next, "command": command, **values}).encode())
        return self._next

    def send_raw(self, body: bytes) -> None:
        self.socket.sendall(struct.pack("<I", len(body)) + body)

    def receive(self) -> dict[str, Any]:
        """The next answer. Raises EOFError when the worker is gone."""
        (length,) = struct.unpack("<I", self._read(4))
        answer = json.loads(self._read(length))
        assert isinstance(answer, dict)
        return answer

    def call(self, command: str, **values: Any) -> dict[str, Any]:
        """One request and its answer. Raises Refused."""
        identifier = self.send(command, **values)
        answer = self.receive()
        assert answer["id"] == identifier, answer
        if not answer["ok"]:
            raise Refused(answer["error"])
        return answer

    def _read(self, length: int) -> bytes:
        data = b""
        while len(data) < length:
            chunk = self.socket.recv(length - len(data))
            if not chunk:
                raise EOFError("the worker closed the connection")
            data += chunk
        return data


class Worker(Client):
    """A worker process with one connected client. A context manager that ends it."""

    def __init__(
        self,
        *options: str,
        device: str = "cpu",
        timeout_s: float = 60.0,
        permissions: Sequence[str] = ("--allow-code",),
    ) -> None:
        self._timeout_s = timeout_s
        self._directory = tempfile.TemporaryDirectory()
        self.path = Path(self._directory.name) / "worker.sock"
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "eclip_torch.worker",
                "--socket",
                str(self.path),
                "--device",
                device,
                *permissions,
                *options,
            ],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.ready = json.loads(self.process.stdout.readline())
        super().__init__(self.path, timeout_s)

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the process and removes what a killed process left behind."""
        self.socket.close()
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(self._timeout_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for path in self.left_behind():
            path.unlink(missing_ok=True)
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()
        self._directory.cleanup()

    def wait(self) -> tuple[int, str]:
        """The exit code and everything on stderr."""
        assert self.process.stderr is not None
        code = self.process.wait(self._timeout_s)
        return code, self.process.stderr.read()

    def left_behind(self) -> list[Path]:
        """Shared memory and sockets that still exist."""
        shared = list(SHARED_MEMORY.glob(f"eclip-{self.process.pid}-*"))
        return shared + ([self.path] if self.path.exists() else [])


def write_tensor(slot: dict[str, Any], kind: str, data: bytes, index: int = 0) -> None:
    """Fills one tensor ("inputs" or "outputs") of a slot."""
    place = slot[kind][index]
    assert len(data) == place["bytes"]
    with (SHARED_MEMORY / slot["shm"]).open("r+b") as file:
        file.seek(place["offset"])
        file.write(data)


def read_tensor(slot: dict[str, Any], kind: str, index: int = 0) -> bytes:
    """The bytes of one tensor of a slot."""
    place = slot[kind][index]
    with (SHARED_MEMORY / slot["shm"]).open("rb") as file:
        file.seek(place["offset"])
        data: bytes = file.read(place["bytes"])
        return data
