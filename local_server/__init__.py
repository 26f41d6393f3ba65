"""A Realtime-protocol server that hears, decides and speaks offline: for demo, tests and benchmarks."""
