"""Why is it shut: what may be typed for a site, and what is said where no rule closes it."""

import pytest

from tests.console.desk import Desk, text_of


def said(desk: Desk, site: str, at: str = "23/11/2026 10:15") -> str:
    query = {"who": "staff-laptop-07", "site": site, "at": at}
    return text_of(desk.browser(role="head").get("/timetable/try", query_string=query).text)


@pytest.mark.parametrize("site", ["Facebook", "facebook", "FACEBOOK"])
def test_a_service_by_its_name_is_looked_up_by_its_address(shared: Desk, site: str) -> None:
    found = said(shared, site)
    assert "For Facebook, the site facebook.com was tried." in found
    assert "Blocked Facebook on staff-laptop-07 in Morning session (rule Staff)" in found


@pytest.mark.parametrize("site", ["tiktik", "no-such"])
def test_what_is_no_site_and_no_service_is_never_called_allowed(shared: Desk, site: str) -> None:
    found = said(shared, site)
    assert "There is no site or service called" in found
    assert "Allowed" not in found


def test_a_rule_that_is_not_in_force_then_is_not_denied(shared: Desk) -> None:
    found = said(shared, "www.facebook.com", "21/11/2026 10:15")
    assert "Allowed Facebook on staff-laptop-07 (no rule applies then)" in found
    assert "no rule names it" in said(shared, "www.bbc.co.uk")
