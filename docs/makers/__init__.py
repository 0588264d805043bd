"""What of the site is made when it is built: the options, the API, the pictures, the gallery and the notebooks."""

from pathlib import Path


def write_page(path: Path, text: str) -> None:
    """Write a page, unless it says so already: what has not changed is not built anew."""
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
