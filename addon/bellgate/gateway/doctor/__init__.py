"""What may be wrong with the machine: one file for each part of it that is looked at, a small
function for each question. `finding.py` has what each gives. Nothing here mends anything."""
