"""An evidence pack: what the log holds to answer one question, in words for a panel."""
