"""The poster's gate: a form that looks stuffed meets a captcha before it is taken in.

Nobody is turned away and nothing typed is lost: the captcha's page carries the form and sends it
on.  One-time codes do not pass here; each of them is good for one answer.
"""

from __future__ import annotations

from flask import Response, current_app, render_template, request, session

from survey.services import captcha
from survey.web import guards, limits, tokens
from survey.web.i18n import language
from survey.web.respond import bp

#: What the captcha's own page adds to the form.
CHALLENGE, TYPED = "captcha_challenge", "captcha_typed"
#: A field that people do not see and programs fill in.
HONEYPOT = "website"
#: A form's token is good for as long as the cookie.
LONGEST = 12 * 3600


@bp.before_request
def gate() -> tuple[str, int] | None:
    """Let a poster's form pass, or show the captcha in its place."""
    if request.method != "POST" or session.get("entry", ("",))[0] != "desk":
        return None
    if request.form.get("consent") == "khong" or session.get("human"):
        return None
    if CHALLENGE in request.form:
        if _solved():
            session["human"] = True
            return None
        return _ask(again=True)
    return _ask() if _looks_stuffed() else None


@bp.get("/kiem-tra/<challenge>.png")
@guards.without_database
def captcha_picture(challenge: str) -> Response:
    return _file(captcha.picture(challenge, key=_key()), "image/png")


@bp.get("/kiem-tra/<challenge>.wav")
@guards.without_database
def captcha_sound(challenge: str) -> Response:
    return _file(captcha.sound(challenge, language(), key=_key()), "audio/wav")


def _looks_stuffed() -> bool:
    if request.form.get(HONEYPOT) or tokens.age(LONGEST) < current_app.config["TRAP_SECONDS"]:
        return True
    if session.get("counted"):
        return False
    # Once a visit: a form of nine pages is one form.
    session["counted"] = True
    return limits.too_many_visits(session["entry"][1])


def _solved() -> bool:
    challenge = request.form[CHALLENGE][:40]
    # Spent before it is looked at: nobody tries the same one twice.
    return limits.first_use(f"captcha {challenge}") and captcha.is_solved(
        challenge, request.form.get(TYPED, "")[:40], key=_key()
    )


def _ask(*, again: bool = False) -> tuple[str, int]:
    hidden = {CHALLENGE, TYPED, HONEYPOT, tokens.FIELD}
    carried = [
        (name, value) for name, value in request.form.items(multi=True) if name not in hidden
    ]
    page = render_template(
        "respond/captcha.html",
        carried=carried,
        challenge=captcha.new_challenge(),
        again=again,
        names={"challenge": CHALLENGE, "typed": TYPED},
        action=request.path,
    )
    return page, 422 if again else 429


def _file(content: bytes, kind: str) -> Response:
    return Response(content, content_type=kind, headers={"Cache-Control": "no-store"})


def _key() -> bytes:
    return current_app.extensions["settings"].code_key_bytes
