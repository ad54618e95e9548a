"""Bellgate: a school's timetable on its network gateway.

The folders, from the inside out: `policy` (pure), `schedules` (text to policy), `audit` (decision
to record), `gate` (mitmproxy), `gateway` (the machine), `review` (reading back), `cli` (commands).
"""

__version__ = "0.1.0"
