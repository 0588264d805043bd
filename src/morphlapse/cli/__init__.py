"""The command line: what is typed becomes one call of the library, and what comes back is shown."""

from morphlapse.cli.entry import main

__all__ = ["main"]
