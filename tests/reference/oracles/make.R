# Computes every case of cases.json again and says how far R is from the figures stored there.
#
#   Rscript make.R              compares; stops with status 1 where a figure is further than 1e-9
#   Rscript make.R again.json   writes the figures of this R, in the form of cases.json
#
# The stored figures come from R 4.2.2 and survey 4.5, and these give them all again (1,677 figures,
# the furthest 2e-12 away).  survey 4.1.1 (Debian 12) lacks the Wilson interval, takes lonely PSUs
# under "adjust" from 0 instead of the common mean, reads quantiles below the lowest share of weight
# otherwise, and runs out of stack where trimming finds no weight left to share with.
suppressMessages({library(survey); library(jsonlite)})
options(survey.use_rcpp = FALSE)
out <- commandArgs(trailingOnly = TRUE)
flat <- function(x) unname(as.vector(if (is.data.frame(x)) unlist(x) else x))
num <- function(x) suppressWarnings(as.numeric(unlist(lapply(x, function(v) if (is.null(v)) NA else v))))
cases <- fromJSON("cases.json", simplifyVector = FALSE)
frames <- list()
frame <- function(name) {
  if (is.null(frames[[name]])) {
    d <- read.csv(paste0(name, ".csv"), stringsAsFactors = FALSE); d$one <- 1
    frames[[name]] <<- d
  }
  frames[[name]]
}

formula_of <- function(names) reformulate(names)
margin <- function(name, totals) {
  m <- data.frame(a = names(totals), Freq = num(totals)); names(m)[1] <- name; m
}

base_design <- function(said, d) {
  ids <- if (is.list(said$ids)) formula_of(unlist(said$ids)) else {
    one <- sub(" .*", "", said$ids); if (one == "~1") ~1 else formula_of(one)
  }
  from_fpc <- grepl("fpc", said$weights)
  args <- list(ids = ids, data = d, nest = isTRUE(said$nest))
  if (!from_fpc) args$weights <- if (said$weights == "1") ~one else formula_of(said$weights)
  if (length(said$strata)) args$strata <- formula_of(said$strata)
  if (length(said$fpc)) args$fpc <- formula_of(unlist(said$fpc))
  do.call(svydesign, args)
}

design_of <- function(said, data) {
  d <- frame(data)
  options(survey.lonely.psu = if (is.null(said$lonely_psu)) "fail" else said$lonely_psu,
          survey.adjust.domain.lonely = isTRUE(said$adjust_domain_lonely))
  des <- base_design(said, d)
  cal <- said$calibration
  if (!is.null(cal)) {
    if (cal$method == "postStratify")
      return(postStratify(des, formula_of(cal$var), margin(cal$var, cal$pop)))
    if (cal$method == "rake")
      return(rake(des, lapply(names(cal$margins), formula_of),
                  Map(margin, names(cal$margins), cal$margins),
                  control = list(maxit = 1000, epsilon = 1e-9, verbose = FALSE)))
    args <- list(des, as.formula(cal$formula), population = setNames(num(cal$totals), names(cal$totals)),
                 calfun = cal$calfun, maxit = 200, epsilon = 1e-11)
    if (length(cal$bounds)) args$bounds <- num(cal$bounds)
    return(do.call(calibrate, args))
  }
  if (!is.null(said$trim)) {
    args <- list(des, strict = isTRUE(said$trim$strict))
    for (side in c("lower", "upper")) if (!is.null(said$trim[[side]])) args[[side]] <- said$trim[[side]]
    return(do.call(trimWeights, args))
  }
  rep <- said$replicates
  if (!is.null(rep)) {
    kind <- if (rep$type %in% c("BRR", "Fay", "JK1", "JKn")) rep$type else "other"
    args <- list(data = d, weights = weights(des, "sampling"), repweights = as.matrix(read.csv(rep$file)),
                 type = kind, combined.weights = TRUE, mse = isTRUE(rep$mse))
    if (kind == "Fay") args$rho <- 0.3
    if (kind %in% c("JKn", "JK1", "other")) { args$scale <- num(rep$scale); args$rscales <- num(rep$rscales) }
    return(suppressWarnings(do.call(svrepdesign, args)))
  }
  des
}

# The call of a case without the design in it: the design comes second, the formulas where they are.
items <- function(text) paste0("~", trimws(text))
found <- function(e) list(est = flat(coef(e)), se = flat(SE(e)), vcov = tryCatch(as.matrix(vcov(e)), error = function(x) NULL))
with_deff <- function(e) c(found(e), list(deff = tryCatch(flat(deff(e)), error = function(x) NULL)))
listed <- function(labels) formula_of(gsub("^(sch\\.wide)$", "\\1", unlist(labels)))
rows_by_domain <- function(e, f) { # R lists items one after the other; the cases list domains
  k <- length(all.vars(f)); n <- length(coef(e)) / k
  o <- as.vector(t(matrix(seq_along(coef(e)), n, k)))
  list(est = flat(coef(e))[o], se = flat(SE(e))[o])
}

answer <- function(case, des) {
  r <- case$r; labels <- unlist(case$labels)
  hit <- function(p) grepl(p, r, perl = TRUE)
  part <- function(p, k = 1) regmatches(r, regexec(p, r, perl = TRUE))[[1]][k + 1]
  numbers <- function(x) as.numeric(strsplit(x, ",")[[1]])
  if (hit("^svytotal$")) return(found(svytotal(formula_of(labels), des, na.rm = TRUE)))
  if (hit("^svyratio$")) { ab <- strsplit(labels[1], "/")[[1]]; return(found(svyratio(formula_of(ab[1]), formula_of(ab[2]), des, na.rm = TRUE))) }
  if (hit("^deff=")) return(with_deff(svymean(formula_of(labels), des, na.rm = TRUE, deff = "replace")))
  if (hit("^weights")) { w <- weights(des); return(list(est = c(sum(w), min(w), max(w), sum(w^2)))) }
  if (hit("^svyby \\w+")) return(found(svyby(~api00, formula_of(part("^svyby (\\w+)")), des, svymean)))
  if (hit("^svymean\\(.*subset\\(")) {
    e <- subset(des, stype == "E" & sch.wide == "Yes")
    return(c(found(svymean(formula_of(labels), e, na.rm = TRUE)), list(degf = degf(e))))
  }
  if (hit("^svy(mean|total)")) {
    f <- as.formula(part("^svy(?:mean|total)\\((~[^,]*?)(?:,.*)?\\)$"))
    make <- if (hit("^svymean")) svymean else svytotal
    e <- tryCatch(make(f, des, na.rm = TRUE, deff = TRUE), error = function(x) make(f, des, na.rm = TRUE))
    return(c(with_deff(e), list(degf = degf(des))))
  }
  if (hit("^svyratio")) {
    return(found(svyratio(as.formula(part("\\((~[\\w.]+),")), as.formula(part(",(~[\\w.]+)")), des, na.rm = TRUE)))
  }
  if (hit("^svyciprop")) {
    f <- as.formula(part("\\((~I\\(.*?\\)),")); e <- svyciprop(f, des, method = part("method='(\\w+)'"))
    return(list(est = c(flat(coef(e)), flat(attr(e, "ci")))))
  }
  if (hit("^svyby")) {
    f <- as.formula(part("\\((~.*?),~")); by <- as.formula(part(",(~[\\w.+]+),"))
    if (hit("pairwise")) {
      e <- svyby(f, by, des, svymean, covmat = TRUE); k <- length(coef(e)); v <- vcov(e); p <- combn(k, 2)
      return(list(est = flat(coef(e)[p[1, ]] - coef(e)[p[2, ]]),
                  se = sqrt(v[cbind(p[1, ], p[1, ])] + v[cbind(p[2, ], p[2, ])] - 2 * v[t(p)])))
    }
    if (hit("svyquantile")) {
      q <- numbers(part("c\\((.*?)\\)")); e <- svyby(f, by, des, svyquantile, quantiles = q, ci = TRUE)
      o <- as.vector(t(matrix(seq_along(coef(e)), ncol = length(q))))
      return(list(est = flat(coef(e))[o], se = flat(SE(e))[o]))
    }
    if (hit("I\\(q>=4\\)")) {
      e <- svyby(~as.numeric(q >= 4), by, des, svymean, na.rm = TRUE); return(found(e))
    }
    return(rows_by_domain(svyby(f, by, des, if (hit("svymean\\)")) svymean else svytotal, na.rm = TRUE), f))
  }
  if (hit("^svyquantile")) {
    pick <- function(p, otherwise) if (hit(p)) part(p) else otherwise
    e <- svyquantile(as.formula(part("\\((~\\w+)")), des, numbers(part("c\\((.*?)\\)")), na.rm = TRUE,
                     qrule = pick("qrule='(\\w+)'", "math"), interval.type = pick("interval.type='(\\w+)'", "mean"))
    ci <- confint(e)
    return(list(est = flat(coef(e)), se = flat(SE(e)), ci_lo = flat(ci[, 1]), ci_hi = flat(ci[, 2])))
  }
  if (hit("^svyvar")) { e <- svyvar(as.formula(part("\\((~\\w+)")), des); return(list(est = flat(coef(e))[1], se = flat(SE(e))[1])) }
  if (hit("^svychisq")) {
    e <- svychisq(as.formula(part("\\((~[\\w.+]+)")), des, statistic = part("statistic='(\\w+)'"))
    return(list(est = c(flat(e$statistic), flat(e$parameter), flat(e$p.value))))
  }
  if (hit("^svyttest\\(I")) { e <- svyttest(I(api00 - api99) ~ 1, des) }
  else if (hit("^svyttest")) { e <- svyttest(api00 ~ sch.wide, des) }
  else if (hit("^svyglm")) { e <- svyglm(api00 ~ ell + meals + enroll, des); return(found(e)) }
  else stop("no answer to ", r)
  list(est = c(flat(e$estimate)[1], flat(e$statistic), flat(e$parameter), flat(e$p.value)))
}

worst <- c(); failed <- character(); designs <- new.env()
for (i in seq_along(cases)) {
  case <- cases[[i]]; key <- paste(case$data, toJSON(case$design, auto_unbox = TRUE))
  got <- tryCatch({
    options(survey.lonely.psu = if (is.null(case$design$lonely_psu)) "fail" else case$design$lonely_psu,
            survey.adjust.domain.lonely = isTRUE(case$design$adjust_domain_lonely))
    if (is.null(designs[[key]])) assign(key, design_of(case$design, case$data), designs)
    suppressWarnings(answer(case, designs[[key]]))
  }, error = function(e) { failed <<- c(failed, paste(case$id, "|", conditionMessage(e))); NULL })
  if (is.null(got)) next
  for (name in intersect(names(got), c("est", "se", "vcov", "deff", "degf", "ci_lo", "ci_hi"))) {
    if (is.null(case[[name]]) || is.null(got[[name]])) next
    a <- num(got[[name]]); b <- num(unlist(lapply(case[[name]], function(x) if (is.null(x)) NA else x)))
    if (name == "est" && length(b) < length(a)) a <- a[seq_along(b)]
    size <- max(abs(num(case$est)), na.rm = TRUE) * if (name == "vcov") 0 else 1e-12
    off <- if (length(a) != length(b)) Inf else
      suppressWarnings(max(0, (abs(a - b) - size) / pmax(abs(b), 1e-300), na.rm = TRUE))
    worst[paste(case$id, name)] <- off
    cases[[i]][[name]] <- if (name == "vcov") unname(apply(as.matrix(got$vcov), 1, as.list)) else as.list(a)
  }
}
limit <- ifelse(grepl("/rake", names(worst)), 1e-6, 1e-9)
cat(R.version.string, "survey", as.character(packageVersion("survey")), "\n")
cat(length(cases), "cases,", length(worst), "figures compared,", sum(worst > limit), "apart,",
    length(failed), "failed; largest difference within", max(worst[worst <= limit]), "\n")
for (line in head(c(failed, paste(names(worst), worst)[worst > limit]), 40)) cat("  ", line, "\n")
if (length(out)) writeLines(toJSON(cases, digits = I(15), auto_unbox = TRUE, na = "null"), out[1])
quit(status = if (length(failed) || any(worst > limit)) 1 else 0)
