"""Sets up what a command of the Makefile needs, then starts it; this file alone must be readable by any old Python."""

import sys

if sys.version_info < (3, 11):
    sys.exit(
        "Casefeed needs Python 3.11 or newer, and %s is %d.%d: install a newer one, or name it: "
        "make run PYTHON=python3.12" % (sys.executable or "this one", sys.version_info[0], sys.version_info[1])
    )

from desk_setup.commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
