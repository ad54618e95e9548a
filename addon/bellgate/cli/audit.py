"""`bellgate audit`: verify and show the log."""
