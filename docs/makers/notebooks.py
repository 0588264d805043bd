"""The notebooks as pages: their words, their code, and what it printed and showed when the site was built."""

from __future__ import annotations

import ast
import io
import json
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from PIL import Image

from makers import write_page

BOOKS = Path(__file__).parents[1] / "notebooks"


def write_notebooks(folder: Path) -> None:
    """Run the notebooks whose pages are not there yet, and write the pages and their pictures."""
    for book in list_notebooks():
        page = folder / f"notebook-{book.stem}.md"
        if not page.exists():
            write_page(page, notebook_page(book, folder / "pictures"))


def list_notebooks() -> list[Path]:
    """All of them, the morph of two images first."""
    return sorted(BOOKS.glob("*.ipynb"), reverse=True)


def notebook_page(book: Path, pictures: Path) -> str:
    """The page in Markdown; what its cells show is written into a folder."""
    names: dict[str, Any] = {}
    parts = []
    for number, cell in enumerate(json.loads(book.read_text(encoding="utf-8"))["cells"]):
        text = "".join(cell["source"]).strip()
        if cell["cell_type"] != "code":
            parts.append(text)
            continue
        said, shown = run_cell(text, names)
        parts.append(f"```python\n{text}\n```")
        if said:
            parts.append(f"```text\n{said.rstrip()}\n```")
        if isinstance(shown, Image.Image):
            picture = pictures / f"notebook-{book.stem}-{number:02}.png"
            shown.save(picture, optimize=True)
            parts.append(f"![what the code above shows](pictures/{picture.name})")
    parts.append(f"This page is `docs/notebooks/{book.name}`, run when the site was built.")
    return "\n\n".join(parts) + "\n"


def run_cell(text: str, names: dict[str, Any]) -> tuple[str, object]:
    """Run a cell in a namespace: what it printed, and the value that it ends with."""
    tree = ast.parse(text)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    said = io.StringIO()
    with redirect_stdout(said):
        exec(compile(tree, "<cell>", "exec"), names)  # noqa: S102 - our own notebook
        shown = None if last is None else eval(ast.unparse(last), names)  # noqa: S307
    return said.getvalue(), shown
