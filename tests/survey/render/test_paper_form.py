"""The paper form as a printer gets it: A4, nothing cut, every sheet traceable, both languages."""

from __future__ import annotations

from datetime import date

import pypdfium2
import pytest

from forms.model import Choice, Kind, Question, Questionnaire, Section
from survey.render.paper_form import PaperCopy, forms_pdf, preview_pdf
from tests.survey.render import pdf_reading

A4 = (595.28, 841.89)
#: What no printer reaches, in points.
EDGE = 28.0
LONG = "giấy tờ phải nộp, lệ phí phải đóng, thời hạn trả kết quả và nơi nhận kết quả " * 4


def text(vi: str, en: str = "") -> dict[str, str]:
    return {"vi": vi, "en": en or vi}


def options(*labels: str) -> tuple[Choice, ...]:
    return tuple(Choice(f"o{k}", text(label)) for k, label in enumerate(labels))


SCALE = options("Rất không hài lòng", "Không hài lòng", "Bình thường", "Hài lòng", "Unsatisfactory")
YES_NO = (Choice("co", text("Có", "Yes")), Choice("khong", text("Không", "No")))


def rating(name: str, label: str, **more) -> Question:
    more = {"choices": SCALE, "appearance": "likert"} | more
    return Question(name, Kind.SELECT_ONE, text(label), **more)


EVERY = (
    Question("co", Kind.SELECT_ONE, text("Có dùng không?", "Used?"), choices=YES_NO),
    Question("vi_sao", Kind.SELECT_MULTIPLE, text("Vì sao?"), choices=options("A", LONG, "C"),
             relevant="${co} = 'khong'"),
    Question("hang", Kind.RANK, text("Xếp hạng"), choices=options("Nhanh", "Rẻ", "Gần")),
    Question("gio", Kind.TIME, text("Mấy giờ?")),
    Question("luc", Kind.DATETIME, text("Lúc nào?")),
    Question("ngay", Kind.DATE, text("Ngày nào?")),
    Question("diem", Kind.RANGE, text("Mấy điểm?"),
             parameters={"start": "0", "end": "1", "step": "0.25"}),
    Question("phan", Kind.RANGE, text("Mấy phần trăm?"),
             parameters={"start": "0", "end": "100", "step": "0.5"}),
    Question("doc", Kind.ACKNOWLEDGE, text("Đã đọc"), choices=(Choice("OK", text("Xác nhận")),)),
    Question("noi", Kind.GEOPOINT, text("Ở đâu?")),
    Question("ma", Kind.BARCODE, text("Mã?")),
    Question("so", Kind.INTEGER, text("Mấy người?")),
    Question("phi", Kind.DECIMAL, text("Bao nhiêu tiền?")),
    Question("chu", Kind.TEXT, text("Tên?"), guidance=text("Viết hoa", "Capitals")),
    Question("loi", Kind.TEXT, text("Ý kiến?"), appearance="multiline"),
    *(rating(f"t{k}", f"Nội dung {k} {LONG if k == 9 else ''}") for k in range(40)),
    rating("rieng", "Một câu đứng riêng", hints=text("Về chung", "Overall")),
    rating("muoi", "Mười một mức", choices=options(*map(str, range(11)))),
    rating("rong", "Mức chữ dài", choices=options(*["Nghiêngnghiêngnghiêng"] * 9)),
    Question("dai", Kind.SELECT_ONE, text("Chọn một"), choices=options(*[LONG] * 30)),
    Question("xa", Kind.SELECT_ONE, text("Xã nào?"), choices=options(*["Xã"] * 5_000)),
    Question("lu_y", Kind.NOTE, text("Lưu ý. " + LONG * 20)),
)  # fmt: skip
FORM = Questionnaire(
    "moi_loai", "1", text("Mọi loại", "Every type"), ("vi", "en"), "vi",
    (Section("a", text("Phần A", "Part A"), questions=EVERY),),
)  # fmt: skip


@pytest.fixture(scope="module", params=["vi", "en"])
def printed(request) -> tuple[str, bytes]:
    copies = [PaperCopy("000001-4", "dot-1/000001-4"), PaperCopy("000002-2", "dot-1/000002-2")]
    made = forms_pdf(
        FORM, request.param, copies,
        title="Đợt thử", organisation="Ủy ban nhân dân", made_on=date(2024, 3, 1),
    )  # fmt: skip
    return request.param, made


def test_every_sheet_is_a4_and_nothing_reaches_over_its_edge(printed):
    document = pypdfium2.PdfDocument(printed[1])
    for page in document:
        assert page.get_size() == pytest.approx(A4, abs=0.1)
        words = page.get_textpage()
        boxes = [words.get_charbox(k) for k in range(words.count_chars())]
        assert min(box[0] for box in boxes) > EDGE and max(box[2] for box in boxes) < A4[0] - EDGE
        assert min(box[1] for box in boxes) > EDGE / 2 and max(box[3] for box in boxes) < A4[1] - 20


def test_every_question_and_option_is_on_the_paper(printed):
    language, made = printed
    whole = " ".join(pdf_reading.text(made, n) for n in range(pdf_reading.n_pages(made)))
    for question in EVERY:
        label = " ".join(question.labels[language].split())
        assert whole.count(label[:60]) >= 2, question.name
        if 1 < len(question.choices) < 60:
            for choice in question.choices:
                assert choice.labels[language].split()[0] in whole
    assert whole.count(" ".join(LONG.split())) >= 2 * 31
    wanted = {
        "vi": ["Đánh dấu một ô.", "Ghi giờ : phút.", "0,25", "Kinh độ", "từ 0 đến 100", "Viết hoa",
               "Chỉ trả lời nếu câu 1 là “Không”.", "→ chuyển tới câu 3", "Xác nhận"],
        "en": ["Tick one box.", "Write hours : minutes.", "0.25", "Longitude", "from 0 to 100",
               "Answer only if question 1 is “No”.", "→ go to question 3", "Capitals"],
    }  # fmt: skip
    for words in wanted[language]:
        assert words in whole, words


def test_each_sheet_tells_its_form_and_page_by_number_and_code(printed):
    made = printed[1]
    n = pdf_reading.n_pages(made)
    half = n // 2
    assert n == 2 * half
    for page in range(n):
        number = "000001-4" if page < half else "000002-2"
        here = page % half + 1
        assert f"{number}/{here}" in pdf_reading.text(made, page)
        assert f"{here}/{half}" in pdf_reading.text(made, page)
        assert pdf_reading.qr_texts(made, page) == [f"dot-1/{number}"]


def test_a_preview_has_no_number_and_says_so():
    made = preview_pdf(FORM, "vi")
    assert pdf_reading.qr_texts(made, 0) == []
    assert "BẢN XEM TRƯỚC" in pdf_reading.text(made, 0)
    assert "000001" not in pdf_reading.text(made, 0)
