"""The school year from all who give its dates: school.yaml, a calendar, the bank holidays."""
