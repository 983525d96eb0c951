"""``python -m scarce`` is ``scarce``."""

from scarce.cli.main import main

if __name__ == "__main__":
    main()
