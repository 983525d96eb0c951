"""Make the picture of "The map of gamma and weight" from a table, and print the numbers that the page shows.

python docs/make_map.py creditcard.parquet --target Class docs/pictures/map.svg
"""

from __future__ import annotations

import argparse
from pathlib import Path

import scarce


def main() -> None:
    """Read the command line, make the map and write its picture."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("table", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--target", required=True)
    parser.add_argument("--journal", type=Path, help="a folder for finished fits")
    chosen = parser.parse_args()
    found = scarce.focal_map(chosen.table, chosen.target, journal=chosen.journal)
    chosen.picture.write_text(found.svg(), encoding="utf-8")
    print(found)


if __name__ == "__main__":
    main()
