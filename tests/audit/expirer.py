"""A run of retention for the tests to kill: `expirer.py STATE`. No test lives here."""

import sys
from pathlib import Path

from bellgate.audit import expire
from tests.audit.keeping import PERIODS, TODAY, Holding, OpenLog, limits

if __name__ == "__main__":
    log = OpenLog(Path(sys.argv[1]))
    expire(log.paths, limits(PERIODS, TODAY), Holding(), log.tell)
    log.close()
