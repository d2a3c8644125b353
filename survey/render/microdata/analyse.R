# @TITLE@
# @ABOUT@
#
# Computes the published table again with R's package "survey", from the files beside this script:
#   Rscript analyse.R [folder]
# and compares every figure with published.csv.  Ends with status 1 if one of them differs.
# Needs R >= 4.0 and the package survey (Lumley).

suppressPackageStartupMessages(library(survey))
options(survey.lonely.psu = "fail", digits = 10)
folder <- c(commandArgs(trailingOnly = TRUE), ".")[1]
within <- function(name) file.path(folder, name)
read <- function(name) read.csv(within(name), fileEncoding = "UTF-8-BOM", encoding = "UTF-8",
                                na.strings = "", check.names = FALSE,
                                colClasses = c(unit = "character", unit_from = "character"))
level <- @LEVEL@
z <- qnorm(0.5 + level / 2)

@DESIGN@
@REPLICATES@
# 2. Each criterion of the survey: score and number of valid answers of a respondent.
leaves <- read.csv(within("index-leaves.csv"), fileEncoding = "UTF-8-BOM", check.names = FALSE)
items <- read.csv(within("index-items.csv"), fileEncoding = "UTF-8-BOM", check.names = FALSE)
asked <- leaves[leaves$source == "survey", ]
add_up <- function(names, score) {
  x <- as.matrix(d[names])
  valid <- x >= 1 & x <= 5 & d$respondent == 1
  valid[is.na(valid)] <- FALSE
  s <- matrix(0, nrow(x), ncol(x))
  s[valid] <- score[x[valid]]
  list(score = rowSums(s), valid = rowSums(valid))
}
satisfied <- c(0, 0, 0, 1, 1)
score_of <- function(leaf) {
  own <- unlist(leaf[paste0("score_", 1:5)])
  if (anyNA(own)) satisfied else unname(own)
}
parts <- lapply(seq_len(nrow(asked)), function(i)
  add_up(items$variable[items$concept == asked$concept[i]], score_of(asked[i, ])))
# All items together: each scored as its own criterion scores it, unless that has weights of its
# own, which count for the criterion alone.
together <- add_up(items$variable, satisfied)

# 3. Shares with their standard errors and Wilson intervals.
wilson <- function(p, se, n, deff, complete, t) {
  if (complete) return(c(p, p))
  size <- if (p > 0 && p < 1 && se > 1e-9) p * (1 - p) / se^2 else n / deff
  size <- size * (z / t)^2
  shrunk <- 1 + z^2 / size
  centre <- (p + z^2 / (2 * size)) / shrunk
  reach <- z * sqrt(p * (1 - p) / size + z^2 / (4 * size^2)) / shrunk
  c(max(0, min(centre - reach, p)), min(1, max(centre + reach, p)))
}
kish <- function(w) length(w) * sum(w^2) / sum(w)^2
share <- function(part, member) {
  heard <- member & part$valid > 0
  if (!any(heard)) return(NULL)
  of <- update(design, s_ = part$score, v_ = part$valid)
  ratio <- svyratio(~s_, ~v_, subset(of, member))
  p <- min(max(coef(ratio)[[1]], 0), 1)
  se <- as.numeric(SE(ratio))[1]
  complete <- all(abs(d$w_final[member] - 1) < 1e-9)
  limits <- wilson(p, se, sum(heard), kish(d$w_final[heard]), complete,
                   reach_of(member))
  list(p = p, se = se, low = limits[1], high = limits[2],
       line = member * (part$score - coef(ratio)[[1]] * part$valid) /
         sum(d$w_final[member] * part$valid[member]))
}
covariance <- function(shares) {
  lines <- sapply(shares, function(x) x$line)
  colnames(lines) <- paste0("line_", seq_len(ncol(lines)))
  of <- do.call(update, c(list(design), as.data.frame(lines)))
  matrix(vcov(svytotal(reformulate(colnames(lines)), of)), ncol(lines))
}

# 4. Points, areas, total: verified points are taken as known, the survey's covariances are kept.
verified <- read("verified.csv")
rounded <- function(x) {
  shift <- 10^@DECIMALS@
  exact <- round(x * shift, 7)
  switch("@ROUNDING@", half_up = sign(exact) * floor(abs(exact) + 0.5), half_even = round(exact),
         truncate = trunc(exact)) / shift
}
composed <- function(key, shares) {
  mine <- verified[paste(verified$unit, verified$unit_from, sep = "@") == key, ]
  if (!nrow(mine) || any(sapply(shares, is.null))) return(list())
  points <- setNames(rep(NA_real_, nrow(leaves)), leaves$leaf)
  points[mine$leaf] <- mine$points
  p <- sapply(shares, function(x) x$p * 1)
  points[asked$leaf] <- p * asked$max
  v <- covariance(shares) * outer(asked$max, asked$max)
  counted <- leaves$source %in% c("verified", "survey") & !is.na(points)
  sum_of <- function(rows) sum(points[rows], na.rm = TRUE)
  total <- sum_of(counted) + sum_of(leaves$source == "bonus") - sum_of(leaves$source == "penalty")
  most <- sum(leaves$max[counted])
  sd <- sqrt(pmax(diag(v), 0))
  r <- ifelse(outer(sd, sd) > 0, v / outer(sd, sd), diag(length(sd)))
  reach <- function(x) sqrt(max(as.numeric(x %*% r %*% x), 0))
  below <- reach(asked$max * (p - sapply(shares, function(x) x$low)))
  above <- reach(asked$max * (sapply(shares, function(x) x$high) - p))
  areas <- tapply(points[counted], leaves$area[counted], sum)
  c(list(survey_points = sum(p * asked$max), verified_points = sum_of(leaves$source == "verified"),
         total = total, total_se = sqrt(max(sum(v), 0)), total_low = max(total - below, 0),
         total_high = max(min(total + above, most), total), denominator = most,
         index_percent = rounded(100 * total / most)),
    setNames(as.list(areas), paste0("area.", names(areas))))
}
row_of <- function(key) {
  member <- if (key == "@") rep(TRUE, nrow(d)) else d$key == key
  whole <- share(together, member)
  if (is.null(whole)) return(list())
  shares <- lapply(parts, share, member)
  answered <- member & together$valid > 0
  w <- d$w_final[answered]
  own <- lapply(seq_along(shares), function(i) setNames(
    list(shares[[i]]$p, shares[[i]]$p * asked$max[i]),
    paste0(c("satisfaction.", "points."), asked$leaf[i])))
  c(list(n_effective = sum(w)^2 / sum(w^2), satisfaction = whole$p, satisfaction_se = whole$se,
         satisfaction_low = whole$low, satisfaction_high = whole$high,
         unweighted = sum(together$score[member]) / sum(together$valid[member])),
    do.call(c, own), if (key != "@") composed(key, shares))
}

# 5. Side by side with the published figures; what was not published is not compared.
published <- read("published.csv")
published[is.na(published$unit), c("unit", "unit_from")] <- ""
keys <- paste(published$unit, published$unit_from, sep = "@")
made <- lapply(keys, row_of)
figures <- setdiff(names(published), c("unit", "unit_from", "name"))
computed <- published
for (figure in figures) computed[[figure]] <- vapply(made, function(row) {
  value <- row[[figure]]
  if (is.null(value)) NA_real_ else as.numeric(value)
}, 0)
write.csv(computed, within("computed.csv"), row.names = FALSE, na = "")
worst <- 0
for (figure in figures) {
  there <- !is.na(published[[figure]])
  if (!any(there)) next
  off <- abs(computed[[figure]][there] - published[[figure]][there])
  off <- max(off / pmax(1, abs(published[[figure]][there])), -Inf)
  cat(sprintf("%-32s %3d figures, largest difference %.1e\n", figure, sum(there), off))
  worst <- max(worst, off, na.rm = FALSE)
}
if (is.na(worst) || worst > 1e-8) {
  cat("DIFFERENT\n")
  quit(status = 1)
}
@COMPARED@
cat("The table is reproduced.\n")
