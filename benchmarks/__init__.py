"""Speed, as ratios against named floors measured in the same run: `make bench`, docs/benchmarks.md."""
