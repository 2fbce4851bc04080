"""Training on several devices or machines that gives what one device would give for the whole batch."""
