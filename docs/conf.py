"""How the site is built: `make docs`, then open build/site/index.html. Nothing on it is fetched over the network."""

import sys
from pathlib import Path

from sphinx.application import Sphinx

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import morphlapse  # noqa: E402
from makers.api import write_api  # noqa: E402
from makers.gallery import write_gallery  # noqa: E402
from makers.notebooks import write_notebooks  # noqa: E402
from makers.options import write_options  # noqa: E402
from makers.pictures import write_pictures  # noqa: E402
from makers.sphinx_hooks import add_commands, add_escapes, add_mathml  # noqa: E402

project = "morphlapse"
author = "the authors of morphlapse"
release = version = morphlapse.__version__
html_title = f"morphlapse {release}"
html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = html_show_sourcelink = html_show_sphinx = html_show_copyright = False
html_math_renderer = "mathml"
html_theme_options = {"sidebar_hide_name": False}

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["makers", "notebooks", "static"]
myst_enable_extensions = ["deflist", "dollarmath"]
myst_heading_anchors = 3
default_role = "literal"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_typehints_format = "short"
python_maximum_signature_line_length = 88
napoleon_use_param = napoleon_use_rtype = False


def setup(app: Sphinx) -> None:
    """Make the pages and pictures that are made."""
    add_commands(app)
    add_escapes(app)
    add_mathml(app)
    app.connect("builder-inited", _make)


def _make(app: Sphinx) -> None:
    folder = Path(app.srcdir) / "generated"
    for name in ("api", "pictures"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    write_options(folder)
    write_api(folder / "api")
    write_pictures(folder / "pictures")
    write_gallery(folder)
    write_notebooks(folder)
