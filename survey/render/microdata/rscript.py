"""The script with which R's ``survey`` computes the published table again from an export."""

from __future__ import annotations

from pathlib import Path

_TEMPLATE = Path(__file__).with_name("analyse.R")

_DOSSIERS = """\
# 1. The design: strata are the cells, every answer is its own sampling unit, the sample is
#    post-stratified to the dossiers of each cell in the frame.
{read}
design <- svydesign(ids = ~psu, strata = ~cell, fpc = ~fpc, weights = ~w_nonresponse, data = d)
frame <- unique(d[c("cell", "fpc")])
names(frame)[2] <- "Freq"
design <- postStratify(design, ~cell, frame)
stopifnot(max(abs(weights(design) / d$w_final - 1)) < 1e-9)
reach_of <- function(member) z"""
_AT_HOME = """\
# 1. The design: strata are the cells, areas are the sampling units (ultimate clusters, as if
#    drawn with replacement).  Nobody counted the adults of a cell: no margin, and quantiles of t.
{read}
design <- svydesign(ids = ~psu, strata = ~cell, weights = ~w_final, data = d)
stopifnot(max(abs(d$w_base * d$p_area * d$p_household * d$p_adult - 1)) < 1e-9)
reach_of <- function(member) qt(0.5 + level / 2, max(degf(subset(design, member)), 1))"""
_READ = """d <- read("@DATA@")
d <- d[!is.na(d$cell), ]
d$key <- paste(d$unit, d$unit_from, sep = "@")"""

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
    at_home: bool = False,
) -> str:
    """The script's text.  ``data``: name of the CSV file; line breaks in texts become blanks.

    ``at_home``: areas are the sampling units, as in a household round.
    """
    filled = {
        "DESIGN": (_AT_HOME if at_home else _DOSSIERS).format(read=_READ),
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
