"""`python -m recraft_core` is the command `recraft`."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
