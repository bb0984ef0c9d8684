"""The compiled training beside the plain loop. Usage: python -m benchmarks.training_speed.

Prints one JSON line: patches learned per second by each, how many times faster the compiled one is, and what
share of the processors' peak it reaches; the same as `python -m model benchmark`.
"""

import json

from model.reference.speed import compare


def main() -> None:
    """Compare and print one JSON line."""
    print(json.dumps({name: round(figure, 1 if figure > 1 else 4) for name, figure in compare().items()}))


if __name__ == "__main__":
    main()
