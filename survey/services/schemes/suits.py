"""Whether a questionnaire's items have the options that a scheme's rules give points for."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.index.scheme import Leaf, Scheme
from forms.model import Question, Questionnaire
from survey.errors import InvalidInput, Problem

#: Answers that a share of satisfied answers tells apart: 4 and 5 are satisfied.
_UNSATISFIED, _SATISFIED = {"1", "2", "3"}, {"4", "5"}


def demand(scheme: Scheme, definition: Questionnaire, group: str) -> None:
    """Raises InvalidInput for items whose options the scheme's rule cannot read."""
    found = tuple(problems(scheme, definition, group))
    if found:
        raise InvalidInput(found[0].message, found, code=found[0].code, **found[0].facts)


def problems(scheme: Scheme, definition: Questionnaire, group: str) -> Iterator[Problem]:
    """Each item of the group whose options do not fit the rule of its concept."""
    weights = scheme.concept_scores()
    for leaf in scheme.survey_leaves:
        if leaf.group != group:
            continue
        for item in definition:
            if item.is_rating and item.concept == leaf.concept:
                yield from _item(item, leaf, {str(code) for code in weights.get(leaf.asked, ())})


def _item(item: Question, leaf: Leaf, weighted: set[str]) -> Iterator[Problem]:
    codes = {choice.name for choice in item.choices if not choice.missing}
    facts = {"item": item.name, "codes": ", ".join(sorted(codes)), "leaf": leaf.id}
    if weighted and codes != weighted:
        yield Problem(
            "scheme.scale",
            "Phiếu không hợp với bộ chỉ số: câu “%(item)s” có các phương án %(codes)s, tiêu chí "
            "%(leaf)s cho điểm các phương án %(weighted)s.",
            facts | {"weighted": ", ".join(sorted(weighted))},
        )
    elif not weighted and not (
        codes >= _SATISFIED and codes & _UNSATISFIED and codes <= _SATISFIED | _UNSATISFIED
    ):
        yield Problem(
            "scheme.scale",
            "Phiếu không hợp với bộ chỉ số: câu “%(item)s” có các phương án %(codes)s, tiêu chí "
            "%(leaf)s tính tỷ lệ hài lòng trên thang 1 đến 5 (4 và 5 là hài lòng).",
            facts,
        )
