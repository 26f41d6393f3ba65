"""What does a user see who clicks through all of it in a browser? `scripts/test --ui` runs these."""
