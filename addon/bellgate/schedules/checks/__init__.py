"""What one key's form cannot show: how the entries of the files fit together.

One small function a check, each yielding located problems; the lists at the end of this file say
which run and in what order. A check that needs a file runs only where that file could be read.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain

from bellgate.policy.decide import Policy
from bellgate.policy.what import Service
from bellgate.schedules.checks import (
    ahead,
    closed_days,
    days,
    devices,
    empty_groups,
    gateway,
    longer_days,
    night,
    no_effect,
    over,
    rules,
    school,
    services,
    shadows,
    term_dates,
    unplaced,
    unreached,
    ways_round,
)
from bellgate.schedules.compile import Files
from bellgate.schedules.fill import Filled
from bellgate.schedules.forms.days_yaml import DaysForm
from bellgate.schedules.forms.devices_yaml import DevicesForm
from bellgate.schedules.forms.gateway_yaml import GatewayForm
from bellgate.schedules.forms.rules_yaml import RulesForm
from bellgate.schedules.forms.school_yaml import SchoolForm
from bellgate.schedules.forms.services_yaml import ServicesForm
from bellgate.schedules.problem import Problem
from bellgate.schedules.rule_words import Vocabulary
from bellgate.schedules.year.school_year import Given

Found = Iterator[Problem]

OF_SCHOOL: tuple[Callable[[Filled[SchoolForm], Vocabulary], Found], ...] = (
    school.time_zone_is_known,
    school.summer_time_is_meant,
    school.there_are_sessions,
    school.sessions_are_apart,
    school.names_are_no_other_words,
    school.names_are_free,
    school.breaks_lie_in_sessions,
    night.sessions_are_by_day,
    night.days_end_by_day,
    school.terms_run_forwards,
    school.terms_are_apart,
    school.half_terms_lie_in_terms,
    school.groups_are_known,
    school.records_are_kept_for_days,
    school.the_gates_own_records_last_longest,
    school.mail_can_be_sent,
    school.anchors_can_be_reached,
    school.alerts_go_somewhere,
    school.observing_is_for_the_first_week,
    days.each_day_says_something,
    days.no_day_is_closed_and_shortened,
    days.no_session_is_left_out_in_front,
    days.whose_hours_differ_is_said_of_hours,
    days.each_day_runs_forwards,
    days.nobody_is_both_in_and_out,
    days.changed_weekdays_are_open,
    days.standing_changes_run_forwards,
    days.no_weekday_is_set_twice,
    days.no_date_is_set_twice,
    term_dates.place_is_one,
    term_dates.words_are_for_a_calendar,
)
OF_YEAR: tuple[Callable[[Filled[SchoolForm], Given], Found], ...] = (
    term_dates.bank_holidays_are_known,
)
OF_DEVICES: tuple[Callable[[Filled[DevicesForm], Vocabulary], Found], ...] = (
    devices.names_are_free,
    devices.groups_are_known,
    devices.devices_have_a_group,
    devices.groups_do_not_hold_themselves,
    devices.networks_are_networks,
    devices.devices_are_told_apart,
    devices.devices_can_be_recognised,
    devices.macs_stay_the_same,
    devices.holders_take_turns,
)
OF_GATEWAY: tuple[Callable[[Filled[GatewayForm]], Found], ...] = (
    gateway.each_interface_has_one_side,
    gateway.leased_addresses_lie_in_their_network,
    gateway.accounting_can_be_heard,
    gateway.a_filter_sees_everything,
)
OF_GATEWAY_AND_DEVICES: tuple[Callable[[Filled[GatewayForm], Filled[DevicesForm]], Found], ...] = (
    gateway.networks_that_get_addresses_are_the_schools,
    gateway.accounting_comes_from_the_school,
)
OF_SERVICES: tuple[Callable[[Filled[ServicesForm], tuple[Service, ...]], Found], ...] = (
    services.ids_are_free,
    services.services_have_names,
    services.domains_are_somebodys,
    services.domains_are_whole,
    services.no_name_is_given_twice,
    services.needed_hosts_are_told,
    services.lists_lie_somewhere,
)
OF_RULES: tuple[Callable[[Filled[RulesForm], Vocabulary], Found], ...] = (
    rules.names_are_free,
    rules.words_are_known,
    rules.domains_are_somebodys,
    rules.domains_are_whole,
    rules.asking_has_a_length,
    night.rules_hold_by_day,
)
OF_RULES_AND_SERVICES: tuple[Callable[[Filled[RulesForm], Filled[ServicesForm]], Found], ...] = (
    services.needed_hosts_stay_open,
)
OF_POLICY: tuple[Callable[[Files, Policy], Found], ...] = (
    unplaced.every_device_has_a_network,
    unreached.every_rule_can_match,
    closed_days.a_row_of_dates_is_in_school,
    shadows.every_service_is_named,
    shadows.who_is_asked_sees_the_page,
    ways_round.ways_round_are_closed_too,
    longer_days.no_day_grows_unseen,
)
OfToday = Callable[[Filled[SchoolForm], Given, date], Found]
OF_TODAY: tuple[OfToday, ...] = (
    ahead.terms_go_on,
    ahead.calendar_is_fresh,
    ahead.review_is_not_overdue,
    days.changed_days_are_school_days,
)
OF_POLICY_TODAY: tuple[Callable[[Files, Policy, date], Found], ...] = (no_effect.each_day_is_felt,)
OF_RULES_TODAY: tuple[Callable[[Filled[RulesForm], date], Found], ...] = (
    over.rules_can_hold_again,
)
OF_DATES_AHEAD: tuple[OfToday, ...] = (ahead.terms_go_on, ahead.calendar_is_fresh)


@dataclass(frozen=True, slots=True)
class Readable:
    """The files as far as each could be filled in."""

    school: Filled[SchoolForm] | None
    rules: Filled[RulesForm] | None
    devices: Filled[DevicesForm] | None
    services: Filled[ServicesForm] | None
    gateway: Filled[GatewayForm] | None
    """None where the machine is no gateway."""
    days: Filled[DaysForm] | None
    """What was changed from a page; None where nothing was."""
    year: Given | None
    """What the school and its calendar say of the year; None where there is no school."""

    @property
    def whole(self) -> Files | None:
        if self.school and self.rules and self.devices and self.services and self.year:
            return Files(self.school, self.rules, self.devices, self.services, self.year, self.days)
        return None


def check_files(
    files: Readable, known: Vocabulary, shipped: tuple[Service, ...]
) -> Iterator[Problem]:
    """What can be said before anything is compiled."""
    if files.school:
        yield from chain.from_iterable(c(files.school, known) for c in OF_SCHOOL)
    if files.school and files.year:
        yield from files.year.problems
        yield from chain.from_iterable(c(files.school, files.year) for c in OF_YEAR)
        yield from term_dates.inset_days_close_to_somebody(files.school, files.year, known)
    if files.devices:
        yield from chain.from_iterable(c(files.devices, known) for c in OF_DEVICES)
    if files.gateway:
        yield from chain.from_iterable(c(files.gateway) for c in OF_GATEWAY)
    if files.gateway and files.devices:
        yield from chain.from_iterable(
            c(files.gateway, files.devices) for c in OF_GATEWAY_AND_DEVICES
        )
    if files.services:
        yield from chain.from_iterable(c(files.services, shipped) for c in OF_SERVICES)
    if files.rules:
        yield from chain.from_iterable(c(files.rules, known) for c in OF_RULES)
    if files.rules and files.services:
        yield from chain.from_iterable(
            c(files.rules, files.services) for c in OF_RULES_AND_SERVICES
        )


def check_today(files: Readable, today: date, policy: Policy | None) -> Iterator[Problem]:
    """What hangs on the day: warnings alone. Some need the policy, where there is one."""
    if files.school and files.year:
        yield from chain.from_iterable(c(files.school, files.year, today) for c in OF_TODAY)
    if files.rules:
        yield from chain.from_iterable(c(files.rules, today) for c in OF_RULES_TODAY)
    if files.rules and files.devices:
        yield from empty_groups.rules_reach_somebody(files.rules, files.devices)
    if files.school and files.devices:
        yield from empty_groups.days_reach_somebody(files.school, files.devices, today)
    if policy is not None and (whole := files.whole):
        yield from check_policy_today(whole, policy, today)


def check_dates_ahead(files: Readable, today: date) -> Iterator[Problem]:
    """Of these, what is to be told weeks before the dates run out, or the calendar is old."""
    if files.school and files.year:
        yield from chain.from_iterable(c(files.school, files.year, today) for c in OF_DATES_AHEAD)


def check_policy(files: Files, policy: Policy) -> Iterator[Problem]:
    """What only the compiled policy can show: warnings alone, as it is good enough to be used."""
    return chain.from_iterable(c(files, policy) for c in OF_POLICY)


def check_policy_today(files: Files, policy: Policy, today: date) -> Iterator[Problem]:
    """Of what hangs on the day, what only the policy can show: warnings alone."""
    return chain.from_iterable(c(files, policy, today) for c in OF_POLICY_TODAY)
