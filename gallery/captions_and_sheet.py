"""A film with a caption that counts the weeks, and a sheet of its photos.

The dates are those that the photos carry. The sheet shows each photo as it stands in the film.
"""

import sys
from datetime import date
from pathlib import Path

import morphlapse as ml


def make(folder: Path, height: int = 360, count: int = 8) -> Path:
    """Write the film and the sheet into a folder."""
    ml.write_sample_album(folder / "album")
    sheet = folder / "captions_and_sheet.png"
    ml.make_film(
        sorted((folder / "album").iterdir())[:count],
        folder / "captions_and_sheet.mp4",
        align=ml.AlignOptions(on="face"),
        film=ml.FilmOptions(
            size=(2 * round(0.4 * height), height),
            fps=12,
            hold_s=0.4,
            transition_s=0.6,
            week_one=date(2024, 1, 13),
            caption="Week {week}, {date:%-d %B}",
        ),
        overview=ml.OverviewOptions(sheet=sheet),
    )
    return sheet


if __name__ == "__main__":
    print(make(Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
