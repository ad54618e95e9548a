"""Bytes as a wire brings them, cut anywhere."""
