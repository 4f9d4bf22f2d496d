"""Inputs read from files of the client, and outputs written there."""

from __future__ import annotations

import os
import resource
import struct
import tempfile
import unittest
from typing import Any

from eclip_torch import PROTOCOL
from eclip_torch.client import Refused, Worker, read_tensor, write_tensor
from eclip_torch.errors import WorkerError
from eclip_torch.files import ClientFiles, FilePart

from .needs import needs_torch

ROW = 16
"""Bytes of a row of `tests.tiny:affine`: four numbers."""


def file_of(test: unittest.TestCase, content: bytes) -> int:
    """A descriptor of a file without a name."""
    file = tempfile.TemporaryFile()
    test.addCleanup(file.close)
    file.write(content)
    file.flush()
    return file.fileno()


def numbers(*values: float) -> bytes:
    return struct.pack(f"<{len(values)}f", *values)


class ClientFilesTest(unittest.TestCase):
    files = ClientFiles(os.getpid())

    def test_a_part_is_read_and_written_where_it_lies(self) -> None:
        file = file_of(self, b"0123456789")
        memory = bytearray(b"abcdef")
        self.assertTrue(self.files.fill(FilePart(file, 3, memoryview(memory)[1:5])))
        self.assertEqual(memory, b"a3456f")
        self.assertTrue(self.files.store(FilePart(file, 7, memoryview(b"xyz"))))
        self.assertEqual(os.pread(file, 99, 0), b"0123456xyz")
        for position in (0, 10, 99):
            self.assertTrue(self.files.fill(FilePart(file, position, memoryview(bytearray()))))
            self.assertTrue(self.files.store(FilePart(file, position, memoryview(b""))))

    def test_what_a_short_file_does_not_have_is_zeros(self) -> None:
        for position, filled in ((8, b"89\0\0"), (10, b"\0\0\0\0"), (1 << 53, b"\0\0\0\0")):
            memory = bytearray(b"abcd")
            part = FilePart(file_of(self, b"0123456789"), position, memoryview(memory))
            self.assertFalse(self.files.fill(part))
            self.assertEqual(memory, filled)

    def test_a_short_file_does_not_grow(self) -> None:
        for position in (7, 10, 99):
            file = file_of(self, b"0123456789")
            self.assertFalse(self.files.store(FilePart(file, position, memoryview(b"abcd"))))
            self.assertEqual(os.pread(file, 99, 0), b"0123456789")

    def test_without_room_a_part_is_not_written(self) -> None:
        file = file_of(self, b"")
        os.ftruncate(file, 8192)
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        # A file that may not grow takes a part of the bytes, as memory does that is full.
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
        try:
            self.assertFalse(self.files.store(FilePart(file, 0, memoryview(bytes(8192)))))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    def test_the_worker_says_whether_it_may_open_files(self) -> None:
        self.assertTrue(self.files.are_open)
        self.assertFalse(ClientFiles(0).are_open)

    def test_nothing_stays_open_and_what_is_not_open_is_an_error(self) -> None:
        before = len(os.listdir("/proc/self/fd"))
        file = os.open("/dev/shm", os.O_TMPFILE | os.O_RDWR)
        os.write(file, b"0123")
        self.files.fill(FilePart(file, 0, memoryview(bytearray(9))))
        self.files.store(FilePart(file, 0, memoryview(bytes(9))))
        os.close(file)
        self.assertEqual(len(os.listdir("/proc/self/fd")), before)
        with self.assertRaisesRegex(WorkerError, rf"^/proc/{os.getpid()}/fd/{file} cannot be opened: No such file"):
            self.files.fill(FilePart(file, 0, memoryview(bytearray(1))))


@needs_torch
class InferTest(unittest.TestCase):
    worker: Worker
    slot: dict[str, Any]

    @classmethod
    def setUpClass(cls) -> None:
        cls.worker = Worker()
        loaded = cls.worker.call("load", worker="w", model="tests.tiny:affine", batches=[4])
        cls.slot = loaded["batches"][0]["slots"][0]

    @classmethod
    def tearDownClass(cls) -> None:
        cls.worker.close()

    def test_files_are_open_to_it(self) -> None:
        self.assertIs(self.worker.call("hello", protocol=PROTOCOL)["files"], True)

    def infer(self, *files: dict[str, int]) -> dict[str, Any]:
        return self.worker.call("infer", worker="w", batch=4, files=list(files))

    def test_the_rows_of_a_batch_come_from_several_files_and_the_slot(self) -> None:
        first = file_of(self, b"skip" + numbers(1, 2, 3, 4))
        second = file_of(self, numbers(9, 9, 9, 9, 10, 20, 30, 40, 50, 60, 70, 80))
        result = file_of(self, bytes(3 * ROW))
        write_tensor(self.slot, "inputs", numbers(*[0.5] * 16))
        answer = self.infer(
            {"file": second, "position": ROW, "input": 0, "offset": 2 * ROW, "bytes": 2 * ROW},
            {"file": first, "position": 4, "input": 0, "offset": 0, "bytes": ROW},
            {"file": result, "position": ROW, "output": 0, "offset": 2 * ROW, "bytes": 2 * ROW},
        )
        self.assertNotIn("missed", answer)
        for key in ("inputMs", "computeMs", "outputMs"):
            self.assertGreaterEqual(answer[key], 0)
        outputs = numbers(3, 5, 7, 9, 2, 2, 2, 2, 21, 41, 61, 81, 101, 121, 141, 161)
        self.assertEqual(read_tensor(self.slot, "outputs"), outputs)
        self.assertEqual(os.pread(result, 99, 0), bytes(ROW) + outputs[2 * ROW :])

    def test_files_that_were_cut_short_are_named_and_the_others_served(self) -> None:
        whole, short = file_of(self, numbers(1, 2, 3, 4)), file_of(self, b"short")
        result = file_of(self, bytes(ROW))
        write_tensor(self.slot, "inputs", numbers(*[0.5] * 16))
        answer = self.infer(
            {"file": short, "position": 0, "output": 0, "offset": 0, "bytes": ROW},
            {"file": whole, "position": 0, "input": 0, "offset": 0, "bytes": ROW},
            {"file": short, "position": 8, "input": 0, "offset": ROW, "bytes": ROW},
            {"file": result, "position": 0, "output": 0, "offset": 0, "bytes": ROW},
        )
        self.assertEqual(sorted(answer["missed"]), [0, 2])
        self.assertEqual(os.pread(result, 99, 0), numbers(3, 5, 7, 9))
        self.assertEqual(os.pread(short, 99, 0), b"short")
        # Nobody is to see what lay in the slot before.
        self.assertEqual(read_tensor(self.slot, "outputs")[ROW : 2 * ROW], numbers(1, 1, 1, 1))

    def test_parts_that_no_tensor_or_process_has_are_refused(self) -> None:
        part = {"file": file_of(self, bytes(64)), "position": 0, "input": 0, "offset": 0, "bytes": ROW}
        for change, code in (
            ({"input": 1}, "bad-argument"),
            ({"input": None}, "bad-argument"),
            ({"input": None, "output": 1}, "bad-argument"),
            ({"offset": 4 * ROW, "bytes": 1}, "bad-argument"),
            ({"offset": -1}, "bad-argument"),
            ({"bytes": 4 * ROW + 1}, "bad-argument"),
            ({"position": -1}, "bad-argument"),
            ({"file": -1}, "bad-argument"),
            ({"file": "/etc/passwd"}, "bad-argument"),
            ({"file": 1 << 20}, "bad-tensor"),
        ):
            with self.subTest(change), self.assertRaises(Refused) as caught:
                self.infer({**part, **change})
            self.assertEqual(caught.exception.code, code, caught.exception.message)
        self.assertNotIn("missed", self.infer())


if __name__ == "__main__":
    unittest.main()
