"""A child that never comes to an answer."""

import time

from bellgate.running.jobs import answer_parent

if __name__ == "__main__":
    answer_parent(lambda _: str(time.sleep(60)))
