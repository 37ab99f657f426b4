"""edgehost beside its peers, on the same work. Start with `python -m benchmarks --help`."""
