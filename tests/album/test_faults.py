import pickle
from pathlib import Path

from morphlapse.album.faults import UnreadablePhotoError
from morphlapse.errors import MorphlapseError, PhotoError


def test_the_error_is_what_callers_expect() -> None:
    error = UnreadablePhotoError(Path("a.jpg"), "it is empty")
    assert isinstance(error, (PhotoError, MorphlapseError, OSError))
    assert str(error) == "a.jpg: it is empty"


def test_the_error_survives_the_way_from_another_process() -> None:
    error = pickle.loads(pickle.dumps(UnreadablePhotoError(Path("a.jpg"), "it is empty")))
    assert (error.path, error.reason) == (Path("a.jpg"), "it is empty")
