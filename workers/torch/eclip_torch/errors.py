"""Failures that become one-line answers."""

from __future__ import annotations


class WorkerError(Exception):
    """A request that failed; `code` is one of docs/protocol.md's error codes."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class ModelError(WorkerError):
    """A model that cannot be loaded; the message is one line for the user."""

    def __init__(self, message: str) -> None:
        super().__init__("model-load", message)


class UnknownModelError(WorkerError):
    """A name or file that is not that of a model; the message is one line for the user."""

    def __init__(self, message: str) -> None:
        super().__init__("unknown-model", message)


MODEL_ERRORS = (Exception, SystemExit)
"""Exceptions that a model's code may raise. A model that calls `sys.exit` must not end its thread or the process."""


def one_line(error: BaseException) -> str:
    """The first line of an error's text, or its type."""
    if isinstance(error, SystemExit):
        return f"SystemExit: {error.code}"
    text = str(error).strip().splitlines()
    return text[0][:300] if text else type(error).__name__


STICKY_CUDA_CODES = {700, 702, 704, 710, 714, 715, 716, 717, 718, 719, 805, 806, 810}
"""CUresults after which the process cannot run anything any more."""

STICKY_PHRASES = (
    "illegal memory access",
    "device-side assert",
    "unspecified launch failure",
    "misaligned address",
    "MPS client",
    "MPS RPC",
)


def is_sticky(error: BaseException) -> bool:
    """Whether the error leaves the CUDA context unusable.

    Only the first line counts, because the hints that PyTorch adds below it always mention device-side assertions.
    """
    if getattr(error, "code", None) in STICKY_CUDA_CODES:
        return True
    return any(phrase in one_line(error) for phrase in STICKY_PHRASES)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether the GPU or the host ran out of memory, whichever library reports it."""
    if isinstance(error, MemoryError) or getattr(error, "code", None) == 2:
        return True
    if isinstance(error, OSError) and error.errno in (12, 28):
        return True
    text = str(error)
    return "out of memory" in text or "can't allocate memory" in text or "not enough memory" in text


def as_worker_error(error: BaseException) -> WorkerError:
    """The error to answer with, whatever exception was raised."""
    if isinstance(error, WorkerError):
        return error
    if is_out_of_memory(error):
        return WorkerError("out-of-memory", f"out of memory: {one_line(error)}")
    if type(error).__name__ in ("DriverError", "AcceleratorError") or "CUDA error" in str(error):
        return WorkerError("device", one_line(error))
    kind, text = type(error).__name__, one_line(error)
    return WorkerError("internal", text if text.startswith(kind) else f"{kind}: {text}")
