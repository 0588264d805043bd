"""What every benchmark tells besides its numbers: the machine, tables, and files of results."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import cv2
import torch

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results"
PHOTOS = Path(os.environ.get("MORPHLAPSE_PHOTOS", ROOT.parent / "shared" / "photos"))
"""Real photos, outside the project."""
PACKAGES = ("morphlapse", "torch", "numpy", "kornia", "opencv-contrib-python-headless", "mediapipe", "scikit-image")
CPU_FACTS = Path("/proc/cpuinfo")
PUBLISHED = ("benchmarks/results", "docs/benchmarks.md")
"""What benchmarks write themselves: a run is of its commit although another has just written there."""


def describe_machine() -> dict[str, Any]:
    """Commit, versions, processor, threads."""
    return {
        "commit": find_commit(),
        "python": platform.python_version(),
        "packages": {name: found for name in PACKAGES if (found := find_version(name)) is not None},
        "platform": platform.platform(),
        "cpu": find_cpu(),
        "cores": os.cpu_count(),
        "threads": {"torch": torch.get_num_threads(), "opencv": cv2.getNumThreads()},
    }


def find_version(package: str) -> str | None:
    """Of an installed package."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def find_commit() -> str:
    """What is checked out, and whether it was changed since; "unknown" outside a checkout."""
    changed = ("status", "--porcelain", "--untracked-files=no", "--", ".", *(f":!{path}" for path in PUBLISHED))
    try:
        told = [
            subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
            for words in (("rev-parse", "--short=12", "HEAD"), changed)
        ]
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return told[0] + (" with changes" if told[1] else "")


def find_cpu() -> str:
    """The processor's name."""
    lines = CPU_FACTS.read_text().splitlines() if CPU_FACTS.is_file() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or "unknown")


def print_table(title: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Print rows under the names of the first one's columns; what a row lacks stays empty."""
    names = list(rows[0]) if rows else []
    cells = [names, *([str(row.get(name, "")) for name in names] for row in rows)]
    widths = [max(len(line[k]) for line in cells) for k in range(len(names))]
    print(f"\n{title}")
    for number, line in enumerate(cells):
        print(
            "  ".join(_pad(text, width, k) for k, (text, width) in enumerate(zip(line, widths, strict=True))).rstrip()
        )
        if number == 0:
            print("  ".join("-" * width for width in widths), flush=True)


def _pad(text: str, width: int, column: int) -> str:
    return text.ljust(width) if column == 0 else text.rjust(width)


def write_results(name: str, rows: Sequence[Mapping[str, Any]]) -> Path:
    """Write rows and the machine to `results/<name>.json`, renamed into place."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{name}.json"
    unfinished = path.with_suffix(".part")
    told = {"machine": describe_machine(), "rows": list(rows)}
    unfinished.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    unfinished.replace(path)
    return path
