"""A questionnaire leaves by the command line as ODK clients read it."""

from click.testing import CliRunner

from forms import questionnaires
from forms.faces import xform
from survey.cli.form import form


def test_a_shipped_questionnaire_is_written_as_an_xform(tmp_path):
    path = tmp_path / "c1.xml"
    done = CliRunner().invoke(form, ["xform", "c1-citizen", "-o", str(path), "--cases", "ca.csv"])
    assert done.exit_code == 0, done.output
    made = xform.build(questionnaires.load("c1-citizen"), case_file="ca.csv")
    assert path.read_bytes() == made.xml
    assert made.md5 in done.output
    assert "ca.csv" in done.output


def test_faults_are_told_and_nothing_is_written(tmp_path):
    (tmp_path / "survey.csv").write_text("type,name,label\ntext,a,A\nlạ,b,B\n", encoding="utf-8")
    (tmp_path / "settings.csv").write_text("form_id,version,default_language\nx,1,vi\n")
    path = tmp_path / "form.xml"
    done = CliRunner().invoke(form, ["xform", str(tmp_path), "-o", str(path)])
    assert done.exit_code == 1
    assert "survey!A3" in done.output
    assert not path.exists()
    done = CliRunner().invoke(form, ["xform", "khong-co", "-o", str(path)])
    assert "c1-citizen" in done.output
