import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from morphlapse.subjects.native_log import STDERR, hush_native_log

NOISE = (
    b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n",
    b"WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n",
    b"W0000 00:00:1795475496.371838    6866 inference_feedback_manager.cc:114] Feedback manager requires a model\n",
    b"I20251123 23:00:01.000000 12 gl_context.cc:357] GL version: 3.2\n",
)

SCRIPT = """
import skimage.data, torch
from morphlapse.subjects.registry import open_detector
with open_detector("mediapipe") as detector:
    image = torch.from_numpy(skimage.data.astronaut().copy()).permute(2, 0, 1) / 255.0
    assert len(detector.detect(image)) == 1
    assert detector.detect(torch.zeros(3, 40, 60)) == ()
"""


@pytest.mark.parametrize("line", NOISE)
def test_a_line_of_the_native_log_is_dropped(line: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    with hush_native_log():
        os.write(STDERR, line)
    assert capfd.readouterr().err == ""


def test_what_is_no_log_line_is_written_when_the_block_ends(capfd: pytest.CaptureFixture[str]) -> None:
    with hush_native_log():
        os.write(STDERR, b"half a line, " + NOISE[0] + NOISE[1] + b"disk full\n")
        during = capfd.readouterr().err
    assert during == ""
    assert capfd.readouterr().err == "half a line, disk full\n"


def test_the_stream_is_back_after_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="on purpose"), hush_native_log():
        raise ValueError("on purpose")
    os.write(STDERR, NOISE[0])
    assert capfd.readouterr().err == NOISE[0].decode()


def test_no_file_stays_open() -> None:
    before = len(list(Path("/dev/fd").iterdir()))
    for _ in range(3):
        with hush_native_log():
            pass
    assert len(list(Path("/dev/fd").iterdir())) == before


def test_blocks_of_several_threads_leave_the_stream_as_it_was(capfd: pytest.CaptureFixture[str]) -> None:
    def write_many() -> None:
        for _ in range(20):
            with hush_native_log():
                os.write(STDERR, NOISE[0] + b"kept\n")

    threads = [threading.Thread(target=write_many) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    os.write(STDERR, b"end\n")
    assert capfd.readouterr().err == "kept\n" * 80 + "end\n"


def test_opening_looking_and_closing_write_nothing() -> None:
    # On Python 3.12 the protobuf that MediaPipe needs warns of itself.
    strict = ["-W", "error", "-W", "ignore:Type google._upb:DeprecationWarning"]
    run = subprocess.run([sys.executable, *strict, "-c", SCRIPT], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
