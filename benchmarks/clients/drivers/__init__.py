"""One process for each client, each driving its library the way that library's documentation says."""
