"""The pages, a file each: what a page asks for, and what it gives its template. Nothing is counted
or judged here."""

from typing import Final

from bellgate.console.app import Register
from bellgate.console.pages import (
    account,
    cases,
    check_paper,
    devices,
    exemptions,
    files,
    find_person,
    health,
    lesson,
    looked,
    now,
    pack,
    people,
    reports,
    services,
    sign_in,
    single_sign_on,
    this_week,
    timetable,
    today,
    visit,
    visits,
)

REGISTERS: Final[tuple[Register, ...]] = (
    sign_in.register,
    single_sign_on.register,
    account.register,
    this_week.register,
    visits.register,
    visit.register,
    services.register,
    devices.register,
    find_person.register,
    people.register,
    cases.register,
    pack.register,
    exemptions.register,
    lesson.register,
    today.register,
    timetable.register,
    files.register,
    now.register,
    health.register,
    looked.register,
    check_paper.register,
    reports.register,
)
