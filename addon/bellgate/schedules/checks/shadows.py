"""What only shows once everything is compiled: rules and services that change nothing."""

from collections.abc import Iterator

from bellgate.policy.decide import Policy
from bellgate.policy.what import CATEGORIES, SOCIAL_MEDIA, SOCIAL_MEDIA_CATEGORIES, categories_meant
from bellgate.policy.who import EVERYONE
from bellgate.schedules.checks.place import warning
from bellgate.schedules.compile import Files
from bellgate.schedules.problem import Problem

Found = Iterator[Problem]


def every_service_is_named(files: Files, policy: Policy) -> Found:
    words = {word for rule in policy.rules for word in rule.what}
    meant = {category for word in words for category in categories_meant(word)}
    for i, form in enumerate(files.services.form.services):
        if form.id not in words and form.category not in meant:
            message = f"no rule names {form.name}, or its category {form.category}"
            yield warning(files.services, ("services", i), message)
    for i, listed in enumerate(files.services.form.lists):
        if listed.category not in meant and listed.id not in words:
            message = f"no rule names {listed.category}, so {listed.source} closes nothing"
            yield warning(files.services, ("lists", i), message)
    shipped = [s for s in policy.index.services.values() if not s.own]
    silent = [c for c in CATEGORIES if c not in meant and any(s.category == c for s in shipped)]
    unnamed = [s for s in shipped if s.category in silent and s.id not in words]
    if unnamed:
        if {*SOCIAL_MEDIA_CATEGORIES} <= {*silent}:
            silent = [SOCIAL_MEDIA, *(c for c in silent if c not in SOCIAL_MEDIA_CATEGORIES)]
        message = f"no rule names {', '.join(silent)}: {len(unnamed)} shipped services stay open"
        yield warning(files.rules, ("rules",), f"rules: {message}")


def who_is_asked_sees_the_page(files: Files, policy: Policy) -> Found:
    devices = {d.name: d for d in policy.directory.devices}
    for i, rule in enumerate(policy.rules):
        if rule.action != "ask":
            continue
        blind = {
            word
            for word in rule.who
            if (word in devices and not devices[word].trusts_certificate)
            or (word in policy.groups and not policy.groups[word].trusts_certificate)
        }
        if EVERYONE in rule.who:
            blind |= {g.name for g in policy.groups.values() if not g.trusts_certificate}
        if blind:
            message = (
                f"{rule.name} asks {', '.join(sorted(blind))}, whose devices do not trust "
                "the certificate: they are refused without a question"
            )
            yield warning(files.rules, ("rules", i, "who"), message)
