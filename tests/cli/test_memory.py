import subprocess
import sys


def test_the_library_that_allocates_is_asked_or_is_not_there():
    # In a process of its own, for it holds for the whole of it.
    asked = "from morphlapse.cli.memory import keep_freed_memory as ask; print(ask())"
    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout.strip()
    assert said == str(sys.platform == "linux" and _has_glibc())


def _has_glibc() -> bool:
    import platform

    return platform.libc_ver()[0] == "glibc"
