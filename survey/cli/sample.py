"""The sample: ``flask sample plan``, ``commit``, ``draw``, ``bundle``, ``verify``, ``open``."""

from __future__ import annotations

import secrets
import sys
from datetime import datetime
from pathlib import Path

import click
from flask.cli import with_appcontext
from rich.table import Table

from survey.cli import door
from survey.domain.plan import ALLOCATIONS, GOALS, PlanRequest
from survey.domain.pseudonyms import KEY_BYTES


@click.group()
def sample() -> None:
    """Mẫu: lập phương án, cam kết, rút mẫu, kiểm tra."""


@sample.command("plan")
@door.wave_option
@click.option(
    "--formula",
    type=click.Choice(GOALS),
    default="national",
    help="national: n = N / (1 + N e²); general: công thức tổng quát (F2); total, budget: tổng số"
    " phiếu hoặc kinh phí cho trước; optimal: rẻ nhất mà mọi đơn vị đạt sai số (Bethel).",
)
@click.option("--margin", type=float, default=0.10, show_default=True, help="Sai số e mỗi đơn vị.")
@click.option("--whole-margin", type=float, default=0.0, help="Sai số toàn bộ (optimal).")
@click.option("--level", type=float, default=0.95, show_default=True, help="Độ tin cậy.")
@click.option("--deff", type=float, default=1.0, show_default=True, help="Hiệu ứng thiết kế.")
@click.option(
    "--response-rate", type=float, default=1.0, show_default=True, help="Tỷ lệ trả lời dự kiến."
)
@click.option(
    "--share", type=float, default=0.5, show_default=True, help="Tỷ lệ hài lòng khi chưa biết."
)
@click.option(
    "--allocation", type=click.Choice(ALLOCATIONS), default="proportional", show_default=True
)
@click.option("--floor", type=int, default=2, show_default=True, help="Số tối thiểu mỗi tầng.")
@click.option("--total", type=int, default=0, help="Tổng số phiếu (total).")
@click.option("--budget", type=float, default=0.0, help="Kinh phí (budget).")
@click.option("--cost", type=float, default=1.0, show_default=True, help="Chi phí một phiếu.")
@click.option(
    "--reserve", type=float, default=0.5, show_default=True, help="Mẫu dự phòng / mẫu chính."
)
@click.option("--after", default="", help="Dùng lại số ngẫu nhiên thường trực của đợt này.")
@click.option(
    "--overlap", type=float, default=0.0, help="Tỷ lệ trùng với đợt đó: 0 tránh, 1 giữ nguyên."
)
@click.option("--dry-run", is_flag=True, help="Chỉ xem độ chính xác dự kiến, không lưu.")
@with_appcontext
@door.refusals
def plan(wave: str, dry_run: bool, **choices: object) -> None:
    """Lập phương án mẫu trước khi có hạt giống; in sai số dự kiến của từng đơn vị."""
    from survey.services.sampling import planner
    from survey.services.sampling import sample as service

    request = PlanRequest(**choices)
    with door.database().read() as session:
        found = planner.propose(session, wave, request)
    table = Table(
        "Đơn vị", "Hồ sơ", "Mẫu chính", "Sai số dự kiến", "Chi phí", title=f"Phương án mẫu {wave}"
    )
    for row in found["rows"]:
        margin = "–" if row["margin"] is None else f"±{100 * row['margin']:.1f}"
        name = found["names"].get(row["domain"], "Tổng")
        table.add_row(name, str(row["population"]), str(row["n"]), margin, f"{row['cost']:g}")
    door.console().print(table)
    if dry_run:
        click.echo(f"{found['n_main']} phiếu chính, {found['n_reserve']} dự phòng; chưa lưu.")
        return
    with door.database().write() as session:
        made = service.plan(session, wave, request, by=door.who(), now=door.now())
    click.echo(
        f"{len(made.strata)} tầng, {made.n_main} phiếu chính, {made.n_reserve} dự phòng.\n"
        f"sha256 của phương án: {made.sha256}"
    )


@sample.command("commit")
@door.wave_option
@click.option(
    "--seed-source",
    default="",
    help="Con số công khai sẽ là hạt giống, ví dụ “xổ số miền Bắc, giải đặc biệt”.",
)
@click.option(
    "--seed-on",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Ngày có con số đó; phải sau hôm nay.",
)
@door.output_option("PDF một trang A4 (mặc định: trong thư mục instance).")
@with_appcontext
@door.refusals
def commit(wave: str, seed_source: str, seed_on: datetime | None, output: Path | None) -> None:
    """Khoá danh sách và phương án trước khi có hạt giống; in trang cam kết A4."""
    from survey.services.sampling import commitment as service

    output = output or door.settings().instance_dir / f"cam-ket-mau-{wave}.pdf"
    with door.database().write() as session:
        made = service.commit(
            session,
            wave,
            seed_source=seed_source,
            seed_on=seed_on.date() if seed_on else None,
            key=secrets.token_bytes(KEY_BYTES),
            by=door.who(),
            now=door.now(),
        )
        page = service.page_pdf(session, wave, public_url=door.settings().public_url)
    output.write_bytes(page)
    click.echo(
        f"Đã khoá {made.n_units} hồ sơ, {made.n_strata} tầng.\n"
        f"sha256 của frame.csv: {made.frame_sha256}\n"
        f"sha256 của plan.json: {made.plan_sha256}\n"
        f"Hạt giống: {made.seed_source}, có từ {made.seed_on}. Trang A4: {output}"
    )


@sample.command("draw")
@door.wave_option
@click.option("--seed", required=True, help="Hạt giống công khai, ví dụ kết quả xổ số đã hẹn.")
@with_appcontext
@door.refusals
def draw(wave: str, seed: str) -> None:
    """Rút mẫu theo phương án, từ hạt giống công khai."""
    from survey.services.sampling import draw as service

    with door.database().write() as session:
        made = service.draw_sample(session, wave, seed, by=door.who(), now=door.now())
    click.echo(
        f"Đã rút {made.n_main} phiếu chính và {made.n_reserve} dự phòng.\n"
        f"sha256 của mẫu: {made.digest}"
    )
    if not made.committed:
        click.echo(
            "Chú ý: phương án chưa được cam kết công khai trước (flask sample commit), nên người"
            " ngoài không kiểm tra được mẫu này.",
            err=True,
        )


@sample.command("bundle")
@door.wave_option
@door.output_option("Tệp zip (mặc định: trong thư mục instance).")
@with_appcontext
@door.refusals
def bundle(wave: str, output: Path | None) -> None:
    """Ghi tệp công khai của mẫu: danh sách bí danh, phương án, cam kết, mẫu đã rút."""
    from survey.services.sampling import commitment as service

    output = output or door.settings().instance_dir / f"mau-{wave}.zip"
    with door.database().read() as session:
        output.write_bytes(service.bundle(session, wave))
    click.echo(f"Đã ghi {output}. Kiểm tra: flask sample verify {output}")


@sample.command("open")
@door.wave_option
@click.argument("pseudonym")
@click.option("--reason", required=True, help="Lý do mở; được ghi lại.")
@with_appcontext
@door.refusals
def open_pseudonym(wave: str, pseudonym: str, reason: str) -> None:
    """Hồ sơ đằng sau một bí danh; ai mở và vì sao được ghi lại."""
    from survey.services.sampling import pseudonyms as service

    with door.database().write() as session:
        found = service.open_pseudonym(
            session, wave, pseudonym, reason=reason, by=door.who(), now=door.now()
        )
    click.echo(f"{found.pseudonym}: {found.code} ({found.unit_name}, {found.field})")


@sample.command("verify")
@click.argument("bundle", required=False, type=click.Path(exists=True, path_type=Path))
@click.option("--wave", "slug", help="Mã đợt khảo sát (bỏ trống nếu chỉ có một đợt).")
@with_appcontext
@door.refusals
def verify(bundle: Path | None, slug: str | None) -> None:
    """Rút lại và so sánh: từ tệp công khai BUNDLE (không cần cơ sở dữ liệu), hoặc từ đợt --wave."""
    if bundle is not None:
        _verify_bundle(bundle)
        return
    from survey.services.sampling import check as service

    slug = slug or door.the_wave()
    with door.database().read() as session:
        found = service.verify(session, slug)
    if found.agrees:
        click.echo(f"Đúng: mẫu rút lại giống hệt mẫu đã lưu.\nsha256: {found.digest}")
        return
    click.echo(
        f"SAI KHÁC tại {found.differs_at or 'mã băm'}.\n"
        f"đã lưu: {found.digest}\nrút lại: {found.recomputed}",
        err=True,
    )
    sys.exit(1)


def _verify_bundle(path: Path) -> None:
    from survey.services.sampling import bundle_check

    found = bundle_check.check(path)
    for name, digest in found.digests.items():
        click.echo(f"{digest}  {name}")
    if not found.agrees:
        click.echo(f"SAI KHÁC: {found.differs % (found.facts or {})}", err=True)
        sys.exit(1)
    if not found.drawn:
        click.echo(f"Đúng với cam kết: {found.n_units} hồ sơ. Mẫu chưa rút.")
        return
    click.echo(
        f"Đúng: từ {found.n_units} hồ sơ rút lại được đúng {found.n_main} phiếu chính và"
        f" {found.n_reserve} dự phòng đã công bố."
    )
