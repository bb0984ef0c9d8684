"""How fast the training is beside what it replaces; run with `python -m benchmarks.NAME`."""
