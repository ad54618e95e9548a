"""A run of retention for the tests to kill: `expirer.py STATE`. No test lives here."""

import sys
from datetime import date
from pathlib import Path

from bellgate.audit import expire
from tests.audit.keeping import Holding, OpenLog, limits

TODAY = date(2026, 12, 1)
PERIODS = {"pupils": 30, "staff": 20, "guests": 25, "reviewers": 35, "gate": 38}

if __name__ == "__main__":
    log = OpenLog(Path(sys.argv[1]))
    expire(log.places, limits(PERIODS, TODAY), Holding(), log.tell)
    log.close()
