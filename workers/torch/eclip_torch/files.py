"""Tensors that the client keeps in its own files: they are read into a slot and written out of it.

The files are never mapped. If the owner truncated a file, a process that had it mapped would die, whereas a read only
returns less.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from .errors import WorkerError

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True)
class FilePart:
    """A part of a file, and the part of a slot that it belongs to."""

    descriptor: int
    """A descriptor of the client's process."""
    position: int
    memory: memoryview

    @property
    def end(self) -> int:
        return self.position + len(self.memory)


class ClientFiles:
    """The files that the client has open. Each is opened for one part, so the client may close it after the request."""

    def __init__(self, client_pid: int) -> None:
        self._folder = f"/proc/{client_pid}/fd"

    @property
    def are_open(self) -> bool:
        """Whether this process may open them. It may not if the client has privileges of its own."""
        return os.access(self._folder, os.R_OK | os.X_OK)

    def fill(self, part: FilePart) -> bool:
        """Reads a part into its slot. Returns False if the file is too short, in which case the rest is zeros."""
        with self._opened(part.descriptor, os.O_RDONLY) as file:
            left = part.memory
            while len(left) > 0:
                count = os.preadv(file, [left], part.end - len(left))
                if count == 0:
                    # Nothing of the previous request may be computed on in the name of this one.
                    left[:] = bytes(len(left))
                    return False
                left = left[count:]
        return True

    def store(self, part: FilePart) -> bool:
        """Writes a part from its slot. Returns False if the file is too short, and stays so, or if memory runs out."""
        with self._opened(part.descriptor, os.O_RDWR) as file:
            left = part.memory
            if len(left) > 0 and not os.pread(file, 1, part.end - 1):
                return False
            try:
                while len(left) > 0:
                    left = left[os.pwritev(file, [left], part.end - len(left)) :]
            except OSError as error:
                if error.errno in NO_ROOM:
                    return False
                raise
        return True

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
