import subprocess
import sys


def test_the_library_that_allocates_is_asked_or_is_not_there():
    # In a process of its own, for it holds for the whole of it.
    asked = "from morphlapse.cli.process import keep_freed_memory as ask; print(ask())"
    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout.strip()
    assert said == str(sys.platform == "linux" and _has_glibc())


def _has_glibc() -> bool:
    import platform

    return platform.libc_ver()[0] == "glibc"


def test_an_encoder_prints_nothing(tmp_path):
    made = "\n".join((
        "import sys, torch; from fractions import Fraction; from pathlib import Path",
        "from morphlapse.cli.process import hush_encoders; from morphlapse.film.encode import write_frames",
        "from morphlapse.film.formats import choose_encoding; from morphlapse.records import Size",
        "hush_encoders(); path = Path(sys.argv[1])",
        "frames, kind = [torch.rand(3, 48, 64)] * 3, choose_encoding(path, 'av1', 'draft')",
        "write_frames(frames, path, size=Size(48, 64), fps=Fraction(5), encoding=kind)",
    ))  # fmt: skip
    said = subprocess.run([sys.executable, "-c", made, str(tmp_path / "x.mp4")], capture_output=True, check=True)
    assert (said.stdout, said.stderr) == (b"", b"")
