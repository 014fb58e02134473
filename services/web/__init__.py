"""The HTTP door: send, read, subscribe, look. A subscriber and a sender like anybody else."""
