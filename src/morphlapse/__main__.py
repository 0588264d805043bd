"""`python -m morphlapse` is the command line, for where no `morphlapse` lies on the PATH."""

from morphlapse.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
