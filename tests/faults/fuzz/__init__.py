"""Everything that reads what somebody else has written, as functions of bytes that a fuzzer can feed."""
