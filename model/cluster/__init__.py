"""Many trainings at once: a sweep over settings and seeds, on this machine or on a Dask cluster."""
