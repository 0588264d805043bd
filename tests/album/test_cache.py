"""A cache gives back what it was given, or nothing; it harms nobody."""

import os
import threading
from pathlib import Path

import pytest

from morphlapse.album.cache import Cache
from morphlapse.album.packing import name_of

KEYS = [name_of(k) for k in range(20)]


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "kept", 10**6)


def files_of(cache):
    return [path for path in cache.folder.rglob("*") if path.is_file() and path.name != "CACHEDIR.TAG"]


def test_an_entry_is_given_back(cache):
    assert cache.get("maps", KEYS[0]) is None
    cache.put("maps", KEYS[0], b"found")
    assert cache.get("maps", KEYS[0]) == b"found"
    assert cache.get("other", KEYS[0]) is None
    assert Cache(cache.folder, 10**6).get("maps", KEYS[0]) == b"found"


@pytest.mark.parametrize("harm", [lambda b: b[:-1], lambda b: b[:0], lambda b: b[:3], lambda b: b[:-1] + b"?"])
def test_a_damaged_entry_is_none_and_goes(cache, harm):
    cache.put("maps", KEYS[0], b"found")
    path = files_of(cache)[0]
    path.write_bytes(harm(path.read_bytes()))
    assert cache.get("maps", KEYS[0]) is None
    assert not path.exists()
    cache.put("maps", KEYS[0], b"found again")
    assert cache.get("maps", KEYS[0]) == b"found again"


def test_what_was_not_used_for_longest_goes_first(tmp_path):
    cache = Cache(tmp_path, 1000)
    for age, key in enumerate(KEYS[:8]):
        cache.put("maps", key, bytes(100))
        os.utime(tmp_path / "maps" / key[:2] / key, (1000.0 + age, 1000.0 + age))
    assert cache.get("maps", KEYS[0]) is not None
    cache.put("maps", KEYS[8], bytes(100))
    there = [key for key in KEYS[:9] if (tmp_path / "maps" / key[:2] / key).exists()]
    assert there == [KEYS[0], *KEYS[4:9]]
    assert sum(entry.size for entry in cache.entries()) <= 800


def test_only_entries_are_cleared(cache):
    cache.put("maps", KEYS[0], b"found")
    own = cache.folder / "holiday.jpg"
    own.touch()
    inside = cache.folder / "maps" / "ab" / "letter.txt"
    inside.parent.mkdir(exist_ok=True)
    inside.touch()
    assert cache.clear() == 21
    assert [path.name for path in files_of(cache)] in (["holiday.jpg", "letter.txt"], ["letter.txt", "holiday.jpg"])


def test_nobody_else_may_look_into_it(cache):
    cache.put("maps", KEYS[0], b"found")
    assert cache.folder.stat().st_mode & 0o077 == 0
    assert (cache.folder / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55")


def test_a_folder_that_cannot_be_made_is_told_once_and_does_no_harm(tmp_path):
    (tmp_path / "file").touch()
    cache = Cache(tmp_path / "file" / "kept", 10**6)
    cache.put("maps", KEYS[0], b"found")
    said = cache.trouble
    assert said is not None
    assert str(cache.folder) in said
    cache.put("maps", KEYS[1], b"found")
    assert cache.trouble == said
    assert cache.get("maps", KEYS[0]) is None
    assert cache.entries() == []
    assert cache.clear() == 0


def test_a_full_disk_leaves_what_was_kept(cache, monkeypatch):
    cache.put("maps", KEYS[0], b"found")

    def fail(self, content):
        with self.open("wb") as file:
            file.write(content[:5])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", fail)
    cache.put("maps", KEYS[1], b"more")
    assert cache.trouble is not None
    assert "no space left" in cache.trouble
    assert cache.get("maps", KEYS[0]) == b"found"
    assert cache.get("maps", KEYS[1]) is None
    assert len(files_of(cache)) == 1


def test_several_runs_share_a_folder(tmp_path):
    wrong = []

    def work(seed):
        cache = Cache(tmp_path, 5000)
        for turn in range(60):
            key = KEYS[(seed * 7 + turn) % len(KEYS)]
            found = cache.get("maps", key)
            if found not in (None, key.encode() * 10):
                wrong.append(key)
            cache.put("maps", key, key.encode() * 10)
        wrong.extend([] if cache.trouble is None else [cache.trouble])

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
