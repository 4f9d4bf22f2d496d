"""The worker process: `python3 -m eclip_torch.worker --socket PATH`. docs/protocol.md describes its protocol."""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

from . import PROTOCOL
from .errors import one_line

# Set before anything uses CUDA: with the default of 8 hardware queues, workers would fall into lockstep.
os.environ.setdefault("CUDA_DEVICE_MAX_CONNECTIONS", "32")

DEFAULT_TENSOR_LIMIT = 1 << 30
DEVICES = ("auto", "cuda", "rocm", "cpu")
MOST_SECONDS = 86_400.0
BAD_USAGE = 2
PR_SET_PDEATHSIG = 1


class Stopped(SystemExit):
    """A signal has asked the process to end."""


def main(arguments: list[str] | None = None) -> int:
    options = read_options(arguments)
    stop_on_signals()
    die_with_parent(os.getppid(), signal.SIGTERM)
    try:
        listener = listen(options.socket)
    except OSError as error:
        return fail(f"{options.socket}: {error.strerror or error}")
    with removed_at_end(options.socket), listener:
        return say_ready() or serve(listener, options)


def say_ready() -> int:
    """Tells the process that started the worker that it is listening. Returns exit code 0 if that succeeded."""
    try:
        print(json.dumps({"ready": True, "protocol": PROTOCOL, "pid": os.getpid()}), flush=True)
    except OSError as error:
        return fail(f"stdout: {error.strerror or error}")
    return 0


def serve(listener: socket.socket, options: Any) -> int:
    """Accepts one client and serves it to its end."""
    listener.settimeout(options.accept_timeout)
    try:
        connected, _ = listener.accept()
    except TimeoutError:
        return fail(f"no client within {options.accept_timeout:g} s")
    connected.settimeout(None)
    # The slow and fallible imports come last, so that a failure gives an error line instead of a dead socket.
    try:
        from .commands import Commands
        from .devices import open_device
        from .files import ClientFiles
        from .frames import Connection
        from .session import Session
        from .shared import SharedMemory

        device = open_device(options.device, options.results_checked)
    except Exception as error:
        connected.close()
        return fail(f"{type(error).__name__}: {one_line(error)}")
    connection = Connection(connected)
    memory = SharedMemory(options.tensor_limit, pin=device.pin)
    commands = Commands(device, memory, ClientFiles(connection.peer), options.allow_code)
    session = Session(connection, commands)
    try:
        return session.serve()
    finally:
        commands.close()
        session.finish()
        connection.close()


class Options(argparse.ArgumentParser):
    """Reports mistakes in the options in one line."""

    def error(self, message: str) -> NoReturn:
        raise Stopped(fail(message, BAD_USAGE))


def seconds(text: str) -> float:
    """A time to wait, in s. Raises ValueError, as argparse expects."""
    value = float(text)
    if not 0 < value <= MOST_SECONDS:
        raise ValueError
    return value


def byte_count(text: str) -> int:
    """A number of bytes above 0. Raises ValueError, as argparse expects."""
    value = int(text)
    if value < 1:
        raise ValueError
    return value


def read_options(arguments: list[str] | None) -> Any:
    parser = Options(prog="eclip_torch.worker", description=__doc__)
    parser.add_argument("--socket", type=Path, required=True)
    parser.add_argument("--device", choices=DEVICES, default="auto")
    parser.add_argument("--tensor-limit", type=byte_count, default=DEFAULT_TENSOR_LIMIT, metavar="BYTES")
    parser.add_argument("--accept-timeout", type=seconds, default=60.0, metavar="SECONDS")
    parser.add_argument("--allow-code", action="store_true", help="load models that run code or read files, too")
    parser.add_argument(
        "--results-checked", action="store_true", help="another process checks what libraries compute under this share"
    )
    return parser.parse_args(arguments)


def listen(path: Path) -> socket.socket:
    """Makes a Unix socket to which only this user can connect."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o177)
    try:
        listener.bind(str(path))
    except OSError:
        listener.close()
        raise
    finally:
        os.umask(mask)
    listener.listen(1)
    return listener


@contextmanager
def removed_at_end(path: Path) -> Iterator[None]:
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def stop_on_signals() -> None:
    """Makes the first SIGTERM, SIGINT or SIGHUP end the process through its clean-up, which others do not cut short."""
    is_stopped = False

    def stop(number: int, _: Any) -> None:
        nonlocal is_stopped
        if not is_stopped:
            is_stopped = True
            raise Stopped(128 + number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, stop)


def die_with_parent(parent: int, number: signal.Signals) -> None:
    """Makes Linux send a signal when the parent dies, even while a long command runs."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
    if os.getppid() != parent:
        raise Stopped(1)


def fail(text: str, code: int = 1) -> int:
    """Prints in one line what is wrong, if anybody listens, and returns the exit code."""
    with suppress(OSError, AttributeError):
        print(f"eclip_torch: {text}", file=sys.stderr, flush=True)
    return code


def end_with(work: Callable[[], int]) -> NoReturn:
    """Ends the process with the exit code of its work, which has cleaned up behind itself."""
    code = 1
    try:
        code = work()
    except SystemExit as ending:
        code = int(ending.code or 0)
    except BaseException:
        traceback.print_exc()
    finally:
        # A thread that is stuck in the driver must not keep the process alive.
        os._exit(code)


if __name__ == "__main__":
    end_with(main)
