"""`python -m server FOLDER`: the same as `run.py serve FOLDER`, inside the environment already."""

import argparse
import sys

from topazcore.errors import PeridotError

from .commands import serve


def main() -> int:
    """Parse, serve, and turn errors that a person can mend into one line."""
    parser = argparse.ArgumentParser(prog="python -m server", description=serve.HELP)
    serve.add_arguments(parser)
    try:
        return serve.run(parser.parse_args())
    except PeridotError as error:
        print(f"server: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
