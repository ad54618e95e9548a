"""`bellgate run` that takes a connection to be over much sooner: `… SECONDS run …`."""

import sys

from bellgate.cli.main import main
from bellgate.gate import serve

if __name__ == "__main__":
    serve.QUIET_SECONDS = int(sys.argv.pop(1))
    main()
