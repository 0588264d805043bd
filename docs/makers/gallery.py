"""A page of the gallery: what each script says, the picture that it makes, and the script."""

from __future__ import annotations

import ast
import importlib.util
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from makers import write_page

SCRIPTS = Path(__file__).parents[2] / "gallery"
HEAD = """# Gallery

Short scripts with public names only. Each makes its picture from photos that come with scikit-image, and made the one
that is shown here when this site was built.
"""


def write_gallery(folder: Path) -> None:
    """Write the page, and those of its pictures that are not there yet."""
    write_page(folder / "gallery.md", gallery_page())
    for script in list_scripts():
        picture = folder / "pictures" / f"{script.stem}.png"
        if not picture.exists():
            make_picture(script, picture)


def list_scripts() -> list[Path]:
    """In the order in which the gallery's README tells of them."""
    told = (SCRIPTS / "README.md").read_text(encoding="utf-8")
    return sorted(SCRIPTS.glob("*.py"), key=lambda script: told.find(script.name) % (len(told) + 1))


def gallery_page() -> str:
    """The page in Markdown."""
    return "\n".join([HEAD, *map(_script_part, list_scripts())])


def _script_part(script: Path) -> str:
    text = script.read_text(encoding="utf-8")
    title, _, more = (ast.get_docstring(ast.parse(text)) or script.stem).partition("\n")
    return f"""## {title.rstrip(".")}

{more.strip()}

![{title}](pictures/{script.stem}.png)

<details><summary>gallery/{script.name}</summary>

```python
{text.strip()}
```

</details>
"""


def make_picture(script: Path, picture: Path) -> None:
    """Run a script, and keep its picture alone."""
    spec = importlib.util.spec_from_file_location(script.stem, script)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with TemporaryDirectory() as place:
        shutil.copy2(module.make(Path(place)), picture)
