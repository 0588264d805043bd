"""The workers of a Dask scheduler as an executor."""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import Executor
from contextlib import contextmanager

from morphlapse.errors import BackendMissing, OptionError

PATIENCE_S = 10
"""A scheduler answers within this time."""
INSTALL = "pip install 'morphlapse[cluster]'"


@contextmanager
def open_cluster(address: str | None) -> Generator[Executor | None, None, None]:
    """The executor of a Dask scheduler; None where no address is given.

    Parameters
    ----------
    address : str, optional
        Such as tcp://scheduler:8786.

    Raises
    ------
    BackendMissing
        If Dask is not installed.
    OptionError
        If no scheduler answers.
    """
    if address is None:
        yield None
        return
    try:
        from distributed import Client  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise BackendMissing(f"cluster: {address} needs Dask, which is not installed: {INSTALL}") from error
    try:
        client = Client(address, timeout=PATIENCE_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise OptionError(
            f"cluster: no Dask scheduler answers at {address} within {PATIENCE_S} seconds; start one (dask scheduler)"
        ) from error
    with client:
        yield client.get_executor()
