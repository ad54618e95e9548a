"""What people make of the record: visits, cases, names behind pseudonyms, evidence packs.

Reads the log and never stands in the path of the traffic. May import bellgate.policy and
bellgate.audit; no mitmproxy, no schedules folder, no terminal. What it needs to know of the
timetable is handed in by the commands.
"""
