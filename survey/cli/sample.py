"""The sample: ``flask sample plan``, ``draw``, ``verify``."""

from __future__ import annotations

import sys
from collections import defaultdict

import click
from flask.cli import with_appcontext
from rich.table import Table

from survey.cli import door


@click.group()
def sample() -> None:
    """Mẫu: lập phương án, rút mẫu, kiểm tra."""


@sample.command("plan")
@door.wave_option
@click.option(
    "--formula",
    type=click.Choice(["national", "general"]),
    default="national",
    help="national: n = N / (1 + N e²); general: công thức tổng quát (F2).",
)
@click.option("--margin", type=float, default=0.10, show_default=True, help="Sai số e.")
@click.option("--level", type=float, default=0.95, show_default=True, help="Độ tin cậy.")
@click.option("--deff", type=float, default=1.0, show_default=True, help="Hiệu ứng thiết kế.")
@click.option(
    "--response-rate", type=float, default=1.0, show_default=True, help="Tỷ lệ trả lời dự kiến."
)
@click.option(
    "--allocation",
    type=click.Choice(["proportional", "equal", "power"]),
    default="proportional",
    show_default=True,
)
@click.option("--floor", type=int, default=2, show_default=True, help="Số tối thiểu mỗi tầng.")
@click.option(
    "--reserve", type=float, default=0.5, show_default=True, help="Mẫu dự phòng / mẫu chính."
)
@with_appcontext
@door.refusals
def plan(wave: str, **choices: object) -> None:
    """Lập phương án mẫu trước khi có hạt giống."""
    from survey.services import sample as service

    with door.database().write() as session:
        made = service.plan(
            session, wave, service.PlanRequest(**choices), by=door.who(), now=door.now()
        )
    by_unit: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for stratum in made.strata:
        for place, name in enumerate(("population", "n", "reserve")):
            by_unit[stratum["unit"]][place] += stratum[name]
    table = Table("Đơn vị", "Hồ sơ", "Mẫu chính", "Dự phòng", title=f"Phương án mẫu {wave}")
    for unit, counts in by_unit.items():
        table.add_row(unit, *map(str, counts))
    door.console().print(table)
    click.echo(
        f"{len(made.strata)} tầng, {made.n_main} phiếu chính, {made.n_reserve} dự phòng.\n"
        f"sha256 của phương án: {made.sha256}"
    )


@sample.command("draw")
@door.wave_option
@click.option("--seed", required=True, help="Hạt giống công khai, ví dụ kết quả xổ số đã hẹn.")
@with_appcontext
@door.refusals
def draw(wave: str, seed: str) -> None:
    """Rút mẫu theo phương án, từ hạt giống công khai."""
    from survey.services import sample as service

    with door.database().write() as session:
        made = service.draw_sample(session, wave, seed, by=door.who(), now=door.now())
    click.echo(
        f"Đã rút {made.n_main} phiếu chính và {made.n_reserve} dự phòng.\n"
        f"sha256 của mẫu: {made.digest}"
    )


@sample.command("verify")
@door.wave_option
@with_appcontext
@door.refusals
def verify(wave: str) -> None:
    """Rút lại từ danh sách, phương án và hạt giống đã lưu rồi so sánh."""
    from survey.services import sample_check as service

    with door.database().read() as session:
        found = service.verify(session, wave)
    if found.agrees:
        click.echo(f"Đúng: mẫu rút lại giống hệt mẫu đã lưu.\nsha256: {found.digest}")
        return
    click.echo(
        f"SAI KHÁC tại {found.differs_at or 'mã băm'}.\n"
        f"đã lưu: {found.digest}\nrút lại: {found.recomputed}",
        err=True,
    )
    sys.exit(1)
