"""The errors of morphlapse.

Each message gives the value, the place and the remedy, in one line. The second base class lets callers who know
nothing of morphlapse catch what they expect (a missing file is an `OSError`, a bad option a `ValueError`).
"""


class MorphlapseError(Exception):
    """Whatever morphlapse raises on purpose; the command line shows it as one line and exits with 1."""


class PhotoError(MorphlapseError, OSError):
    """A photo, or a folder of photos, cannot be read."""


class BackendMissing(MorphlapseError, ImportError):
    """An optional library or its model is not installed; the message gives the command that installs it."""


class OptionError(MorphlapseError, ValueError):
    """An option or an argument has a value that cannot be used."""


class AlignmentError(MorphlapseError, RuntimeError):
    """Two pictures, or a series, cannot be brought into register."""


class EncodeError(MorphlapseError, OSError):
    """A film or a picture cannot be written."""
