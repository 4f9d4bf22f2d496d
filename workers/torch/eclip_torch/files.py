"""Tensors that the client keeps in files of its own: read into a slot and written out of it.

They are never mapped: a file that its owner cuts short would end a process that has it mapped, while a read only comes
out shorter.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass

from .errors import WorkerError

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

LEAST_PIECE_BYTES = 1 << 19
"""Fewer are moved sooner than another thread is awake: the file system moves some 5 GB/s on a thread."""
MOST_HELPERS = 3
CORES_PER_HELPER = 4
"""Threads that have to wait for a core help nobody, and a server has several of these processes."""


@dataclass(frozen=True)
class FilePart:
    """A part of a file, and the part of a slot that belongs there."""

    descriptor: int
    """Of the client's process."""
    position: int
    memory: memoryview

    @property
    def end(self) -> int:
        return self.position + len(self.memory)

    def piece(self, offset: int, length: int) -> FilePart:
        return FilePart(self.descriptor, self.position + offset, self.memory[offset : offset + length])


class ClientFiles:
    """The files that the client has open. Each is opened for one part: the client may close it after the request."""

    def __init__(self, client_pid: int, helpers: int | None = None) -> None:
        """`helpers`: threads that move pieces of large parts; if left out, as many as there are cores for."""
        self._folder = f"/proc/{client_pid}/fd"
        self._helpers = min(MOST_HELPERS, (os.cpu_count() or 1) // CORES_PER_HELPER) if helpers is None else helpers
        self._threads = ThreadPoolExecutor(max(1, self._helpers), "files")

    @property
    def are_open(self) -> bool:
        """Whether this process may open them: not those of a client that has privileges of its own."""
        return os.access(self._folder, os.R_OK | os.X_OK)

    def fill(self, part: FilePart) -> bool:
        """Reads a part into its slot. False if the file is too short; the rest is zeros then."""
        with self._opened(part.descriptor, os.O_RDONLY) as file:
            return self._by_pieces(part, lambda piece: read_piece(file, piece))

    def store(self, part: FilePart) -> bool:
        """Writes a part out of its slot. False if the file is too short, and stays so, or there is no memory left."""
        with self._opened(part.descriptor, os.O_RDWR) as file:
            if len(part.memory) > 0 and not os.pread(file, 1, part.end - 1):
                return False
            return self._by_pieces(part, lambda piece: write_piece(file, piece))

    def _by_pieces(self, part: FilePart, move: Callable[[FilePart], bool]) -> bool:
        """Moves a part, on several threads if it is large. Returns whether all of it was moved."""
        size = len(part.memory)
        count = min(1 + self._helpers, max(1, size // LEAST_PIECE_BYTES))
        length = -(-size // count)
        first, *rest = (part.piece(at, length) for at in range(0, max(1, size), max(1, length)))
        others = [self._threads.submit(move, piece) for piece in rest]
        try:
            is_moved = move(first)
        finally:
            # The file is closed next.
            wait(others)
        return all([is_moved, *(other.result() for other in others)])

    @contextmanager
    def _opened(self, descriptor: int, access: int) -> Iterator[int]:
        path = f"{self._folder}/{descriptor}"
        try:
            file = os.open(path, access | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise WorkerError("bad-tensor", f"{path} cannot be opened: {error.strerror}") from None
        try:
            yield file
        finally:
            os.close(file)


def read_piece(file: int, piece: FilePart) -> bool:
    left = piece.memory
    while len(left) > 0:
        count = os.preadv(file, [left], piece.end - len(left))
        if count == 0:
            # Nothing of the request before may be computed on in the name of this one.
            left[:] = bytes(len(left))
            return False
        left = left[count:]
    return True


def write_piece(file: int, piece: FilePart) -> bool:
    left = piece.memory
    try:
        while len(left) > 0:
            left = left[os.pwritev(file, [left], piece.end - len(left)) :]
    except OSError as error:
        if error.errno in NO_ROOM:
            return False
        raise
    return True
