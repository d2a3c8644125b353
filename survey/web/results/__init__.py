"""The published tables: for everybody to read, download and recompute."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from survey.services import jobs
from survey.services.fieldwork import due, record
from survey.services.release import releases
from survey.services.results import listing, results
from survey.web import files, guards
from survey.web.i18n import language
from survey.web.results import losses, on_map, open_data, release, sample, seen, standing, units
from survey.web.session import current

bp = Blueprint("results", __name__, url_prefix="/ket-qua")


@bp.get("/")
@guards.public
def waves():
    found = results.waves(current(), include_private=seen.is_office())
    return render_template("results/waves.html", waves=found)


@bp.get("/<slug>")
@guards.public
def wave(slug: str):
    summary = seen.summary(slug)
    job = jobs.running(current(), slug)
    return render_template(
        "results/wave.html",
        summary=summary,
        released=releases.newest_number(current(), slug),
        page=results.page(
            current(),
            slug,
            language(),
            include_private=True,
            with_excluded=seen.everybody(),
            wanted=_wanted(),
        ),
        orders=listing.ORDERS,
        job=job,
        # Somebody who reads slowly, or hears the page, can stop it from being loaded again.
        refreshes=job is not None and "dung" not in request.args,
    )


@bp.get("/<slug>.csv")
@guards.public
def csv(slug: str):
    found = results.csv(
        current(),
        slug,
        language(),
        include_private=seen.is_office(),
        with_excluded=seen.everybody(),
    )
    return files.attached(
        found, files.CSV, f"{slug}-{seen.EVERYBODY}.csv" if seen.everybody() else f"{slug}.csv"
    )


@bp.get("/<slug>-so-voi-dot-truoc.csv")
@guards.public
def comparison(slug: str):
    found = results.comparison_csv(current(), slug, language(), include_private=seen.is_office())
    return files.attached(found, files.CSV, f"{slug}-so-voi-dot-truoc.csv")


@bp.get("/<slug>/du-phong")
@guards.public
def reserves(slug: str):
    summary = seen.summary(slug)
    return render_template(
        "results/reserves.html",
        summary=summary,
        rows=record.strata(current(), slug),
        fields=due.field_titles(current(), slug),
        title_of=record.titles,
    )


@bp.get("/<slug>/du-phong.csv")
@guards.public
def reserves_csv(slug: str):
    seen.summary(slug)
    return files.attached(record.record_csv(current(), slug), files.CSV, f"{slug}-du-phong.csv")


@bp.get("/<slug>.xlsx")
@guards.public
def xlsx(slug: str):
    found = results.xlsx(current(), slug, language(), include_private=seen.is_office())
    return files.attached(found, files.XLSX, f"{slug}.xlsx")


def _wanted() -> listing.Wanted:
    asked = (request.args.get(name, "") for name in ("tim", "xep", "chieu", "trang"))
    return listing.wanted(*asked)


sample.add_to(bp)
release.add_to(bp)
losses.add_to(bp)
on_map.add_to(bp)
units.add_to(bp)
open_data.add_to(bp)
standing.add_to(bp)
