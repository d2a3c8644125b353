"""A commune out of the province that was chosen, on the citizen's pages, without JavaScript."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

import forms.questionnaires
from forms import xlsform
from survey.store.models import Response
from tests.support import waves
from tests.support.waves import send

SURVEY = """type,name,label,choice_filter,required
hidden,unit_name,,,
hidden,case_field,,,
hidden,case_channel,,,
begin group,noi,Nơi ở,,
select_one_from_file tinh.csv,tinh,Ông/bà ở tỉnh nào?,,yes
select_one_from_file xa.csv,xa,Ông/bà ở xã nào?,tinh = ${tinh},yes
select_multiple_from_file thon.csv,thon,Những thôn nào?,xa = ${xa},
end group,,,,
"""
TINH = "name,label\n" + "".join(f"t{k},Tỉnh {k}\n" for k in range(34))
XA = "name,label,tinh\n" + "".join(f"x{k},Xã {k},t{k % 34}\n" for k in range(3321))
THON = "name,label,xa\n" + "".join(f"n{k},Thôn {k},x{k % 1000}\n" for k in range(4000))
FILES = {
    "survey.csv": SURVEY,
    "settings.csv": "form_id,form_title,version,default_language\nthu,Phiếu thử,1,vi\n",
    "tinh.csv": TINH,
    "xa.csv": XA,
    "thon.csv": THON,
}


@pytest.fixture
def wave(app, tmp_path, monkeypatch):
    folder = tmp_path / "sheets"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    made = xlsform.read(folder)
    monkeypatch.setattr(forms.questionnaires, "load", lambda name: made)
    return waves.make(app)


def test_each_page_offers_what_the_answer_before_leaves(client, wave):
    client.get(f"/P/{wave.codes()[0]}")
    place = send(client, "/phieu", consent="dong_y").location
    page = client.get(place).text
    assert page.count("<select") == 1 and page.count("<option") == 35
    place = send(client, place, tinh="t7").location
    page = client.get(place).text
    offered = re.findall(r'<option value="(x\d+)"', page)
    assert len(offered) == 98 and all(int(name[1:]) % 34 == 7 for name in offered)
    # A commune of another province was not offered.
    wrong = send(client, place, xa="x8")
    assert wrong.status_code == 422
    place = send(client, place, xa="x41").location
    page = client.get(place).text
    assert re.findall(r'value="(n\d+)"', page) == ["n41", "n1041", "n2041", "n3041"]
    place = send(client, place, thon=["n41", "n2041"]).location
    assert send(client, place).location == "/phieu/xong"
    with wave.database.read() as session:
        (answer,) = session.scalars(select(Response))
    assert answer.answers == {"tinh": "t7", "xa": "x41", "thon": ["n41", "n2041"]}
