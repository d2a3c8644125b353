"""The script with which R's ``survey`` computes the published table again from an export."""

from __future__ import annotations

from pathlib import Path

_TEMPLATE = Path(__file__).with_name("analyse.R")

_REPLICATES = """
# The same variance from the replicate weights of the file:
replicated <- svrepdesign(
  data = d, weights = ~w_final, repweights = "^rw_[0-9]+$", type = "other",
  scale = {scale!r}, rscales = read.csv(within("replicates.csv"))$rscale,
  combined.weights = TRUE, mse = FALSE)
"""
_COMPARED = """
# 6. The whole once more from the replicate weights.
whole <- svyratio(~s_, ~v_, update(replicated, s_ = together$score, v_ = together$valid))
cat(sprintf("Standard error of all satisfaction: %.8f by linearisation, %.8f by replicates\\n",
            share(together, rep(TRUE, nrow(d)))$se, as.numeric(SE(whole))[1]))
"""


def script(
    *,
    title: str,
    about: str,
    data: str,
    level: float,
    decimals: int,
    rounding: str,
    replicate_scale: float | None,
) -> str:
    """The script's text.  ``data``: name of the CSV file; line breaks in texts become blanks."""
    filled = {
        "TITLE": " ".join(title.split()),
        "ABOUT": " ".join(about.split()),
        "DATA": data,
        "LEVEL": repr(level),
        "DECIMALS": str(decimals),
        "ROUNDING": rounding,
        "REPLICATES": "" if replicate_scale is None else _REPLICATES.format(scale=replicate_scale),
        "COMPARED": "" if replicate_scale is None else _COMPARED,
    }
    text = _TEMPLATE.read_text(encoding="utf-8")
    for name, value in filled.items():
        text = text.replace(f"@{name}@", value)
    return text
