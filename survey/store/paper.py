"""Paper forms by number, those that came back, and what was typed from them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Row, delete, func, or_, select, update
from sqlalchemy.orm import Session

from survey.domain.double_entry import Stage, next_round
from survey.store.models import Desk, PaperEntry, PaperForm, PaperReturn, User

#: Stages in which somebody has to do something.
OPEN_STAGES = tuple(stage for stage in Stage if next_round(stage))


def form(session: Session, wave_id: int, number: int) -> PaperForm | None:
    """A printed form, held until the transaction ends."""
    return session.scalars(
        select(PaperForm)
        .where(PaperForm.wave_id == wave_id, PaperForm.number == number)
        .with_for_update()
    ).one_or_none()


def returned(session: Session, form_id: int) -> PaperReturn | None:
    """A form that came back, held until the transaction ends."""
    return session.scalars(
        select(PaperReturn).where(PaperReturn.form_id == form_id).with_for_update()
    ).one_or_none()


def of_case(session: Session, case_id: int) -> PaperReturn | None:
    return session.scalars(select(PaperReturn).where(PaperReturn.case_id == case_id)).one_or_none()


def desk_of_unit(session: Session, wave_id: int, unit_id: int) -> Desk | None:
    """The desk through which a unit's open stream comes."""
    return session.scalars(
        select(Desk).where(Desk.wave_id == wave_id, Desk.unit_id == unit_id).order_by(Desk.id)
    ).first()


def counts(session: Session, wave_id: int) -> dict[str, int]:
    """Forms that came back by stage."""
    found = (
        select(PaperReturn.stage, func.count())
        .join(PaperForm, PaperForm.id == PaperReturn.form_id)
        .where(PaperForm.wave_id == wave_id)
        .group_by(PaperReturn.stage)
    )
    return dict(session.execute(found).all())


def open_for(session: Session, wave_id: int, account_id: int) -> list[Row]:
    """Number and stage of forms on which somebody who has not typed them yet may work."""
    mine = select(PaperEntry.form_id).where(PaperEntry.account_id == account_id)
    return list(
        session.execute(
            select(PaperForm.number, PaperReturn.stage)
            .join(PaperReturn, PaperReturn.form_id == PaperForm.id)
            .where(
                PaperForm.wave_id == wave_id,
                PaperReturn.stage.in_(OPEN_STAGES),
                PaperReturn.form_id.not_in(mine),
            )
            .order_by(PaperForm.number)
        )
    )


def open_anywhere(session: Session, account_id: int) -> list[Row]:
    """Waves with such forms: wave and how many."""
    mine = select(PaperEntry.form_id).where(PaperEntry.account_id == account_id)
    return list(
        session.execute(
            select(PaperForm.wave_id, func.count().label("n"))
            .join(PaperReturn, PaperReturn.form_id == PaperForm.id)
            .where(PaperReturn.stage.in_(OPEN_STAGES), PaperReturn.form_id.not_in(mine))
            .group_by(PaperForm.wave_id)
            .order_by(PaperForm.wave_id)
        )
    )


def compared(session: Session, wave_id: int) -> Sequence[Row]:
    """Counts of every form that two people have typed."""
    return session.execute(
        select(PaperReturn.n_fields, PaperReturn.n_differences, PaperReturn.differing)
        .join(PaperForm, PaperForm.id == PaperReturn.form_id)
        .where(
            PaperForm.wave_id == wave_id,
            PaperReturn.stage.in_((Stage.DIFFERS, Stage.STORED, Stage.UNUSED)),
        )
    ).all()


def by_keyer(session: Session, wave_id: int) -> Sequence[Row]:
    """Of forms that are done: who typed how many fields, and how many of them wrong."""
    return session.execute(
        select(
            User.display_name,
            func.count().label("n_forms"),
            func.sum(PaperReturn.n_fields).label("n_fields"),
            func.sum(PaperEntry.n_wrong).label("n_wrong"),
        )
        .join(PaperReturn, PaperReturn.form_id == PaperEntry.form_id)
        .join(PaperForm, PaperForm.id == PaperEntry.form_id)
        .join(User, User.id == PaperEntry.account_id)
        .where(
            PaperForm.wave_id == wave_id,
            PaperEntry.round != "resolution",
            PaperReturn.stage.in_((Stage.STORED, Stage.UNUSED)),
        )
        .group_by(User.id, User.display_name)
        .order_by(User.display_name)
    ).all()


def unfinished(session: Session, wave_id: int) -> int:
    """Forms that came back and are no answer yet."""
    return session.scalar(
        select(func.count())
        .select_from(PaperReturn)
        .join(PaperForm, PaperForm.id == PaperReturn.form_id)
        .where(PaperForm.wave_id == wave_id, PaperReturn.stage.in_(OPEN_STAGES))
    )


def cut(session: Session, wave_id: int) -> int:
    """Nothing leads from a form to a case or an answer any more; how many such ways there were."""
    forms = select(PaperForm.id).where(PaperForm.wave_id == wave_id)
    session.execute(
        update(PaperEntry).where(PaperEntry.form_id.in_(forms)).values(typed={}),
        execution_options={"synchronize_session": False},
    )
    return session.execute(
        update(PaperReturn)
        .where(
            PaperReturn.form_id.in_(forms),
            or_(PaperReturn.case_id.is_not(None), PaperReturn.response_id.is_not(None)),
        )
        .values(case_id=None, response_id=None),
        execution_options={"synchronize_session": False},
    ).rowcount


def take_back(session: Session, found: PaperReturn) -> None:
    """A form that was logged by mistake, before anybody typed it."""
    session.execute(delete(PaperReturn).where(PaperReturn.form_id == found.form_id))
