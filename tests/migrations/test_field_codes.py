"""A database with cases in it learns the codes of the fieldwork, and unlearns them."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from survey.store import migrate
from survey.store.session import make_engine

BEFORE = (
    "INSERT INTO wave (id, slug, titles, organisation, contact, synthetic, window_from, window_to, "
    "opens_on, closes_on, state, questionnaire_id, scheme_id, live_results, results_public, "
    "settings, created_at) VALUES (1, 'w', '{}', '', '', true, '2023-01-01', '2023-12-31', "
    "'2023-01-01', '2023-12-31', 'open', 1, 1, false, false, '{}', '2023-01-01')",
    "INSERT INTO frame (id, wave_id, name, sha256, n_dossiers, imported_at, imported_by) "
    "VALUES (1, 1, 'f', 'x', 1, '2023-01-01', 'a')",
    "INSERT INTO unit (id, code, valid_from, name, kind) VALUES (1, '1', '2020-01-01', 'u', 'xã')",
    "INSERT INTO dossier (id, frame_id, code, unit_id, field, channel, received_on, returned_on, "
    "applicant) VALUES (1, 1, 'd', 1, 'x', 'y', '2023-01-01', '2023-01-02', 'person')",
    "INSERT INTO sample_plan (id, wave_id, frame_id, definition, sha256, created_at, created_by) "
    "VALUES (1, 1, 1, '{}', 'x', '2023-01-01', 'a')",
    "INSERT INTO sample_draw (id, plan_id, seed, digest, drawn_at, drawn_by) "
    "VALUES (1, 1, 's', 'x', '2023-01-01', 'a')",
    "INSERT INTO survey_case (id, wave_id, draw_id, dossier_id, unit_id, stratum, role, rank, "
    "inclusion_probability, issued, opened, disposition) "
    "VALUES (1, 1, 1, 1, 1, 'x', 'main', 1, 0.5, true, false, '2.11')",
    "INSERT INTO case_event (case_id, kind, at) VALUES (1, 'refused', '2023-01-01')",
)
FIRST = (
    "INSERT INTO questionnaire (id, form_id, version, sha256, definition) "
    "VALUES (1, 'f', '1', 'x', '{}')",
    "INSERT INTO scheme (id, name, valid_from, sha256, definition) "
    "VALUES (1, 's', '2023-01-01', 'x', '')",
)
CHANGE = "UPDATE survey_case SET disposition = :code"


def run(engine, *statements: str, **facts: object) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement), facts)


def test_cases_keep_what_they_had_and_may_end_as_more(empty_database_url):
    migrate.upgrade(empty_database_url, "0001")
    engine = make_engine(empty_database_url)
    try:
        run(engine, *FIRST, *BEFORE)
        with pytest.raises(IntegrityError):
            run(engine, CHANGE, code="2.20")
        engine.dispose()
        migrate.upgrade(empty_database_url, "0002")
        with engine.begin() as connection:
            kept = connection.execute(text("SELECT id, disposition FROM survey_case")).all()
            assert kept == [(1, "2.11")]
            assert connection.scalar(text("SELECT count(*) FROM case_event")) == 1
        run(engine, CHANGE, code="2.20")
        for unknown in ("2.1121", "3.11", "9"):
            with pytest.raises(IntegrityError):
                run(engine, CHANGE, code=unknown)
        engine.dispose()
        migrate.downgrade(empty_database_url, "0001")
        with engine.begin() as connection:
            assert connection.scalar(text("SELECT disposition FROM survey_case")) == "3.0"
        with pytest.raises(IntegrityError):
            run(engine, CHANGE, code="2.20")
    finally:
        engine.dispose()


def test_a_sqlite_file_is_sound_after_its_check_was_rewritten(tmp_path):
    url = f"sqlite:///{tmp_path / 'survey.db'}"
    migrate.upgrade(url)
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
            written = connection.exec_driver_sql(
                "SELECT sql FROM sqlite_master WHERE name = 'survey_case'"
            ).scalar()
        assert "'2.20'" in written
    finally:
        engine.dispose()
