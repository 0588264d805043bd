"""What Sphinx is taught: to write equations as MathML, to read our docstrings, and to keep a flag on one line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from pygments.lexers.shell import BashLexer
from pygments.token import Name, Text, _TokenType
from sphinx.application import Sphinx
from sphinx.util.logging import getLogger
from sphinx.writers.html5 import HTML5Translator

from makers.docstrings import escape_line

PLAIN = ("attribute", "data", "property")
"""What has no sections: a colon in its first line is a colon, and no type before it."""
HIDDEN = "\ue000"
"""Stands for such a colon until the sections were read."""


def add_mathml(app: Sphinx) -> None:
    """Write equations as MathML, which browsers draw by themselves: no script, no font and no network."""
    app.add_html_math_renderer("mathml", inline_renderers=(_write_inline, None), block_renderers=(_write_block, None))


def _write_inline(writer: HTML5Translator, node: nodes.math) -> None:
    writer.body.append(_convert(node, as_block=False))
    raise nodes.SkipNode


def _write_block(writer: HTML5Translator, node: nodes.math_block) -> None:
    writer.body.append(f'<div class="equation">{_convert(node, as_block=True)}</div>')
    raise nodes.SkipNode


def _convert(node: nodes.math | nodes.math_block, *, as_block: bool) -> str:
    try:
        return tex2mathml(node.astext(), as_block=as_block)
    except MathError as error:
        getLogger(__name__).warning("an equation cannot be written as MathML: %s", error, location=node)
        return ""


def add_escapes(app: Sphinx) -> None:
    """Escape what would be taken for markup, before the sections are read."""
    app.connect("autodoc-process-docstring", _escape_all, priority=400)
    app.connect("autodoc-process-docstring", _show_colons, priority=600)


def _escape_all(_app: Sphinx, what: str, _name: str, _obj: object, _options: object, lines: list[str]) -> None:
    lines[:] = [escape_line(line).replace(":", HIDDEN if what in PLAIN else ":") for line in lines]


def _show_colons(_app: Sphinx, _what: str, _name: str, _obj: object, _options: object, lines: list[str]) -> None:
    lines[:] = [line.replace(HIDDEN, ":") for line in lines]


class CommandLexer(BashLexer):
    """Commands with their flags told from other words, so that the style can keep `--preview` from breaking in two."""

    def get_tokens_unprocessed(
        self, text: str, stack: Iterable[str] = ("root",)
    ) -> Iterator[tuple[int, _TokenType, str]]:
        """Pygments' tokens of a command; a flag is an attribute, and all other words are words, also a date."""
        apart = True
        for index, _, value in super().get_tokens_unprocessed(text, stack):
            yield index, Name.Attribute if apart and value.startswith("-") else Text, value
            apart = value[-1:].isspace()


def add_commands(app: Sphinx) -> None:
    """Read blocks in `sh` by our lexer."""
    app.add_lexer("sh", CommandLexer)
