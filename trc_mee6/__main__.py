"""`python -m trc_mee6`, the same as `trc-mee6`."""

import sys

from trc_mee6.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
