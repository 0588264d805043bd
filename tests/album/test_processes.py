import sys
import time

import pytest

from morphlapse.album.processes import Reader, Readers, ReaderStoppedError, parse_answer


def play(script: str) -> Readers:
    """Readers that do something else instead."""
    return Readers((sys.executable, "-c", script))


def test_a_decoder_that_hangs_is_stopped() -> None:
    readers = play("import time; time.sleep(1000)")
    begun = time.monotonic()
    with pytest.raises(ReaderStoppedError, match="took more than 0 seconds and was stopped"):
        readers.ask({}, 0.3)
    assert time.monotonic() - begun < 60.0
    assert readers.idle == ()


@pytest.mark.parametrize(
    "said",
    [
        "no json",
        "[1]",
        "{}",
        '{"bytes": "many"}',
        '{"bytes": 0, "more": 1}',
        '{"bytes": 0, "reason": ["x"]}',
    ],
)
def test_what_a_reader_says_is_not_believed_unseen(said: str) -> None:
    with pytest.raises(ReaderStoppedError, match="astray"):
        parse_answer(said.encode())


def test_a_reader_cannot_fill_the_memory() -> None:
    script = "from morphlapse.album.reader import *; limit_memory(0); bytearray(8 * BASE_BYTES); print('filled')"
    reader = Reader((sys.executable, "-c", script))
    with pytest.raises(ReaderStoppedError, match="code 1"):
        reader.ask({}, 60.0)
    reader.close()
