"""The compiled training beside the plain loop. Usage: python -m benchmarks.training_speed.

Prints one JSON line: patches learned per second by each, and how many times faster the compiled one is; the
same as `python -m model benchmark`.
"""

import json

from model.reference.speed import compare


def main() -> None:
    """Compare and print one JSON line."""
    print(json.dumps({name: round(figure, 1) for name, figure in compare().items()}))


if __name__ == "__main__":
    main()
