# Makes the figures in this folder.  Run here:  Rscript make.R > all.json
library(jsonlite)
out <- list()

library(sae)
milk <- read.csv("milk.csv"); milk$var <- milk$SD^2
fh <- function(formula, data, v) lapply(c(REML = "REML", ML = "ML", FH = "FH"), function(m) {
  data$vardir <- data[[v]]
  r <- mseFH(formula, vardir, method = m, PRECISION = 1e-12, MAXITER = 1000, data = data)
  list(eblup = as.numeric(r$est$eblup), mse = r$mse, beta = r$est$fit$estcoef,
       sigma2u = r$est$fit$refvar, gof = as.list(r$est$fit$goodness))
})
out$fay_herriot_milk <- fh(yi ~ factor(MajorArea), milk, "var")
out$fh_syn_public <- fh(y ~ x1 + x2, read.csv("fh_syn_public.csv"), "vardir")

corn <- read.csv("cornsoybean.csv"); m <- read.csv("cornsoybeanmeans.csv")
b <- eblupBHF(CornHec ~ CornPix + SoyBeansPix, dom = County,
              meanxpop = m[, c("CountyIndex", "MeanCornPixPerSeg", "MeanSoyBeansPixPerSeg")],
              popnsize = m[, c("CountyIndex", "PopnSegments")], data = corn)
out$bhf_cornsoy <- list(eblup = b$eblup, fixed = as.list(b$fit$fixed), random = b$fit$random,
                        errorvar = b$fit$errorvar, refvar = b$fit$refvar, loglike = b$fit$loglike)

library(csranks)
for (name in c("ranks_syn", "pisa2022_read")) {
  d <- read.csv(paste0(name, ".csv")); S <- diag(d$se^2)
  one <- function(simul, step)
    unclass(csranks(d$x, S, simul = simul, stepdown = step, R = 20000, seed = 100))
  z <- qnorm((1 + 0.95^(1 / nrow(d))) / 2); lo <- d$x - z * d$se; hi <- d$x + z * d$se
  out[[paste0(name, "_ranks")]] <- list(
    csranks = list(simul_stepdown = one(TRUE, TRUE), simul = one(TRUE, FALSE),
                   marg_stepdown = one(FALSE, TRUE), marg = one(FALSE, FALSE)),
    tau_best3 = cstaubest(d$x, S, tau = 3, R = 20000, seed = 100),
    klein_wright_wieczorek = list(lo = sapply(hi, function(h) 1 + sum(lo > h)),
                                  hi = sapply(lo, function(l) nrow(d) - sum(hi < l))))
}

library(psych); library(lme4)
l <- read.csv("likert.csv"); items <- l[, grep("^q", names(l))]
a <- alpha(items)
f <- factor(l$interviewer); s <- rowMeans(items, na.rm = TRUE); n <- table(f); k <- length(n)
av <- anova(lm(s ~ f))$`Mean Sq`; n0 <- (sum(n) - sum(n^2) / sum(n)) / (k - 1)
v <- as.data.frame(VarCorr(lmer(s ~ 1 + (1 | f))))$vcov
out$reliability <- list(
  alpha_pairwise = list(total = a$total, drop = a$alpha.drop$raw_alpha, r_drop = a$item.stats$r.drop),
  alpha_listwise = alpha(na.omit(items))$total$raw_alpha,
  icc_interviewer = list(anova = (av[1] - av[2]) / (av[1] + (n0 - 1) * av[2]), n0 = n0,
                         MSB = av[1], MSW = av[2], reml_tau2 = v[1], reml_sigma2 = v[2]),
  icc_shrout_fleiss = ICC(na.omit(items)[1:60, 1:4], lmer = FALSE)$results)

library(survey); library(nonprobsvy)
B <- read.csv("nonprob_optin.csv"); A <- svydesign(~1, weights = ~w, data = read.csv("nonprob_reference.csv"))
dr <- function(y, family) {
  r <- nonprob(selection = ~ sex + age + edu + dist, data = B, svydesign = A,
               outcome = reformulate(c("sex", "age", "edu", "dist"), y), family_outcome = family)
  c(as.list(r$output), as.list(r$SE))
}
out$nonprob <- list(
  dr_clw = dr("y", "gaussian"), dr_clw_binary = dr("t4", "binomial"),
  mi_glm = nonprob(outcome = y ~ sex + age + edu + dist, data = B, svydesign = A)$output)
cat(toJSON(out, digits = I(15), auto_unbox = TRUE, pretty = TRUE))
