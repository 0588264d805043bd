"""Shapes are checked while tests run: at every function and record of the package that names one, and at no other.

The hook of jaxtyping would check every function. Types that name no shape are pyright's to check; to check them once
more costs each process that runs tests ten seconds of reading the package anew, and each call its share.
"""

import re
import sys
from collections.abc import Sequence
from dataclasses import is_dataclass
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import FunctionType, ModuleType
from typing import Any

from beartype import beartype
from jaxtyping import AbstractArray, AbstractDtype, jaxtyped

check = jaxtyped(typechecker=beartype)


def names_of_shapes(module: ModuleType) -> re.Pattern[str] | None:
    """The words by which a module says shapes: `Float`, and its own short names such as `Matrix`."""
    words = [
        name
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, (AbstractDtype, AbstractArray))
    ]
    return re.compile(rf"\b({'|'.join(words)})\b") if words else None


def has_shapes(hints: dict[str, Any], names: re.Pattern[str]) -> bool:
    return any(names.search(str(hint)) for hint in hints.values())


def checked(value: FunctionType | type, names: re.Pattern[str]) -> Any:
    """A function or class, its shapes checked; what a decorator has made of a function stays as it is."""
    if isinstance(value, FunctionType):
        return check(value) if not hasattr(value, "__wrapped__") and has_shapes(value.__annotations__, names) else value
    for name, each in list(vars(value).items()):
        if isinstance(each, FunctionType):
            setattr(value, name, checked(each, names))
        elif isinstance(each, property) and isinstance(each.fget, FunctionType):
            setattr(value, name, property(checked(each.fget, names), doc=each.__doc__))
    return check(value) if is_dataclass(value) and has_shapes(vars(value).get("__annotations__", {}), names) else value


class _Loader(SourceFileLoader):
    """Reads a module, and has its shapes checked before another module takes anything from it."""

    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        if (names := names_of_shapes(module)) is None:
            return
        for name, value in list(vars(module).items()):
            if isinstance(value, FunctionType | type) and value.__module__ == module.__name__:
                setattr(module, name, checked(value, names))


class _Finder(MetaPathFinder):
    """Finds the modules of a package."""

    def __init__(self, package: str) -> None:
        self._package = package

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] != self._package:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Loader(spec.loader.name, spec.loader.path)
        return spec


def check_shapes_of(package: str) -> None:
    """Check the shapes of all modules of a package that are imported from now on."""
    sys.meta_path.insert(0, _Finder(package))
