"""What a field client finds, read back from the XForm, is what the questionnaire asks."""

from __future__ import annotations

import pytest

from forms import questionnaires
from forms.faces import xform, xform_outline


@pytest.mark.parametrize("name", questionnaires.names())
@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_question_and_option_is_there_in_order_with_its_text(name, language):
    q = questionnaires.load(name)
    rows = [r for r in xform_outline.outline(xform.build(q), language) if r.control != "group"]
    asked = [each for each in q if each.is_asked]
    found = {row.name: row for row in rows}
    assert [row.name for row in rows if row.name in {x.name for x in asked}] == [
        each.name for each in asked
    ]
    for each in asked:
        plain = q.text(each.labels, language)
        if "${" not in plain:
            assert found[each.name].label == " ".join(plain.split())
        if not each.choice_filter:
            labels = [" ".join(q.text(c.labels, language).split()) for c in each.choices]
            assert sorted(found[each.name].options) == sorted(labels)
        assert bool(found[each.name].relevant) >= bool(each.relevant)
