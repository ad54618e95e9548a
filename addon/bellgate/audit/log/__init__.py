"""The log on the disk: who may write it, how a batch is committed, signed and read back."""
