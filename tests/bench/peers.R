# The tasks of test_estimation_speed.py in R's survey, timed by elapsed seconds, one line a task.
# Rscript peers.R rows.csv fewer-rows.csv
suppressMessages(library(survey))
files <- commandArgs(trailingOnly = TRUE)
cat("version", as.character(packageVersion("survey")), "\n")
items <- as.formula(paste("~", paste(sprintf("q%02d", 0:24), collapse = "+")))
took <- function(name, work) {
  cat(name, system.time(force(work))[["elapsed"]], "\n")
  flush(stdout())
}
frame <- read.csv(files[1])
for (name in c("sex", "age", "job", "edu", "service")) frame[[name]] <- factor(frame[[name]])
design <- svydesign(id = ~psu, strata = ~commune, weights = ~w, data = frame)
took("means", svyby(items, ~cell, design, svymean))
took("quantiles", svyby(~q03, ~commune, design, svyquantile, quantiles = c(.25, .5, .75), ci = TRUE))
margins <- lapply(c("sex", "age", "job", "edu", "service"), function(name) {
  counts <- tapply(frame$known, frame[[name]], sum)
  setNames(data.frame(names(counts), as.vector(counts)), c(name, "Freq"))
})
took("raking", rake(design, list(~sex, ~age, ~job, ~edu, ~service), margins,
                    control = list(maxit = 50, epsilon = 1e-9)))
form <- ~ age * edu + job + service + sex + q00
totals <- colSums(model.matrix(form, frame) * frame$known)
took("calibration", calibrate(design, form, totals, bounds = c(.5, 2), calfun = "linear", maxit = 100))
rm(frame, design)
few <- read.csv(files[2])
few <- svydesign(id = ~psu, strata = ~commune, weights = ~w, data = few)
took("bootstrap", svyby(items, ~commune, as.svrepdesign(few, type = "subbootstrap", replicates = 500),
                        svymean))
