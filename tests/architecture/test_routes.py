"""Every page says who may see it, and a page that is not for everybody means it."""

from __future__ import annotations

from survey.domain.roles import Role
from survey.web.guards import ADDRESS, NO_DATABASE, PUBLIC

OPEN = {PUBLIC, NO_DATABASE}


def address(rule) -> str:
    """The address of a route with something plausible in each of its places."""
    values = {
        name: 1 if type(converter).__name__ == "IntegerConverter" else "x"
        for name, converter in rule._converters.items()
    }
    return rule.build(values, append_unknown=False)[1]


def test_every_view_carries_exactly_one_guard(app):
    guards = {name: getattr(view, "guard", None) for name, view in app.view_functions.items()}
    assert len(guards) > 10
    assert {
        name: guard for name, guard in guards.items() if guard not in {*OPEN, ADDRESS, *Role}
    } == {}


def test_what_is_not_public_refuses_a_stranger(app):
    app.config["WTF_CSRF_ENABLED"] = False  # the guard alone must stop them
    seen = 0
    for rule in app.url_map.iter_rules():
        if app.view_functions[rule.endpoint].guard in OPEN:
            continue
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            seen += 1
            reply = app.test_client().open(address(rule), method=method)
            sent_away = reply.status_code == 303 and "/dang-nhap" in reply.location
            assert sent_away or reply.status_code in (401, 403), f"{method} {rule}: {reply.status}"
    assert seen > 5


def test_no_page_needs_a_method_that_a_plain_form_cannot_send(app):
    odd = {
        str(rule): sorted(rule.methods)
        for rule in app.url_map.iter_rules()
        if rule.methods & {"PUT", "PATCH", "DELETE", "TRACE"}
    }
    assert odd == {}
